import type { ErrorObject, Options } from 'ajv'
import { isPlainName } from '../domain/plain-name.js'
import type { SchemaFault } from '../domain/problem.js'
import { TEXT_PATTERNS } from './common.js'

/**
 * How every message is checked: nothing is coerced and nothing silently dropped, since a numeric NHS number or a
 * misspelt field would otherwise be answered as if all were well.
 */
export const AJV_OPTIONS = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: true,
  allErrors: true,
  allowUnionTypes: true,
  strict: true,
  // The schemas are the hub's own, and checked by its tests; checking them at each start took 30 ms.
  meta: false,
  validateSchema: false,
} as const satisfies Options

const FAULTS_LISTED_MAX = 20

export const IS_REQUIRED = 'is required'
/** Stands in a pointer for a name that may not be repeated. */
export const UNNAMED = '-'

/** What Ajv found, as pointers and plain words, without any value that was sent. */
export function schemaFaults(errors: readonly ErrorObject[] | null | undefined): SchemaFault[] {
  return (errors ?? []).slice(0, FAULTS_LISTED_MAX).map(faultOf)
}

function faultOf({ keyword, instancePath, params, message }: ErrorObject): SchemaFault {
  const at = safePointer(instancePath)
  if (keyword === 'required') {
    return { pointer: `${at}/${params.missingProperty}`, message: IS_REQUIRED }
  }
  if (keyword === 'additionalProperties') {
    const name = String(params.additionalProperty)
    return isPlainName(name)
      ? { pointer: `${at}/${name}`, message: 'is not a property that is known here' }
      : { pointer: at, message: 'has a property that is not known here' }
  }
  if (keyword === 'enum') {
    return { pointer: at, message: `must be one of ${choices(params.allowedValues)}` }
  }
  if (keyword === 'pattern' && TEXT_PATTERNS.includes(params.pattern)) {
    return { pointer: at, message: 'has a control character, or one that changes the reading direction' }
  }
  return { pointer: at, message: message ?? 'does not fit its schema' }
}

/** Of null, `join` would make nothing at all. */
function choices(allowed: readonly unknown[]): string {
  const values = allowed.filter((value) => value !== null).join(', ')
  return values.length > 0 && allowed.includes(null) ? `${values}, or null` : values
}

function safePointer(pointer: string): string {
  const segments = pointer.split('/')
  return segments
    .map((name) => (name === '' || /^\d{1,6}$/.test(name) || isPlainName(name) ? name : UNNAMED))
    .join('/')
}

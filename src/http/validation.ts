import { Ajv, type ValidateFunction } from 'ajv'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { type HubError, refuse } from '../domain/problem.js'
import { AJV_OPTIONS, schemaFaults } from '../messages/schema-faults.js'

interface ObjectSchema {
  type?: string
  properties?: Record<string, { type?: string }>
}

/**
 * Checks what a route takes against its schema. A query string is text, so what its schema says is a whole number
 * or a boolean is read as one, in one spelling each; nothing else is ever converted.
 */
export function registerValidation(app: FastifyInstance, named: readonly TSchema[]): void {
  app.setValidatorCompiler<ObjectSchema>(({ schema, httpPart }) => {
    let check: ValidateFunction | undefined
    return (given: unknown) => {
      check ??= validatorOf(schema, named)
      const value = httpPart === 'querystring' ? readQuery(given as Record<string, unknown>, schema) : given
      return check(value) ? { value } : { error: violation(httpPart, schemaFaults(check.errors)) }
    }
  })
  // A route without a query schema takes no query: an unknown parameter is a mistake worth hearing of.
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide) return
    route.schema = {
      querystring: { type: 'object', properties: {}, additionalProperties: false },
      ...route.schema,
    }
  })
}

// All hubs of a process have the same schemas.
let ajv: Ajv | undefined
const validators = new Map<string, ValidateFunction>()

/** Compiled when a route is first asked: compiling all of them was a fifth of the time that a hub took to start. */
function validatorOf(schema: object, named: readonly TSchema[]): ValidateFunction {
  const text = JSON.stringify(schema)
  let validator = validators.get(text)
  if (validator === undefined) {
    ajv ??= new Ajv(AJV_OPTIONS).addSchema([...named])
    validator = ajv.compile(schema)
    validators.set(text, validator)
  }
  return validator
}

function violation(httpPart: string | undefined, faults: HubError['errors']): HubError {
  const part = httpPart === 'querystring' ? 'query string' : httpPart === 'params' ? 'path' : 'body'
  return refuse(
    'SCHEMA_VIOLATION',
    `The ${part} does not fit its schema; each fault is listed in errors.`,
    faults,
  )
}

function readQuery(given: Record<string, unknown>, schema: ObjectSchema): Record<string, unknown> {
  if (schema.properties === undefined) return given
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      readParameter(value, schema.properties?.[name]?.type),
    ]),
  )
}

function readParameter(value: unknown, type: string | undefined): unknown {
  if (type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value)
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

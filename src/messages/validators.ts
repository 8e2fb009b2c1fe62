import { Ajv, type ValidateFunction } from 'ajv'
import { type HubError, refuse } from '../domain/problem.js'
import { NAMED_SCHEMAS } from './named.js'
import { AJV_OPTIONS, schemaFaults } from './schema-faults.js'

// All hubs of a process have the same schemas.
let ajv: Ajv | undefined
const validators = new Map<string, ValidateFunction>()

/** Compiled when it is first asked for: compiling all of them was a fifth of the time that a hub took to start. */
function validatorOf(schema: object): ValidateFunction {
  const text = JSON.stringify(schema)
  let validator = validators.get(text)
  if (validator === undefined) {
    ajv ??= new Ajv(AJV_OPTIONS).addSchema([...NAMED_SCHEMAS])
    validator = ajv.compile(schema)
    validators.set(text, validator)
  }
  return validator
}

/**
 * A check against a schema, which may name those of the contract: it answers SCHEMA_VIOLATION with each fault, or nothing
 * when what was given fits. `what` says in the refusal what that was, such as `body`.
 */
export function checkerOf(schema: object, what: string): (given: unknown) => HubError | undefined {
  let check: ValidateFunction | undefined
  return (given) => {
    check ??= validatorOf(schema)
    if (check(given)) return undefined
    return refuse(
      'SCHEMA_VIOLATION',
      `The ${what} does not fit its schema; each fault is listed in errors.`,
      schemaFaults(check.errors),
    )
  }
}

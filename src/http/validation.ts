import type { FastifyInstance } from 'fastify'
import { checkerOf } from '../messages/validators.js'

interface ObjectSchema {
  type?: string
  properties?: Record<string, { type?: string }>
}

const PART_NAMES: Record<string, string> = { querystring: 'query string', params: 'path' }

/**
 * Checks what a route takes against its schema. A query string is text, so what its schema says is a whole number
 * or a boolean is read as one, in one spelling each; nothing else is ever converted.
 */
export function registerValidation(app: FastifyInstance): void {
  app.setValidatorCompiler<ObjectSchema>(({ schema, httpPart }) => {
    const refusalOf = checkerOf(schema, PART_NAMES[httpPart ?? ''] ?? 'body')
    return (given: unknown) => {
      const value = httpPart === 'querystring' ? readQuery(given as Record<string, unknown>, schema) : given
      const error = refusalOf(value)
      return error === undefined ? { value } : { error }
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

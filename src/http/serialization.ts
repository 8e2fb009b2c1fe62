import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'

type Serialize = (value: unknown) => string

// By the schema's text; they are pure, so all hubs of a process share them.
const compiled = new Map<string, Serialize>()

/**
 * Compiles each reply's schema when it is first sent, with the named schemas that it refers to and no other. Fastify
 * would compile it at the start, for each route and status, with all of them: two thirds of the time of a start.
 */
export function registerSerialization(app: FastifyInstance, named: readonly TSchema[]): void {
  const byId = new Map(named.map((schema) => [(schema as { $id?: string }).$id, schema as Schema]))
  app.setSerializerCompiler<Schema>(({ schema }) => {
    let serialize: Serialize | undefined
    return (value) => {
      serialize ??= serializerOf(schema, byId)
      return serialize(value)
    }
  })
}

function serializerOf(schema: Schema, byId: ReadonlyMap<string | undefined, Schema>): Serialize {
  const text = JSON.stringify(schema)
  let serialize = compiled.get(text)
  if (serialize === undefined) {
    serialize = fastJsonStringify(schema, { schema: referredFrom(text, byId) })
    compiled.set(text, serialize)
  }
  return serialize
}

const REFERENCE = /"\$ref":"([^"#]+)#/g

/** The named schemas that this text refers to, and those that these refer to. */
function referredFrom(
  text: string,
  byId: ReadonlyMap<string | undefined, Schema>,
  found: Record<string, Schema> = {},
): Record<string, Schema> {
  for (const [, id] of text.matchAll(REFERENCE)) {
    const schema = byId.get(id as string)
    if (schema === undefined || found[id as string] !== undefined) continue
    found[id as string] = schema
    referredFrom(JSON.stringify(schema), byId, found)
  }
  return found
}

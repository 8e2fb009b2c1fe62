import type { TSchema } from 'typebox'
import { stringify } from 'yaml'
import { createHub } from '../src/index.js'
import { NAMED_SCHEMAS } from '../src/messages/named.js'
import { ScenarioSchema } from '../src/messages/scenario.js'

/** The schemas that suppliers build to, each a file of its own that needs no other. */
const PUBLISHED: Record<string, string> = {
  dataset: 'Dataset',
  receipt: 'Receipt',
  lookup: 'Lookup',
  'lookup-reply': 'LookupReply',
  attendance: 'Attendance',
  'attendance-reply': 'AttendanceReply',
  notification: 'Notification',
  authority: 'Authority',
  problem: 'Problem',
  scenario: 'Scenario',
}

// Scenario files are read by the command line and never sent, so openapi.yaml does not have them.
const byName = new Map(
  [...NAMED_SCHEMAS, ScenarioSchema].map((schema) => [(schema as { $id?: string }).$id, schema]),
)

/** Every file of the contract, by its path in the repository, as the code would write it. */
export async function contractFiles(): Promise<Map<string, string>> {
  const hub = await createHub()
  try {
    const openapi = stringify(withoutUndefined(hub.app.swagger()), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
    })
    const schemas = Object.entries(PUBLISHED).map(([file, name]): [string, string] => [
      `schemas/${file}.schema.json`,
      `${JSON.stringify(standAlone(name), null, 2)}\n`,
    ])
    return new Map([['openapi.yaml', openapi], ...schemas])
  } finally {
    await hub.close()
  }
}

function withoutUndefined(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document))
}

/** One named schema with everything that it refers to inside, as JSON Schema 2020-12. */
function standAlone(name: string): Record<string, unknown> {
  const needed = new Set<string>()
  const main = withLocalReferences(schemaNamed(name), needed)
  const definitions: Record<string, unknown> = {}
  for (const each of needed) definitions[each] = withLocalReferences(schemaNamed(each), needed)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...main,
    ...(needed.size === 0 ? {} : { $defs: definitions }),
  }
}

function schemaNamed(name: string): TSchema {
  const schema = byName.get(name)
  if (schema === undefined) throw new Error(`no schema is named ${name}`)
  return schema
}

function withLocalReferences(schema: TSchema, needed: Set<string>): Record<string, unknown> {
  const { $id: _, ...copy } = JSON.parse(
    JSON.stringify(schema, (key, value) => {
      if (key !== '$ref' || typeof value !== 'string') return value
      const name = value.replace(/#$/, '')
      needed.add(name)
      return `#/$defs/${name}`
    }),
  )
  return copy
}

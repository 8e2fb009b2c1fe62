import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import { contractFiles } from '../scripts/contract-files.js'
import { FINDING_KINDS } from '../src/domain/finding.js'
import { PROBLEMS } from '../src/domain/problem.js'
import { VERSION } from '../src/version.js'
import { openHub } from './helpers/hub.js'
import { aDataset, aRecord, attend, HALTON, lease, lookUp, ROBIN, submit } from './helpers/seed.js'

interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, { operationId: string }>>
  components: { schemas: Record<string, { examples?: unknown[] }> }
}

const openapi = parse(readFileSync('openapi.yaml', 'utf8')) as OpenApi
const schemaFiles = readdirSync('schemas')

/** A published schema alone, as a supplier would load it: without the hub and without the other files. */
function published(file: string) {
  const schema = JSON.parse(readFileSync(`schemas/${file}`, 'utf8'))
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
  const title = schema.title as string
  // A scenario is never sent, so openapi.yaml does not have it; its example stands in its own schema.
  const examples = openapi.components.schemas[title]?.examples ?? (schema.examples as unknown[])
  return { title, examples, check: ajv.compile(schema) }
}

t.test('openapi.yaml and schemas/ are what the code produces', async (t) => {
  for (const [path, content] of await contractFiles()) {
    t.equal(readFileSync(path, 'utf8'), content, `${path} (npm run contract writes it)`)
  }
})

t.test('no file in schemas/ is left over from a message that is gone', async (t) => {
  const made = [...(await contractFiles()).keys()].filter((path) => path.startsWith('schemas/'))
  t.same(schemaFiles.map((file) => `schemas/${file}`).sort(), made.sort())
})

t.test('each published schema accepts the examples of openapi.yaml, and nothing else passes', async (t) => {
  for (const file of schemaFiles) {
    const { title, examples, check } = published(file)
    t.ok(examples.length > 0, `${title} has an example`)
    for (const example of examples) {
      t.ok(check(example), `${file} accepts its example: ${JSON.stringify(check.errors)}`)
      t.notOk(check({}), `${file} refuses an empty object`)
      t.notOk(check([example]), `${file} refuses a list`)
    }
  }
})

t.test('no published pattern needs a regular expression that only some languages know', async (t) => {
  for (const file of schemaFiles) t.notMatch(readFileSync(`schemas/${file}`, 'utf8'), '\\\\p', file)
})

t.test('the published notification schema is open, the others are closed', async (t) => {
  for (const file of schemaFiles) {
    const { title, examples, check } = published(file)
    const example = examples[0] as object
    const isOpen = title === 'Notification' || title === 'Problem'
    t.equal(check({ ...example, somethingNew: 1 }), isOpen, file)
  }
})

t.test('what the hub really answers fits the published schemas', async (t) => {
  const { hub } = await openHub(t)
  const receipt = (await submit(hub, HALTON, aDataset(1, [aRecord({ localId: 'H1' })]))).json()
  t.ok(published('receipt.schema.json').check(receipt))
  t.ok(published('receipt.schema.json').check((await submit(hub, HALTON, aDataset(2, ['?']))).json()))
  t.ok(published('lookup-reply.schema.json').check((await lookUp(hub, ROBIN)).json()))
  t.ok(published('attendance-reply.schema.json').check((await attend(hub, ROBIN)).json()))
  const { notifications } = (await lease(hub, HALTON)).json()
  t.equal(notifications.length, 2)
  for (const each of notifications) t.ok(published('notification.schema.json').check(each))
  t.ok(published('authority.schema.json').check((await hub.app.inject(`/v1/authorities/${HALTON}`)).json()))
  t.ok(published('problem.schema.json').check((await lookUp(hub, '1')).json()))
})

t.test('every operation is named once', async (t) => {
  const ids = Object.values(openapi.paths).flatMap((methods) =>
    Object.values(methods).map((each) => each.operationId),
  )
  t.equal(openapi.openapi, '3.1.0')
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id)))
})

t.test('docs/errors.md has an entry for every code, and for no other', async (t) => {
  const entries = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z0-9_]+)`\s*\|/gm)].map(
    (m) => m[1],
  )
  // SEQUENCE_GAP is both a problem and a finding, and has one entry.
  const codes = [...new Set([...Object.keys(PROBLEMS), ...Object.keys(FINDING_KINDS)])]
  t.same([...new Set(entries)].sort(), codes.sort())
})

t.test('the version is that of package.json', async (t) => {
  t.equal(VERSION, JSON.parse(readFileSync('package.json', 'utf8')).version)
})

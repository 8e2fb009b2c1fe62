import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { aFolder, ROOT, serve, start } from '../helpers/process.js'

const readme = readFileSync('README.md', 'utf8')

/** The shell commands of the walk, in their order. */
const walk = [...between('<!-- walk -->', '<!-- end of walk -->').matchAll(/```sh\n([\s\S]*?)```/g)].map(
  (block) => block[1] as string,
)

function between(from: string, to: string): string {
  return readme.slice(readme.indexOf(from), readme.indexOf(to))
}

/** What each command of the walk must print; as many as there are commands. */
const EXPECTED: ((said: string) => unknown)[] = [
  (said) => JSON.parse(said).outcome === 'accepted',
  (said) =>
    JSON.parse(said).outcome === 'returned' && JSON.parse(said).findings[0].code === 'NHS_NUMBER_CHECK_DIGIT',
  (said) => JSON.parse(said).dryRun === true && JSON.parse(said).changes.unchanged === 2,
  (said) => JSON.parse(said).found === true && JSON.parse(said).access.notified[0] === 'E06000006',
  (said) =>
    JSON.parse(said).total === 1 && JSON.parse(said).entry[0].resource.telecom[0].value === '01632 960005',
  (said) => JSON.parse(said).total === 1 && JSON.parse(said).link[0].url.endsWith('/cpis/FHIR/R4/CareTeam'),
  (said) => JSON.parse(said).found === true && JSON.parse(said).notified[0] === 'E06000006',
  (said) => JSON.parse(said).resourceType === 'Encounter' && JSON.parse(said).status === 'finished',
  (said) => JSON.parse(said).items.length === 3,
  (said) => JSON.parse(said).notifications.length === 3,
  (said) => JSON.parse(said).acknowledged.length === 3,
  (said) => JSON.parse(said).authorities.length === 153,
  (said) => JSON.parse(said).status === 'ok',
  (said) => said.includes('cpis_lookups_total{outcome="hit"} 2'),
]

t.test('every command of the README’s walk works, in its order', async (t) => {
  t.equal(walk.length, EXPECTED.length, 'each command has its expectation')
  const hub = await serve(t, { DATA_DIR: ':memory:', LOG_LEVEL: 'silent' })
  for (const [i, command] of walk.entries()) {
    const here = command.replaceAll('http://127.0.0.1:8080', hub.url)
    t.not(here, command, 'it asks the hub')
    const { code, stdout, stderr } = await start(t, 'bash', ['-euo', 'pipefail', '-c', here], {
      env: { PATH: process.env.PATH ?? '' },
    }).ended
    t.equal(code, 0, stderr)
    t.ok(EXPECTED[i]?.(stdout), `command ${i + 1} of the walk answers what the README says`)
  }
})

t.test('the README’s example of a test suite runs as it stands', async (t) => {
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  t.match(example, /createHub/)
  const folder = aFolder(t)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/cpis-hub'))
  writeFileSync(join(folder, 'example.mjs'), example)
  const { code, stderr } = await start(t, process.execPath, ['example.mjs'], { cwd: folder, env: {} }).ended
  t.equal(code, 0, stderr)
})

t.test('the README’s table names every setting, and no other', async (t) => {
  const named = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((row) => row[1])
  const read = [...readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z_]+): \{/gm)].map(
    (row) => row[1],
  )
  t.ok(read.length >= 13)
  t.same(named.sort(), read.sort())
})

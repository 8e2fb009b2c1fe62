import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { Client } from '../faults/client.js'
import {
  aTracedFolder,
  type FaultKind,
  findFaults,
  loopOfHub,
  makeDirectory,
  type Program,
  type Step,
} from '../faults/fault-steps.js'
import { AUTHORITIES } from '../faults/world.js'
import { ask } from '../helpers/process.js'
import { until } from '../helpers/until.js'

// A step is mostly waiting for processes to start.
t.jobs = 2

// Far more than there are; strace can count to 65,535.
const STEPS_MAX = 2_000

/** Lets the first call fail, then the second, … until the program ends before there is such a call. */
async function stepThrough(t: Test, program: Program, kind: FaultKind, check: (t: Test, step: Step) => void) {
  for (let n = 1; n < STEPS_MAX; n += 1) {
    // A step that breaks off is the last one, too.
    let isLast = true
    // A test of its own, so that its folder goes with it.
    await t.test(`call ${n}`, async (t) => {
      const step = await program(t, kind, n)
      t.same(step.faults, [], 'promised ⊆ stored ⊆ sent')
      isLast = step.failed === undefined
      if (isLast) t.match(step.ended, { code: 0, stderr: '' }, 'without a fault it ends well')
      else check(t, step)
    })
    if (!isLast) continue
    t.comment(`${n - 1} calls failed in turn`)
    t.ok(n > 5, 'there was something to fail')
    return
  }
  t.fail('it never ended')
}

const ONE_LINE = /^[^\n]*(storage has failed|database cannot be opened)[^\n]*SQLITE_(IOERR|FULL)[^\n]*\n$/
const codesOf = ({ client }: Step) => [...new Set(client.refused.map(({ code }) => code))]

function unansweredOf({ client: { journal } }: Step): string[] {
  return Object.values(journal)
    .flat()
    .filter(({ status }) => status === null || status >= 300)
    .map(({ key }) => key)
}

/** The hub ends and says why. SQLite keeps an error to itself while it closes: nothing may be lost by it then. */
function isTheEnd(t: Test, step: Step): void {
  if (step.ended.code === 0) {
    t.same(unansweredOf(step), [], 'everything had been promised before')
    t.equal(step.ended.stderr, '')
    return
  }
  t.equal(step.ended.code, 1)
  t.match(step.ended.stderr, ONE_LINE)
  t.same(codesOf(step), codesOf(step).length === 0 ? [] : ['STORE_UNAVAILABLE'])
}

/** The hub refuses for a while and then goes on. */
function isAPause(t: Test, step: Step): void {
  if (!step.hasGreeted && step.ended.code !== 0) {
    t.match(step.ended, { code: 1, stderr: ONE_LINE }, 'it did not start')
    return
  }
  t.match(step.ended, { code: 0, stderr: '' })
  t.equal(step.hasRecovered, step.hasGreeted)
  t.same(codesOf(step), codesOf(step).length === 0 ? [] : ['STORAGE_FULL'])
}

const HOST = fileURLToPath(new URL('../faults/stopping-hub.js', import.meta.url))

t.test('a hub in a host process stays up when the disk fails, takes nothing more and says so', async (t) => {
  // Beyond what a start needs; from there on the disk never works again.
  const { dataDir, traced } = aTracedFolder(t, { call: 'fsync', error: 'EIO' }, '30+')
  const host = traced([HOST, JSON.stringify({ dataDir, at: new Date().toISOString() })])
  const [, url = ''] = await host.says(/listens on (\S+)/)
  const client = new Client()
  client.url = url
  for (const authority of AUTHORITIES) await client.submit(authority)
  await until('the disk fails', async () => !(await client.lookUp(`u${client.journal.events.length}`)))
  t.match(client.refused, [{ code: 'STORE_UNAVAILABLE' }])
  await host.says(/^failed: SQLITE_IOERR_FSYNC: /m)
  t.notOk(await client.lookUp('late'))
  t.notOk(await client.change(AUTHORITIES[0] as string))
  t.equal((await ask(url, '/health/live')).status, 200)
  t.equal((await ask(url, '/health/ready')).status, 503)
  host.kill('SIGTERM')
  t.match(await host.ended, { code: 0 })
  t.same(await findFaults(dataDir, client), [], 'promised ⊆ stored ⊆ sent')
})

const hub = await loopOfHub(t)
const STEPPED: [string, Program, FaultKind, typeof isTheEnd][] = [
  ['fsync fails in a loop', hub, { call: 'fsync', error: 'EIO' }, isTheEnd],
  ['fsync fails while a directory is made', makeDirectory, { call: 'fsync', error: 'EIO' }, isTheEnd],
  ['a write fails in a loop', hub, { call: 'pwrite64', error: 'EIO' }, isTheEnd],
  ['a write finds no room in a loop', hub, { call: 'pwrite64', error: 'ENOSPC' }, isAPause],
  ['a write fails while a directory is made', makeDirectory, { call: 'pwrite64', error: 'EIO' }, isTheEnd],
  [
    'a write finds no room while a directory is made',
    makeDirectory,
    { call: 'pwrite64', error: 'ENOSPC' },
    isAPause,
  ],
]
// Some five hundred processes one after the other, so two series at a time.
t.jobs = 2
for (const [name, program, kind, check] of STEPPED) {
  t.test(`${name}: at every such call in turn nothing promised is lost`, { buffered: true }, (t) =>
    stepThrough(t, program, kind, check),
  )
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { NOW, openHub } from './helpers/hub.js'
import { aFolder, ask, ROOT, type Running, runCli, serve, startCli } from './helpers/process.js'
import { aDataset, aRecord, HALTON, SASHA } from './helpers/seed.js'
import { until } from './helpers/until.js'
import { tagsOf } from './helpers/xml-tags.js'

const EXAMPLE = join(ROOT, 'examples/node-test/council.js')
const OF_HALTON = `/v1/authorities/${HALTON}`
const RECORDS = [aRecord(), aRecord({ nhsNumber: SASHA, planType: 'LAC' })]
const WRONG_NUMBER = '9990000027'
const SECOND_MS = 1_000

/** The council client of the examples. */
interface Council {
  send(records: unknown[]): Promise<{ outcome: string }>
  collect(): Promise<number>
}
interface CouncilSettings {
  hubUrl: string
  authorityCode: string
  folder: string
  wait(seconds: number): Promise<void>
}

/** A hub whose Halton has two children in scope and is live, and a command that is run against it. */
async function open(t: Test) {
  const { hub } = await openHub(t)
  const hubUrl = await hub.listen()
  const ask = async (url: string) => (await hub.app.inject(url)).json()
  const put = (payload: object) => hub.app.inject({ method: 'PUT', url: OF_HALTON, payload })
  await put({ childrenInScope: RECORDS.length, status: 'live', force: true })
  return {
    hub,
    hubUrl,
    start: (...options: string[]) =>
      startCli(t, ['rehearse', 'authority', '--code', HALTON, ...options], { hubUrl }),
    /** What a rehearsal has to put back. */
    left: async () => ({
      clock: await ask('/tester/clock'),
      faults: (await ask('/tester/faults')).items,
      status: (await ask(OF_HALTON)).status,
    }),
    put,
  }
}

const AS_FOUND = { clock: { mode: 'real', now: NOW, real: NOW }, faults: [], status: 'live' }

/** Runs a council's system beside a rehearsal until that ends; its tester puts one wrong number in when asked to. */
async function runBeside(t: Test, rehearsal: Running, hubUrl: string, program = EXAMPLE): Promise<void> {
  const { Council } = (await import(pathToFileURL(program).href)) as {
    Council: new (settings: CouncilSettings) => Council
  }
  // What the hub asks to wait is waited; its own second after a cut is not.
  const pause = (seconds: number) => wait(seconds > 1 ? seconds * SECOND_MS : 0)
  const council = new Council({ hubUrl, authorityCode: HALTON, folder: aFolder(t), wait: pause })
  let isEnded = false
  let isWrongSent = false
  const ended = rehearsal.ended.then(() => {
    isEnded = true
  })
  await until('the rehearsal waits', () => isEnded || /first-dataset: /.test(rehearsal.stderr))
  while (!isEnded) {
    const isWrong = !isWrongSent && /corrected-after-return: /.test(rehearsal.stderr)
    if (isWrong) isWrongSent = true
    await council.send(isWrong ? [aRecord(), aRecord({ nhsNumber: WRONG_NUMBER })] : RECORDS)
    await council.collect()
    await wait(10)
  }
  await ended
}

/** Each step or check of a report, with its state. */
function statesOf(list: { id: string; state: string }[]): string[] {
  return list.map(({ id, state }) => `${id} ${state}`)
}

t.test('the council client of the examples passes every step, and all is left as it was found', async (t) => {
  const { hubUrl, start, left } = await open(t)
  const rehearsal = start('--format', 'json', '--patience', 'PT20S')
  await runBeside(t, rehearsal, hubUrl)
  const { code, stdout, stderr } = await rehearsal.ended
  t.equal(code, 0, stderr)
  const { steps, conformance } = JSON.parse(stdout)
  t.same(statesOf(steps), [
    'first-dataset passed',
    'corrected-after-return passed',
    'same-sequence-after-lost-reply passed',
    'waits-for-retry-after passed',
    'go-live-gate passed',
    'collects-notifications passed',
    'acknowledges-both-copies passed',
    'daily-for-seven-days passed',
  ])
  t.same(
    steps.map(({ evidence }: { evidence: string[] }) => evidence.length),
    [1, 2, 2, 2, 1, 2, 3, 6],
  )
  t.same(statesOf(conformance.checks), [
    'first-dataset shown',
    'corrected-after-return shown',
    'same-sequence-after-lost-reply shown',
    'waits-for-retry-after shown',
    'daily-for-seven-days shown',
    'collects-notifications shown',
    'keeps-before-acknowledging not-observable',
    'acts-once-on-a-repeat not-observable',
    'go-live-gate shown',
  ])
  t.match(stderr, /Day 7 of 7: 2026-11-30T09:30:00\.000Z\n {2}passed\n$/)
  t.same(await left(), AS_FOUND)
})

t.test('a client that burns a sequence after a lost reply fails that step, and the run', async (t) => {
  const { hubUrl, start, left } = await open(t)
  const spoilt = join(aFolder(t), 'council.mjs')
  const right = '} catch {\n      return { retryAfterSeconds'
  const source = readFileSync(EXAMPLE, 'utf8')
  t.ok(source.includes(right))
  writeFileSync(
    spoilt,
    source.replace(
      right,
      right.replace('return', 'if (message.sequence) message.sequence += 1\n      return'),
    ),
  )
  const only = 'first-dataset,same-sequence-after-lost-reply'
  const rehearsal = start('--format', 'junit', '--only', only, '--patience', 'PT20S')
  await runBeside(t, rehearsal, hubUrl, spoilt).catch(() => {})
  const { code, stdout } = await rehearsal.ended
  t.equal(code, 1)
  t.same(tagsOf(stdout), [
    'testsuites',
    'testsuite',
    'testcase',
    'testcase',
    'failure',
    'testcase',
    'failure',
  ])
  t.match(stdout, /tests="3" failures="2" errors="0" skipped="0"/)
  t.match(
    stdout,
    /name="same-sequence-after-lost-reply" time="[\d.]+">\n {6}<failure message="It came under another sequence number\.">/,
  )
  t.match(stdout, /<failure message="Contradicted: same-sequence-after-lost-reply">/)
  t.same(await left(), AS_FOUND)
})

t.test('a system that does nothing in time fails its step, and what cannot follow is skipped', async (t) => {
  const { hub, start, left, put } = await open(t)
  await put({ status: 'testing' })
  await hub.clock.set({ advance: 'P2D', frozen: true })
  const before = await left()
  const only = 'first-dataset,collects-notifications'
  const { code, stdout, stderr } = await start('--only', only, '--patience', 'PT0.1S').ended
  t.same([code, stderr], [1, ''])
  t.match(
    stdout,
    /^first-dataset: .*\n {2}failed: A dataset that is accepted on 2026-11-26, the hub’s day, did not come in the time that --patience gives\.\n/,
  )
  t.match(stdout, / {2}skipped: The authority is not live, so health sees none of its children\.\n/)
  t.match(
    stdout,
    /\n {2}first-dataset +failed +A dataset that is accepted [\s\S]*2 steps: 0 passed, 1 failed, 1 skipped\.\n$/,
  )
  t.match(before, { clock: { mode: 'frozen' }, status: 'testing' })
  t.same(await left(), before)
})

t.test('each step that was waited for in vain names what did not come', async (t) => {
  const { start } = await open(t)
  const names = async (only: string) => {
    const { stdout } = await start('--only', only, '--patience', 'PT0.1S', '--format', 'json').ended
    return JSON.parse(stdout).steps[0].reason
  }
  const late = ' did not come in the time that --patience gives.'
  t.equal(await names('corrected-after-return'), `A dataset that is returned${late}`)
  t.equal(await names('same-sequence-after-lost-reply'), `The next dataset${late}`)
  t.equal(await names('waits-for-retry-after'), `The next dataset${late}`)
})

t.test('a list that holds too few of the children in scope does not go live', async (t) => {
  const { hub, start, left, put } = await open(t)
  await put({ childrenInScope: 100 })
  await hub.clock.set({ advance: 'PT1H' })
  const before = await left()
  const { code, stdout } = await start('--only', 'go-live-gate', '--format', 'json').ended
  t.equal(code, 1)
  const [step] = JSON.parse(stdout).steps
  t.match(step, { state: 'failed', reason: /GO_LIVE_GATE.*0 of 100/ })
  t.same(before.clock.mode, 'offset')
  t.same(await left(), before)
})

t.test('stopped in the middle, it puts everything back', async (t) => {
  const { start, left } = await open(t)
  const rehearsal = start('--only', 'same-sequence-after-lost-reply,go-live-gate', '--format', 'json')
  await until('its fault is set', async () => (await left()).faults.length === 1)
  t.match(await left(), { clock: { mode: 'frozen' }, status: 'testing' })
  rehearsal.kill('SIGINT')
  t.match(await rehearsal.ended, { code: 130, stdout: '' })
  t.same(await left(), AS_FOUND)
})

t.test('a lower sequence number than the returned one fails its step', async (t) => {
  const { hub, start } = await open(t)
  const rehearsal = start('--only', 'corrected-after-return', '--format', 'json')
  const send = (id: string, sequence: number, ...records: object[]) =>
    hub.app.inject({
      method: 'POST',
      url: `${OF_HALTON}/datasets`,
      headers: { 'x-request-id': id },
      payload: aDataset(sequence, records),
    })
  let isEnded = false
  const ended = rehearsal.ended.then(() => {
    isEnded = true
  })
  for (let sequence = 10; !isEnded; sequence += 10) {
    await send(`returned-${sequence}`, sequence, aRecord({ nhsNumber: WRONG_NUMBER }))
    await send(`lower-${sequence}`, sequence - 5, ...RECORDS)
    await wait(10)
  }
  await ended
  const { code, stdout } = await rehearsal.ended
  t.equal(code, 1)
  t.match(JSON.parse(stdout).steps, [
    {
      state: 'failed',
      reason: 'It came under another sequence number.',
      evidence: [/^returned-/, /^lower-/],
    },
  ])
})

t.test('a hub that goes away ends the run with a report of what had been done', async (t) => {
  for (const format of ['json', 'junit', 'pretty']) {
    const hub = await serve(t, { TESTER_CONTROLS: 'true' })
    const only = 'go-live-gate,same-sequence-after-lost-reply,daily-for-seven-days'
    const options = ['--code', HALTON, '--only', only, '--format', format]
    const rehearsal = startCli(t, ['rehearse', 'authority', ...options], { hubUrl: hub.url })
    await until(
      'its fault is set',
      async () => (await ask(hub.url, '/tester/faults')).body.items.length === 1,
    )
    hub.kill('SIGKILL')
    const { code, stdout } = await rehearsal.ended
    t.equal(code, 1, format)
    const why = /cannot be reached|No hub answers/
    const notRun = 'Not run: the hub could not be reached.'
    if (format === 'json')
      t.match(JSON.parse(stdout), {
        steps: [
          { id: 'same-sequence-after-lost-reply', state: 'failed', reason: why },
          { id: 'go-live-gate', state: 'skipped', reason: notRun },
          { id: 'daily-for-seven-days', state: 'skipped', reason: notRun },
        ],
        conformance: null,
      })
    else if (format === 'junit') t.match(stdout, /tests="4" failures="2" errors="0" skipped="2"/)
    else t.match(stdout, /3 steps: 0 passed, 1 failed, 2 skipped\./)
    t.match(stdout, why)
  }
})

t.test('it refuses a hub without controls, and what it does not understand, in one line', async (t) => {
  const { hub } = await openHub(t, { testerControls: false })
  const hubUrl = await hub.listen()
  const run = (...options: string[]) =>
    runCli(t, ['rehearse', 'authority', '--code', HALTON, ...options], { hubUrl })
  const [off, step, patience] = await Promise.all([run(), run('--only', 'lunch'), run('--patience', '10')])
  t.same([off.code, off.stdout], [1, ''])
  t.equal(
    off.stderr,
    `cpis-hub: The hub at ${hubUrl} has no tester controls, which a rehearsal needs: TESTER_CONTROLS=true.\n`,
  )
  t.match(step, { code: 1, stderr: '--only has no step "lunch".' })
  t.match(patience, { code: 1, stderr: '--patience must be a duration such as PT10M, not "10".' })
})

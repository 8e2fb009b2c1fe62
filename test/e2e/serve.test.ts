import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readConfig } from '../../src/config.js'
import { checkDigitFor } from '../../src/domain/nhs-number.js'
import { aFolder, ask, type HubProcess, runCli, serve, startCli } from '../helpers/process.js'
import { aDataset, aRecord, HALTON, ROBIN, WHISTON_NURSE } from '../helpers/seed.js'

const DATASETS = `/v1/authorities/${HALTON}/datasets`
const NOTIFICATIONS = `/v1/authorities/${HALTON}/notifications`
const SINCE = '2021-03-02'

t.test(
  'the greeting says where the hub listens, where its data and documentation are, and what to try',
  async (t) => {
    const folder = aFolder(t)
    const hub = await serve(t, { DATA_DIR: folder })
    const [first, second, third, ...rest] = hub.stdout.trimEnd().split('\n')
    t.equal(first, `cpis-hub listens on ${hub.url} and keeps its data in ${folder}.`)
    t.match(hub.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    t.equal(second, `Documentation: ${hub.url}/docs`)
    t.equal((await ask(hub.url, '/docs')).status, 200)
    t.same(rest, [])

    const line = /^Try: curl -s (\S+) -H '([^']+)' -d '([^']+)'$/.exec(third ?? '')
    const [, url, header, body] = line ?? []
    t.equal(header, 'content-type: application/json')
    const tryIt = () => ask(url as string, '', { body: body as string })
    const missed = await tryIt()
    t.equal(missed.status, 200)
    t.equal(missed.body.found, false)
    await ask(hub.url, DATASETS, { body: aDataset(1, [aRecord({ nhsNumber: ROBIN, startDate: SINCE })]) })
    t.equal((await tryIt()).body.access.notified[0], HALTON, 'a child of the first dataset is found with it')
    t.notMatch(hub.stderr, /Warning/, 'on a loopback address there is nothing to warn of')
  },
)

t.test(
  'serve --port 0 --ready-file: a test runner waits for the file, and reads where the hub is',
  async (t) => {
    const folder = aFolder(t)
    const file = join(folder, 'ready')
    writeFileSync(file, 'of the hub before')
    const serving = startCli(t, ['serve', '--port', '0', '--ready-file', file], {
      env: { DATA_DIR: ':memory:', PORT: '1', LOG_LEVEL: 'silent' },
    })
    const [, url] = await serving.says(/listens on (\S+)/)
    t.equal(readFileSync(file, 'utf8'), `${url}\n`)
    t.same(readdirSync(folder), ['ready'], 'it was put in place whole')
    t.equal((await ask(url as string, '/health/ready')).status, 200)
  },
)

t.test(
  'a ready file that cannot be written ends the start, and the one of the hub before is gone',
  async (t) => {
    const folder = aFolder(t)
    const env = { DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent' }
    const nowhere = join(folder, 'no', 'folder', 'ready')
    const { code, stdout, stderr } = await runCli(t, ['serve', '--port', '0', '--ready-file', nowhere], {
      env,
    })
    t.equal(code, 1)
    t.notMatch(stdout, /listens/)
    t.match(
      stderr,
      `The ready file cannot be written: ${nowhere} (ENOENT). Name a file in a directory that is there`,
    )
    const directory = await runCli(t, ['serve', '--port', '0', '--ready-file', folder], { env })
    t.equal(directory.code, 1)
    t.match(directory.stderr, `--ready-file needs a file, and ${folder} is a directory.`)
    const beneath = join(folder, 'a-file', 'ready')
    writeFileSync(join(folder, 'a-file'), '')
    const under = await runCli(t, ['serve', '--port', '0', '--ready-file', beneath], { env })
    t.equal(under.code, 1)
    t.match(
      under.stderr,
      `The ready file cannot be written: ${beneath} (ENOTDIR). Name a file in a directory that is there`,
    )
    const old = join(folder, 'ready')
    writeFileSync(old, 'of the hub before')
    const refused = await runCli(t, ['serve', '--ready-file', old], { env: { ...env, PORT: 'x' } })
    t.equal(refused.code, 1)
    t.notOk(existsSync(old))
  },
)

const WRONG: [string, string][] = [
  ['PORT', 'abc'],
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['PORT', ''],
  ['HOST', ''],
  ['HOST', '0.0.0.0'],
  ['AUTH_NONE_I_KNOW', 'yes'],
  ['AUTH_NONE_I_KNOW', '1'],
  ['DATA_DIR', ''],
  ['LOG_LEVEL', 'loud'],
  ['DATASET_MAX_BYTES', '0'],
  ['DATASET_MAX_RECORDS', '1.5'],
  ['FRESHNESS_HOURS', '-1'],
  ['FRESHNESS_GRACE_HOURS', '-0.5'],
  ['COLLAPSE_HOURS', 'a day'],
  ['RETENTION_DAYS', '-1'],
  // Number() would read a blank as nought, and everything would be purged.
  ['RETENTION_DAYS', ' '],
  ['FRESHNESS_HOURS', ' '],
  ['PORT', '0x1F'],
  ['PORT', '1e4'],
  ['DATASET_MAX_BYTES', 'Infinity'],
  ['SHRINK_GUARD_RATIO', 'Infinity'],
  ['SHRINK_GUARD_RATIO', '2'],
  ['AUTHORITIES_START_AS', 'asleep'],
]

t.test('a wrong setting is refused with one line that names it', async (t) => {
  for (const [name, value] of WRONG) {
    const line = { name: 'ConfigError', message: new RegExp(`^${name} .+$`) }
    t.throws(() => readConfig({ [name]: value }), line, `${name}=${value}`)
  }
  t.match(readConfig({ PORT: '0', AUTH_NONE_I_KNOW: 'true', HOST: '0.0.0.0' }), { port: 0, host: '0.0.0.0' })
})

t.test('a wrong setting stops the start with that line and 1', async (t) => {
  const folder = join(aFolder(t), 'hub')
  const some = ['PORT', 'HOST', 'AUTH_NONE_I_KNOW', 'LOG_LEVEL', 'RETENTION_DAYS']
  for (const [name, value] of WRONG.filter(([name, value]) => some.includes(name) && value.length > 1)) {
    const ended = await runCli(t, ['serve'], { env: { PORT: '0', DATA_DIR: folder, [name]: value } })
    t.equal(ended.code, 1, `${name}=${value} ends with 1`)
    t.equal(ended.stdout, '')
    t.match(ended.stderr, new RegExp(`^cpis-hub: ${name} [^\\n]+\\n$`))
  }
  t.notOk(existsSync(folder), 'and nothing was made')
})

t.test('a data folder or a port that cannot be had stops the start too', async (t) => {
  const folder = aFolder(t)
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const noFolder = await runCli(t, ['serve'], { env: { PORT: '0', DATA_DIR: file } })
  t.equal(noFolder.code, 1)
  t.match(noFolder.stderr, /^cpis-hub: DATA_DIR [^\n]*a-file[^\n]*\n$/)

  const { port } = new URL((await serve(t, { DATA_DIR: ':memory:' })).url)
  const noPort = await runCli(t, ['serve'], {
    env: { PORT: port, DATA_DIR: ':memory:', LOG_LEVEL: 'silent' },
  })
  t.equal(noPort.code, 1)
  t.match(noPort.stderr, new RegExp(`^cpis-hub: [^\\n]*${port}[^\\n]*\\n$`))
})

t.test('an open door is warned of on every start, and testers stand behind no other', async (t) => {
  // One more spelling of 127.0.0.1, which the hub takes for an address that others could reach.
  const env = { HOST: '127.1', DATA_DIR: ':memory:', LOG_LEVEL: 'silent', TESTER_CONTROLS: 'true' }
  t.match((await runCli(t, ['serve'], { env: { PORT: '0', ...env } })).stderr, /^cpis-hub: HOST 127\.1 /)
  const hub = await serve(t, { ...env, AUTH_NONE_I_KNOW: 'true' })
  t.equal((await ask(hub.url, '/tester/clock')).status, 200)
  hub.kill('SIGTERM')
  const { code, stderr } = await hub.ended
  t.equal(code, 0)
  t.match(stderr, /^Warning: anybody who can reach 127\.1 can read and write: nobody is authenticated\.\n$/)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} finishes what is in flight, keeps it, and ends with 0`, async (t) => {
    const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' }
    const hub = await serve(t, env)
    const waiting = await sent(hub, `${NOTIFICATIONS}/lease`, { waitSeconds: 20 })
    const dataset = await sent(hub, DATASETS, largeDataset(1))
    hub.kill(signal)
    t.same(await waiting.answer, {
      status: 200,
      body: { leaseId: null, leasedUntil: null, notifications: [] },
    })
    const accepted = await dataset.answer
    t.equal(accepted.status, 201)
    const { code, stdout, stderr } = await hub.ended
    t.equal(code, 0)
    t.match(stdout, new RegExp(`\\n${signal}: finishing what is in flight\\.\\n$`))
    t.equal(stderr, '')

    const next = await serve(t, env)
    const listed = await ask(next.url, DATASETS)
    const { findings: _, ...summary } = accepted.body
    t.same(listed.body, { items: [summary], next: null }, 'the dataset is there after a restart')
  })
}

t.test('TESTER_CONTROLS=true is said at the start, and without it testers find nothing', async (t) => {
  const [on, off] = [
    await serve(t, { DATA_DIR: ':memory:', TESTER_CONTROLS: 'true' }),
    await serve(t, { DATA_DIR: ':memory:' }),
  ]
  t.match(on.stdout, '\nTester controls are on: ')
  t.equal((await ask(on.url, '/tester/clock')).status, 200)
  t.notMatch(off.stdout, /[Tt]ester/)
  t.equal((await ask(off.url, '/tester/clock')).status, 404)
})

t.test('a second signal does no harm', async (t) => {
  const hub = await serve(t, { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' })
  const dataset = await sent(hub, DATASETS, largeDataset(1))
  hub.kill('SIGTERM')
  await hub.says(/SIGTERM: finishing/)
  hub.kill('SIGTERM')
  hub.kill('SIGINT')
  t.equal((await dataset.answer).status, 201)
  const { code, signal, stderr } = await hub.ended
  t.same({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
})

t.test('DATA_DIR=:memory: keeps nothing', async (t) => {
  const folder = aFolder(t)
  const env = { DATA_DIR: ':memory:', TMPDIR: folder, LOG_LEVEL: 'warn' }
  const hub = await serve(t, env)
  t.match(hub.stdout, 'and keeps nothing (DATA_DIR=:memory:).')
  const dataset = aDataset(1, [aRecord({ startDate: SINCE })])
  t.equal((await ask(hub.url, DATASETS, { body: dataset })).status, 201)
  t.not(readdirSync(folder).length, 0, 'it works in a temporary folder')
  hub.kill('SIGTERM')
  t.equal((await hub.ended).code, 0)
  t.same(readdirSync(folder), [], 'which is gone')
  t.same((await ask((await serve(t, env)).url, DATASETS)).body, { items: [], next: null })
})

/** Large enough that the hub is still at it when a signal comes. */
function largeDataset(sequence: number) {
  const numbers: string[] = []
  for (let nine = 999_000_000; numbers.length < 10_000; nine += 1) {
    const digit = checkDigitFor(`${nine}`)
    if (digit !== undefined) numbers.push(`${nine}${digit}`)
  }
  const records = numbers.map((nhsNumber) => aRecord({ nhsNumber, startDate: SINCE }))
  return aDataset(sequence, records)
}

/** Sends a request of which the hub has certainly begun to think, and answers where its answer will be. */
async function sent(hub: HubProcess, path: string, body: object) {
  const outgoing = request(`${hub.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    agent: false,
  })
  const answer = new Promise<{ status: number | undefined; body: ReturnType<typeof JSON.parse> }>(
    (resolve, reject) => {
      outgoing.once('error', reject)
      outgoing.once('response', (response) => {
        text(response).then(
          (said) => resolve({ status: response.statusCode, body: JSON.parse(said) }),
          reject,
        )
      })
    },
  )
  await new Promise<void>((resolve) => outgoing.end(JSON.stringify(body), resolve))
  // The hub reads its connections in turn: while it answers these, it comes past that one.
  for (let i = 0; i < 20; i += 1) await ask(hub.url, '/health/live')
  return { answer }
}

t.test('a pipe gets no colours, in CI neither', async (t) => {
  const { stdout } = await runCli(t, ['freshness', '--hub', (await serve(t, { DATA_DIR: ':memory:' })).url], {
    env: { CI: 'true', NO_COLOR: '' },
  })
  t.match(stdout, 'have never sent a dataset')
  t.notMatch(stdout, '\u001b')
  const hub = await serve(t, { DATA_DIR: ':memory:', CI: 'true' })
  t.match(hub.stdout, `cpis-hub listens on ${hub.url} and`)
})

t.test(
  'an answer that a fault cut off is one line of the log, without a status, with the fault',
  async (t) => {
    const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'info', TESTER_CONTROLS: 'true' }
    const hub = await serve(t, env)
    for (const effect of [{ drop: 'before' }, { drop: 'after' }, { truncate: 3 }, { status: 502 }]) {
      await ask(hub.url, '/tester/faults', { body: { match: { nhsNumber: ROBIN }, times: 1, do: effect } })
    }
    const lookup = { nhsNumber: ROBIN, careSetting: 'scheduled', requester: WHISTON_NURSE }
    for (let n = 0; n < 5; n += 1) await ask(hub.url, '/v1/lookups', { body: lookup }).catch(() => {})
    hub.kill('SIGTERM')
    const { stderr } = await hub.ended
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ route }) => route === '/v1/lookups')
    t.strictSame(
      lines.map(({ status, fault }) => [status, fault]),
      [
        [null, 'fault-1'],
        [null, 'fault-2'],
        [200, 'fault-3'],
        [502, 'fault-4'],
        [200, undefined],
      ],
    )
    t.notMatch(stderr, ROBIN)
  },
)

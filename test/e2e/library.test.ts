import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createHub, fixedClock, type MachineClock } from '../../src/index.js'
import { aFolder, ask, ROOT, start } from '../helpers/process.js'
import { aDataset, aRecord, HALTON, lease, lookUp, ROBIN, submit } from '../helpers/seed.js'

const NOW = '2026-11-24T09:30:00.000Z'

t.test('hubs in one process do not know of each other', async (t) => {
  const [one, other] = await Promise.all([
    createHub({ clock: fixedClock(NOW) }),
    createHub({ clock: fixedClock('2021-01-01T00:00:00Z'), authoritiesStartAs: 'registered' }),
  ])
  t.teardown(() => Promise.all([one.close(), other.close()]))
  t.equal((await submit(one, HALTON, aDataset(1, [aRecord()]))).statusCode, 201)
  t.equal((await submit(other, HALTON, aDataset(1, [aRecord()]))).json().code, 'AUTHORITY_NOT_ONBOARDED')
  t.equal((await lookUp(one, ROBIN)).json().access.at, NOW)
  t.equal((await lookUp(other, ROBIN)).json().found, false)
  t.equal((await lease(one, HALTON)).json().notifications.length, 1)
  t.equal((await lease(other, HALTON)).json().notifications.length, 0)

  const hits = 'cpis_lookups_total{outcome="hit"} 1'
  t.match((await one.app.inject('/metrics')).body, hits)
  t.notOk((await other.app.inject('/metrics')).body.includes(hits))

  const urls = await Promise.all([one.listen(), other.listen()])
  t.same(urls, [one.url, other.url])
  t.not(one.url, other.url)
  await one.close()
  t.equal((await fetch(`${other.url}/health/ready`)).status, 200, 'one is closed, the other goes on')
})

t.test('a hub may be closed twice, and by leaving its scope', async (t) => {
  const hub = await createHub()
  await Promise.all([hub.close(), hub.close()])
  await hub.close()
  await hub[Symbol.asyncDispose]()
  await t.rejects(hub.app.inject('/health/live').then(), { code: 'FST_ERR_REOPENED_CLOSE_SERVER' })
})

t.test('a caller who stops in the middle of a request cannot keep a hub from closing', async (t) => {
  const timers: (() => void)[] = []
  const machineClock: MachineClock = {
    now: () => 0,
    after(_delayMs, callback) {
      timers.push(callback)
      return () => {}
    },
  }
  const hub = await createHub({ machineClock })
  const url = await hub.listen()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const ended = once(socket, 'close')
  socket.on('error', () => {})
  socket.write('POST /v1/lookups HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n')
  socket.write('content-length: 500\r\n\r\n{')
  // The hub reads its connections in turn: while it answers these, it comes past that one.
  for (let i = 0; i < 3; i += 1) await ask(url, '/health/live')
  timers.length = 0
  const closed = hub.close()
  t.not(timers.length, 0, 'it waits for a while')
  for (const callback of [...timers]) callback()
  await closed
  await ended
})

t.test('a database that cannot be opened rejects and leaves the process alone', async (t) => {
  const file = join(aFolder(t), 'hub.db')
  writeFileSync(file, 'This is not a database, and no hub will make one of it. '.repeat(100))
  await t.rejects(createHub({ dataDir: join(file, '..') }), /cannot be opened/)
  await t.rejects(createHub({ dataDir: file }), /EEXIST|ENOTDIR/)
  await t.rejects(createHub({ dataDir: '/dev/null/nowhere' }), /ENOTDIR/)
})

t.test('an address that others could reach is refused unless the host says that it knows', async (t) => {
  const hub = await createHub()
  t.teardown(() => hub.close())
  await t.rejects(hub.listen({ host: '0.0.0.0' }), { name: 'ConfigError', message: /AUTH_NONE_I_KNOW/ })
  t.equal(hub.url, undefined)
  t.match(await hub.listen(), /^http:\/\/127\.0\.0\.1:\d+$/)
})

const USE = `
  const hub = await createHub()
  const dataset = ${JSON.stringify(aDataset(1, [aRecord()]))}
  const url = '/v1/authorities/${HALTON}/datasets'
  const { statusCode } = await hub.app.inject({ method: 'POST', url, payload: dataset })
  console.log(statusCode)
`
const SCRIPTS: [string, string, string][] = [
  ['that uses a hub and closes it', `${USE}\nawait hub.close()\nconsole.log('closed')`, '201\nclosed\n'],
  ['that forgets to close its hub', USE, '201\n'],
  [
    'whose hub cannot be opened',
    `await createHub({ dataDir: '/dev/null/x' }).catch((error) => console.log(error.code))`,
    'ENOTDIR\n',
  ],
]

for (const [name, script, says] of SCRIPTS) {
  t.test(`a script ${name} ends by itself, with nothing to say but its own words`, async (t) => {
    const file = join(aFolder(t), 'script.mjs')
    const index = join(ROOT, 'build/src/index.js')
    writeFileSync(file, `import { createHub } from ${JSON.stringify(index)}\n${script}`)
    const temporary = aFolder(t)
    const ended = await start(t, process.execPath, [file], { env: { TMPDIR: temporary } }).ended
    t.same(ended, { code: 0, signal: null, stdout: says, stderr: '' })
    t.same(readdirSync(temporary), [], 'and leaves no file behind')
  })
}

t.test(
  'options are checked as settings are, one that is undefined was not given, and port and host are honoured',
  async (t) => {
    await t.rejects(createHub({ collapseHours: -5 }), {
      name: 'ConfigError',
      message: /^COLLAPSE_HOURS must be >= 0/,
    })
    await t.rejects(createHub({ logLevel: 'loud' as never }), { name: 'ConfigError' })
    await t.rejects(createHub({ datasetMaxBytes: Number.POSITIVE_INFINITY }), { name: 'ConfigError' })
    await t.rejects(createHub({ shrinkGuardRatio: Number.NaN }), { name: 'ConfigError' })
    const given = { logLevel: undefined, dataDir: undefined, collapseHours: undefined } as never
    const hub = await createHub(given)
    t.match(await hub.listen(), /^http:\/\/127\.0\.0\.1:\d+$/)
    const port = Number(new URL(hub.url as string).port)
    await hub.close()
    const there = await createHub({ port, host: 'localhost' })
    await there.listen()
    t.equal(new URL(there.url as string).port, `${port}`)
    await there.close()
  },
)

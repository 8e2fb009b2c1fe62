import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { submitCsv } from '../helpers/calls.js'
import * as fhir from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { openRaw, readAnswers } from '../helpers/raw.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  attend,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  release,
  submit,
  WARRINGTON,
} from '../helpers/seed.js'
import { type SteppedClock, steppedClock } from '../helpers/stepped-clock.js'
import { until } from '../helpers/until.js'

const base = `/v1/authorities/${HALTON}`

async function openAtClock(t: Test, options = {}) {
  const clock = steppedClock()
  const { hub } = await openHub(t, { machineClock: clock, ...options })
  await hub.listen()
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  return { hub, clock }
}

/** Makes the event loop that late, for as long as it takes to count. */
async function delay(clock: SteppedClock, ms: number) {
  await block(clock, 250 + ms)
  for (let looks = 1; looks < 3; looks += 1) clock.block(250 + ms)
}

/** Blocks the event loop in a turn of its own, so that it does not count as one that takes requests all the while. */
async function block(clock: SteppedClock, ms: number) {
  await setImmediate()
  clock.block(ms)
}

const THROTTLED = [{ code: 'throttled', details: { coding: [{ code: 'UNABLE_TO_CALL_SERVICE' }] } }]
const PUT_OFF: Record<string, object> = {
  'application/problem+json; charset=utf-8': { code: 'OVERLOADED' },
  'application/fhir+json': { resourceType: 'OperationOutcome', issue: THROTTLED },
}

type Kind = 'datasets' | 'browsing' | 'silent lookups' | 'promises' | 'never'

/** Which kinds of requests are put off; throws when those of one kind differ. */
async function putOff(t: Test, hub: Hub): Promise<Kind[]> {
  const replies: [kind: Kind, reply: Promise<LightMyRequestResponse>][] = [
    [
      'datasets',
      submitCsv(hub, HALTON, 2, 'nhs_number,plan_type,start_date\n', { recordCount: 0, dryRun: true }),
    ],
    ['browsing', hub.app.inject('/v1/authorities').then()],
    ['browsing', hub.app.inject(base).then()],
    ['browsing', hub.app.inject(`${base}/plans`).then()],
    ['browsing', hub.app.inject(`${base}/datasets`).then()],
    ['browsing', hub.app.inject(`${base}/notifications`).then()],
    ['browsing', hub.app.inject('/v1/freshness').then()],
    ['browsing', fhir.get(hub, '/metadata').then()],
    ['silent lookups', lookUp(hub, ROBIN, { careSetting: 'scheduled' })],
    ['silent lookups', fhir.search(hub, 'CareTeam', ROBIN, fhir.SILENT)],
    ['silent lookups', fhir.searchByForm(hub, 'CareTeam', `patient=${ROBIN}`, fhir.SILENT)],
    ['silent lookups', fhir.search(hub, 'AuditEvent', ROBIN)],
    ['silent lookups', fhir.searchByForm(hub, 'AuditEvent', `patient=${ROBIN}`)],
    ['silent lookups', fhir.search(hub, 'PatientFlag', ROBIN)],
    ['silent lookups', fhir.get(hub, '/CareTeam/none').then()],
    ['silent lookups', fhir.get(hub, '/AuditEvent/none').then()],
    ['promises', fhir.search(hub, 'CareTeam', NOBODY)],
    ['promises', fhir.searchByForm(hub, 'CareTeam', `patient=${NOBODY}`)],
    ['promises', fhir.report(hub, { status: 'arrived' })],
    ['promises', lookUp(hub, NOBODY)],
    ['promises', attend(hub, NOBODY)],
    ['promises', lease(hub, HALTON)],
    ['promises', acknowledge(hub, HALTON, ['x'])],
    ['promises', release(hub, HALTON, ['x'])],
    ['never', hub.app.inject('/health/live').then()],
    ['never', hub.app.inject('/health/ready').then()],
    ['never', hub.app.inject('/metrics').then()],
  ]
  const kinds = new Map<Kind, Set<boolean>>()
  for (const [kind, reply] of replies) {
    const { statusCode, headers, body } = await reply
    const isOff = statusCode === 503
    if (isOff)
      t.match([headers['retry-after'], JSON.parse(body)], [/^\d+$/, PUT_OFF[`${headers['content-type']}`]])
    kinds.set(kind, (kinds.get(kind) ?? new Set()).add(isOff))
  }
  for (const [kind, answers] of kinds) t.equal(answers.size, 1, `all of ${kind} alike`)
  return [...kinds].filter(([, answers]) => answers.has(true)).map(([kind]) => kind)
}

t.test(
  'the busier the event loop, the more is put off: datasets, browsing, silent lookups, promises',
  async (t) => {
    const { hub, clock } = await openAtClock(t)
    t.same(await putOff(t, hub), [])
    await delay(clock, 499)
    t.same(await putOff(t, hub), [])
    await delay(clock, 500)
    t.same(await putOff(t, hub), ['datasets'])
    await delay(clock, 1_100)
    t.same(await putOff(t, hub), ['datasets', 'browsing'])
    await delay(clock, 1_600)
    t.same(await putOff(t, hub), ['datasets', 'browsing', 'silent lookups'])
    await delay(clock, 2_500)
    t.same(await putOff(t, hub), ['datasets', 'browsing', 'silent lookups', 'promises'])
    await delay(clock, 800)
    t.same(await putOff(t, hub), ['datasets', 'browsing', 'silent lookups'], 'it calms down as slowly')
    await delay(clock, 0)
    t.same(await putOff(t, hub), [], 'and all is taken again')
    await block(clock, 5_000)
    t.same(await putOff(t, hub), [], 'a single pause is no load')
  },
)

t.test('a disk that stands still: every request is answered within ten seconds, promises last', async (t) => {
  const dataDir = t.testdir()
  const { hub, clock } = await openAtClock(t, { dataDir })
  const stuck = new Database(join(dataDir, 'hub.db'))
  t.teardown(() => stuck.close())
  stuck.exec('begin immediate')
  const began = clock.now()
  const answers: { name: string; status: number; code: string; atMs: number }[] = []
  const note = async (name: string, reply: Promise<LightMyRequestResponse>) => {
    const { statusCode, body } = await reply
    answers.push({ name, status: statusCode, code: JSON.parse(body).code, atMs: clock.now() - began })
  }
  const ask = (name: string) =>
    Promise.all([
      note(`${name} hit`, lookUp(hub, ROBIN, { location: name })),
      note(`${name} attendance`, attend(hub, ROBIN)),
      note(`${name} acknowledge`, acknowledge(hub, HALTON, ['x'])),
    ])
  const first = ask('first')
  // They are read in one turn of the event loop, and begun in the next.
  for (let turn = 0; turn < 3; turn += 1) await setImmediate()
  const waiting = ask('second')
  for (const [seconds, off] of [
    [1.5, ['datasets']],
    [1.25, ['datasets', 'browsing']],
    [2, ['datasets', 'browsing', 'silent lookups']],
  ] as const) {
    await clock.passSeconds(seconds)
    const dataset = await hub.app.inject({
      method: 'POST',
      url: `${base}/datasets`,
      payload: aDataset(2, []),
    })
    const browsing = await hub.app.inject(base)
    const silent = await lookUp(hub, ROBIN, { careSetting: 'scheduled' })
    t.same(
      [dataset, browsing, silent].map(({ statusCode }) => statusCode === 503),
      ['datasets', 'browsing', 'silent lookups'].map((kind) => (off as readonly string[]).includes(kind)),
      `after ${seconds} more`,
    )
    t.equal((await hub.app.inject('/health/live')).statusCode, 200)
    t.equal((await lookUp(hub, NOBODY)).statusCode, 200, 'unscheduled lookups are still tried')
  }
  t.same(answers, [])
  await clock.passSeconds(2)
  t.match((await lookUp(hub, NOBODY)).json(), { code: 'OVERLOADED' }, 'and put off last')
  t.equal((await hub.app.inject('/health/live')).statusCode, 200)
  await clock.passSeconds(3.25)
  await Promise.all([first, waiting])
  t.equal(answers.length, 6)
  for (const { name, status, code, atMs } of answers) {
    t.equal(status, 503, name)
    t.ok(['OVERLOADED', 'STORE_UNAVAILABLE'].includes(code), code)
    t.ok(atMs >= 8_000 && atMs <= 10_000, `${name} after ${atMs} ms of the machine’s clock`)
  }
  t.ok(
    answers.some(({ code }) => code === 'OVERLOADED'),
    'of what was not begun it is known that nothing was stored',
  )
  stuck.exec('rollback')
  t.equal((await hub.app.inject('/health/ready')).statusCode, 200)
  await clock.passSeconds(1)
  t.same(await putOff(t, hub), [], 'and all is taken again')
})

t.test('a disk that stands still is not ready within a few seconds', async (t) => {
  const dataDir = t.testdir()
  const { hub, clock } = await openAtClock(t, { dataDir })
  const stuck = new Database(join(dataDir, 'hub.db'))
  t.teardown(() => stuck.close())
  stuck.exec('begin immediate')
  let status: number | undefined
  const asked = hub.app.inject('/health/ready').then((reply) => {
    status = reply.statusCode
  })
  await clock.passSeconds(4.5)
  t.equal(status, undefined)
  await clock.passSeconds(1)
  t.equal(status, 503)
  await asked
  stuck.exec('rollback')
  while ((await hub.app.inject('/health/ready')).statusCode !== 200) await clock.passSeconds(1)
})

t.test(
  'a dataset that takes too long to check is answered; accepted, its retry gets its receipt',
  async (t) => {
    const { hub, clock } = await openAtClock(t)
    const dataset = aDataset(2, [aRecord()])
    let reply: LightMyRequestResponse | undefined
    // The clock runs while the intake's thread works, as when that takes long.
    const asked = submit(hub, HALTON, dataset).then((answer) => {
      reply = answer
    })
    while (reply === undefined) {
      clock.block(3_000)
      await setImmediate()
    }
    await asked
    t.match([reply.statusCode, reply.json().code], [503, 'STORE_UNAVAILABLE'])
    let again = await submit(hub, HALTON, dataset)
    while (again.statusCode === 503) {
      await clock.passSeconds(1)
      again = await submit(hub, HALTON, dataset)
    }
    t.match(
      [again.statusCode, again.json()],
      [200, { sequence: 2, outcome: 'accepted' }],
      'the first receipt',
    )
  },
)

t.test('the bytes of datasets in hand are bounded, and what has gone makes room', async (t) => {
  const { hub } = await openAtClock(t, { datasetMaxBytes: 100_000 })
  t.teardown(() => hub.app.server.closeAllConnections())
  const upload = async (bytes: number) => {
    const connection = await openRaw(hub)
    const begun = once(hub.app.server, 'request')
    await connection.write(
      `POST /v1/authorities/${WARRINGTON}/datasets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n`,
    )
    const [request] = await begun
    const before = request.socket.bytesRead
    await connection.write(' '.repeat(bytes))
    while (request.socket.bytesRead < before + bytes && !connection.socket.destroyed) await setImmediate()
    await setImmediate()
    return connection
  }
  const held = [await upload(99_999), await upload(99_999), await upload(99_999), await upload(99_999)]
  t.notOk(held.some(({ socket }) => socket.destroyed))
  const [answer] = readAnswers(await (await upload(99_999)).ended)
  t.match(answer, {
    status: 503,
    headers: { 'retry-after': /^\d+$/, connection: 'close' },
    body: /OVERLOADED/,
  })
  t.equal((await lookUp(hub, ROBIN)).statusCode, 200, 'lookups go on')
  held[0]?.socket.destroy()
  await held[0]?.ended
  for (let reply = await submit(hub, HALTON, aDataset(2, [aRecord()])); reply.statusCode !== 201; ) {
    t.equal(reply.statusCode, 503)
    reply = await submit(hub, HALTON, aDataset(2, [aRecord()]))
  }
})

t.test(
  'a turn of the event loop that takes requests for seconds puts off the rest of what it takes',
  async (t) => {
    const { hub, clock } = await openAtClock(t)
    // No time is left for a look, and the requests come in one turn, as from thousands of sockets.
    const asked = (path: string, blockedMs: number) => {
      const reply = hub.app.inject(path).then(({ statusCode }) => statusCode)
      clock.block(blockedMs)
      return reply
    }
    const first = asked('/v1/freshness', 199)
    const second = asked('/v1/freshness', 2)
    const statuses = await Promise.all([
      first,
      second,
      asked('/v1/freshness', 0),
      asked('/openapi.json', 0),
      asked('/health/live', 0),
    ])
    t.same(statuses, [200, 200, 503, 503, 200])
    await setImmediate()
    t.equal((await hub.app.inject('/v1/freshness')).statusCode, 200, 'and the next turn begins anew')
  },
)

t.test('a hub that does not listen puts nobody off for an event loop that it shares', async (t) => {
  const clock = steppedClock()
  const { hub } = await openHub(t, { machineClock: clock })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await delay(clock, 5_000)
  t.same(await putOff(t, hub), [])
  const first = hub.app.inject('/v1/freshness').then(({ statusCode }) => statusCode)
  clock.block(5_000)
  t.same(await Promise.all([first, (await hub.app.inject('/v1/freshness')).statusCode]), [200, 200])
})

t.test('those who browse stand in a line, which has an end and lets others past', async (t) => {
  const { hub } = await openAtClock(t)
  const answered: string[] = []
  const statuses: number[] = []
  const asked = async (url: string) => {
    const { statusCode } = await hub.app.inject(url)
    answered.push(url)
    statuses.push(statusCode)
  }
  const browsing = Array.from({ length: 600 }, () => asked(base))
  await Promise.all([...browsing, asked('/health/live')])
  t.equal(statuses.filter((status) => status === 503).length, 100)
  t.equal(statuses.filter((status) => status === 200).length, 501)
  const live = answered.indexOf('/health/live')
  t.ok(live < 200, `${live} were answered before it, and most of those were refused`)
})

t.test('from a connection that was put off nothing is read for a second', async (t) => {
  const { hub, clock } = await openAtClock(t)
  const connection = await openRaw(hub)
  const answers = () => heard.split('HTTP/1.1 ').length - 1
  let heard = ''
  connection.socket.on('data', (text: string) => {
    heard += text
  })
  await delay(clock, 1_000)
  await connection.write(`GET ${base} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await until('it is put off', () => answers() === 1)
  t.match(heard, /^HTTP\/1\.1 503 /)
  await connection.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n')
  t.equal((await hub.app.inject('/health/live')).statusCode, 200, 'others are answered')
  t.equal(answers(), 1)
  // The rest begins when the hub has done with the answer, which the caller may have read before.
  await until('it is read again', async () => {
    await clock.passSeconds(1)
    return answers() === 2
  })
  connection.socket.destroy()
  await connection.ended
})

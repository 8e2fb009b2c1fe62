import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { createHub, type Hub, type MachineClock } from '../../src/index.js'
import { get, putAuthority } from '../helpers/calls.js'
import { countingIds, NOW, openHub, setClock } from '../helpers/hub.js'
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
  SASHA,
  submit,
  TAYLOR,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const freshnessOf = async (hub: Hub, code: string) =>
  (await get(hub, '/v1/freshness')).authorities.find((each: { code: string }) => each.code === code)
const from = (odsCode: string) => ({ requester: { ...WHISTON_NURSE, organisation: { odsCode, name: 'x' } } })
const queueOf = async (hub: Hub, code: string) =>
  (await get(hub, `/v1/authorities/${code}/notifications?limit=500`)).items
const overdueOf = async (hub: Hub, code: string) =>
  (await lease(hub, code, { max: 500 }))
    .json()
    .notifications.map(({ overdue }: { overdue: unknown }) => overdue)
const metricsOf = async (hub: Hub) => (await hub.app.inject({ url: '/metrics' })).body.split('\n')

t.test('freshness shows the three parties’ clocks', async (t) => {
  const { hub, clock } = await openHub(t)
  const empty = {
    lastDataset: null,
    lastReturned: null,
    due: null,
    overdue: false,
    ageSeconds: null,
    queued: 0,
    oldestQueuedAt: null,
    attention: 0,
  }
  const first = await get(hub, '/v1/freshness')
  t.equal(first.authorities.length, 153)
  t.strictSame(first.hub, { startedAt: NOW, lastMaintenanceAt: NOW })
  t.strictSame(first.health, [])
  t.strictSame(await freshnessOf(hub, HALTON), { code: HALTON, name: 'Halton', status: 'live', ...empty })

  const accepted = (await submit(hub, HALTON, aDataset(1, [aRecord()]))).json()
  clock.set('2026-11-24T10:00:00.000Z')
  const returned = (await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: '', planType: '' })]))).json()
  await lookUp(hub, ROBIN, from('RBN01'))
  clock.set('2026-11-24T10:00:01.000Z')
  await lookUp(hub, NOBODY, { ...from('RAA01'), careSetting: 'scheduled' })
  await lookUp(hub, '9990000019', from('RZZ99'))
  await attend(hub, ROBIN, from('RBN01'))
  clock.set('2026-11-24T10:00:02.500Z')
  const halton = {
    code: HALTON,
    name: 'Halton',
    status: 'live',
    lastDataset: { id: accepted.id, sequence: 1, acceptedAt: NOW, recordCount: 1 },
    lastReturned: { id: returned.id, sequence: 2, receivedAt: '2026-11-24T10:00:00.000Z', findingCount: 2 },
    due: '2026-11-25T09:30:00.000Z',
    overdue: false,
    ageSeconds: 1802,
    queued: 2,
    oldestQueuedAt: '2026-11-24T10:00:00.000Z',
    attention: 0,
  }
  t.strictSame(await freshnessOf(hub, HALTON), halton)
  t.strictSame((await get(hub, '/v1/freshness')).health, [
    { odsCode: 'RAA01', lastLookupAt: '2026-11-24T10:00:01.000Z', lastAttendanceAt: null },
    {
      odsCode: 'RBN01',
      lastLookupAt: '2026-11-24T10:00:00.000Z',
      lastAttendanceAt: '2026-11-24T10:00:01.000Z',
    },
  ])
  const [leased] = (await lease(hub, HALTON, { max: 1 })).json().notifications
  await acknowledge(hub, HALTON, [leased.id])
  t.match(await freshnessOf(hub, HALTON), { queued: 1, oldestQueuedAt: '2026-11-24T10:00:01.000Z' })
  await putAuthority(hub, HALTON, { status: 'suspended' })
  t.match(await freshnessOf(hub, HALTON), { status: 'suspended', queued: 1 })
})

t.test('overdue begins after 24 hours and 2 of grace, and only for who ever sent a dataset', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: '' })]))
  const seen = async () => {
    const { freshness } = await get(hub, `/v1/authorities/${HALTON}`)
    const listed = await freshnessOf(hub, HALTON)
    t.strictSame({ due: listed.due, overdue: listed.overdue, ageSeconds: listed.ageSeconds }, freshness)
    t.equal((await lookUp(hub, ROBIN, { careSetting: 'scheduled' })).json().plans[0].stale, freshness.overdue)
    return freshness.overdue
  }
  clock.set('2026-11-25T11:30:00.000Z')
  t.equal(await seen(), false)
  clock.set('2026-11-25T11:30:00.001Z')
  t.equal(await seen(), true)
  t.equal((await freshnessOf(hub, WARRINGTON)).overdue, false, 'a returned dataset is not an accepted one')
  await submit(hub, HALTON, aDataset(2, [aRecord()]))
  t.equal(await seen(), false)
})

t.test('the hours of freshness and grace are settings', async (t) => {
  const { hub, clock } = await openHub(t, { freshnessHours: 1, freshnessGraceHours: 0 })
  const receipt = (await submit(hub, HALTON, aDataset(1, [aRecord()]))).json()
  t.equal(receipt.nextDueAt, '2026-11-24T10:30:00.000Z')
  clock.set('2026-11-24T10:30:00.000Z')
  t.equal((await freshnessOf(hub, HALTON)).overdue, false)
  clock.set('2026-11-24T10:30:00.001Z')
  t.equal((await freshnessOf(hub, HALTON)).overdue, true)
})

t.test(
  'maintenance queues one overdue notice for each authority and missed day, however often it runs',
  async (t) => {
    const { hub, clock } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    clock.set('2026-11-25T11:30:00.000Z')
    await hub.runMaintenance()
    t.strictSame(await queueOf(hub, HALTON), [], 'not overdue yet')
    clock.set('2026-11-25T12:00:00.000Z')
    await hub.runMaintenance()
    await hub.runMaintenance()
    t.match(await queueOf(hub, HALTON), [
      { id: `overdue-2026-11-25.${HALTON}`, kind: 'dataset-overdue', createdAt: '2026-11-25T12:00:00.000Z' },
    ])
    clock.set('2026-11-28T08:00:00.000Z')
    await hub.runMaintenance()
    await hub.runMaintenance()
    const missed = (date: string) => ({ date, lastAcceptedAt: NOW, due: '2026-11-25T09:30:00.000Z' })
    // The 28th goes on, and is not missed yet.
    const days = ['2026-11-25', '2026-11-26', '2026-11-27']
    const { notifications } = (await lease(hub, HALTON)).json()
    t.strictSame(
      notifications.map(({ overdue }: { overdue: unknown }) => overdue),
      days.map(missed),
      'the days in which nothing ran are made up for',
    )
    t.strictSame(notifications[0], {
      id: `overdue-2026-11-25.${HALTON}`,
      kind: 'dataset-overdue',
      createdAt: '2026-11-25T12:00:00.000Z',
      attempt: 1,
      overdue: missed('2026-11-25'),
    })
    t.strictSame(await queueOf(hub, WARRINGTON), [], 'who never sent one is not overdue')
    const { hub: clocks } = await get(hub, '/v1/freshness')
    t.equal(clocks.lastMaintenanceAt, '2026-11-28T08:00:00.000Z')
    await acknowledge(
      hub,
      HALTON,
      notifications.map(({ id }: { id: string }) => id),
    )
    await hub.runMaintenance()
    t.strictSame(
      (await lease(hub, HALTON)).json().notifications,
      [],
      'what is acknowledged does not come again',
    )
    await submit(hub, HALTON, aDataset(2, [aRecord()]))
    clock.set('2026-11-29T00:00:00.000Z')
    await hub.runMaintenance()
    t.strictSame(
      (await lease(hub, HALTON)).json().notifications,
      [],
      'nor anything for one that has sent again',
    )
  },
)

t.test('maintenance purges what retention has passed, and nothing that is still needed', async (t) => {
  const { hub, clock } = await openHub(t, { freshnessHours: 87_600 })
  await submit(
    hub,
    HALTON,
    aDataset(1, [
      aRecord({ endDate: '2026-11-24' }),
      aRecord({ nhsNumber: SASHA }),
      aRecord({ nhsNumber: TAYLOR }),
    ]),
  )
  const robins = (await lookUp(hub, ROBIN)).json().access.id
  const sashas = (await lookUp(hub, SASHA)).json().access.id
  const [taylors] = [(await lookUp(hub, TAYLOR)).json().access.id]
  const early = (await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: '' })]))).json().id
  await lease(hub, HALTON)
  await acknowledge(hub, HALTON, [`${robins}.${HALTON}`])
  const isKnown = async (nhsNumber: string, accessId: string) => {
    const at = '2026-11-24T09:00:00Z'
    return (await attend(hub, nhsNumber, { accessId, at })).statusCode === 201
  }
  const queuedIds = async () => (await queueOf(hub, HALTON)).map((each: { id: string }) => each.id)

  clock.set('2026-12-24T09:29:59.999Z')
  await hub.runMaintenance()
  t.ok((await queuedIds()).includes(`${robins}.${HALTON}`), 'acknowledged ones are kept for 30 days')
  clock.set('2026-12-24T09:30:00.000Z')
  await hub.runMaintenance()
  t.strictSame(
    await queuedIds(),
    [sashas, taylors].map((id) => `${id}.${HALTON}`),
    'and what nobody acknowledged stays',
  )

  // Taylor is withdrawn today; Robin's plan leaves by itself after day 365.
  await submit(hub, HALTON, aDataset(2, [aRecord({ endDate: '2026-11-24' }), aRecord({ nhsNumber: SASHA })]))
  clock.set('2027-11-24T12:00:00.000Z')
  await hub.runMaintenance()
  t.equal((await get(hub, `/v1/authorities/${HALTON}/plans`)).items.length, 2)
  clock.set('2027-11-25T12:00:00.000Z')
  await hub.runMaintenance()
  t.equal((await get(hub, `/v1/authorities/${HALTON}/plans`)).items.length, 1, 'no longer visible: gone')
  clock.set('2027-12-24T09:29:59.999Z')
  await hub.runMaintenance()
  t.ok(await isKnown(TAYLOR, taylors), 'events are kept for 365 days after their plan has left')
  clock.set('2027-12-24T09:30:00.000Z')
  await hub.runMaintenance()
  t.notOk(await isKnown(TAYLOR, taylors))
  t.ok(await isKnown(ROBIN, robins))
  clock.set('2028-11-24T12:00:00.000Z')
  await hub.runMaintenance()
  t.notOk(await isKnown(ROBIN, robins), 'also after a plan that left by itself')
  t.ok(await isKnown(SASHA, sashas), 'a plan that is there keeps its events')
  const sequences = async () =>
    (await get(hub, `/v1/authorities/${HALTON}/datasets`)).items.map(
      (each: { id: string; sequence: number }) => each.sequence,
    )
  t.strictSame(await sequences(), [2], 'receipts are kept for two years')
  t.equal((await hub.app.inject({ url: `/v1/authorities/${HALTON}/datasets/${early}` })).statusCode, 404)
  clock.set('2030-01-01T00:00:00.000Z')
  await hub.runMaintenance()
  t.strictSame(await sequences(), [2], 'but the last accepted one as long as a retry can ask for it')
})

t.test('a hub that starts again does what was missed meanwhile, and remembers', async (t) => {
  const dataDir = t.testdir()
  const clock = setClock()
  const newId = countingIds()
  const before = await createHub({ dataDir, clock, newId })
  await submit(before, HALTON, aDataset(1, [aRecord()]))
  await lookUp(before, ROBIN)
  const queued = await queueOf(before, HALTON)
  const { health } = await get(before, '/v1/freshness')
  await before.close()

  clock.set('2026-11-27T06:00:00.000Z')
  const after = await createHub({ dataDir, clock, newId, authoritiesStartAs: 'registered' })
  t.teardown(() => after.close())
  t.match((await queueOf(after, HALTON)).slice(0, 1), [{ ...queued[0], attention: true }])
  t.strictSame(
    (await overdueOf(after, HALTON)).map((overdue: { date: string } | undefined) => overdue?.date),
    [undefined, '2026-11-25', '2026-11-26'],
  )
  const freshness = await get(after, '/v1/freshness')
  t.strictSame(freshness.hub, { startedAt: clock(), lastMaintenanceAt: clock() })
  t.strictSame(freshness.health, health)
  t.equal((await freshnessOf(after, HALTON)).status, 'live', 'the setting is for a first start alone')
  t.equal((await lookUp(after, ROBIN)).json().found, true)
})

t.test('ready is no longer said when the database cannot be written; live still is', async (t) => {
  const dataDir = t.testdir()
  const { hub } = await openHub(t, { dataDir })
  t.strictSame(await get(hub, '/health/live'), { status: 'ok' })
  t.strictSame(await get(hub, '/health/ready'), { status: 'ok' })
  const other = new Database(join(dataDir, 'hub.db'))
  t.teardown(() => other.close())
  other.exec('begin immediate')
  const ready = await hub.app.inject({ url: '/health/ready' })
  t.strictSame([ready.statusCode, ready.json()], [503, { status: 'unavailable' }])
  t.strictSame(await get(hub, '/health/live'), { status: 'ok' })
  other.exec('rollback')
  t.strictSame(await get(hub, '/health/ready'), { status: 'ok' })
})

t.test(
  'metrics count lookups and datasets by outcome, and measure queues and freshness; no NHS number',
  async (t) => {
    const { hub, clock } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: '9990000019' })]))
    await submit(hub, HALTON, aDataset(2, [aRecord()]), '?dryRun=true')
    await putAuthority(hub, WARRINGTON, { acceptance: 'partial' })
    await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: SASHA }), aRecord({ nhsNumber: '' })]))
    await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'a' })
    await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'a' })
    await lookUp(hub, NOBODY)
    await lookUp(hub, ROBIN, { careSetting: 'scheduled' })
    await lookUp(hub, NOBODY, { careSetting: 'scheduled' })
    await hub.app.inject({ url: `/v1/authorities/${ROBIN}` })
    await hub.app.inject({ url: `/${ROBIN}` })
    clock.set('2026-11-25T11:30:01.000Z')
    const reply = await hub.app.inject({ url: '/metrics' })
    t.equal(reply.statusCode, 200)
    t.match(reply.headers['content-type'], /^text\/plain; version=0\.0\.4/)
    const lines = await metricsOf(hub)
    for (const line of [
      'cpis_lookups_total{outcome="hit"} 1',
      'cpis_lookups_total{outcome="replayed"} 1',
      'cpis_lookups_total{outcome="miss"} 1',
      'cpis_lookups_total{outcome="silent-hit"} 1',
      'cpis_lookups_total{outcome="silent-miss"} 1',
      'cpis_datasets_total{outcome="accepted"} 1',
      'cpis_datasets_total{outcome="repeated"} 1',
      'cpis_datasets_total{outcome="returned"} 1',
      'cpis_datasets_total{outcome="dry-run"} 1',
      'cpis_datasets_total{outcome="partially-accepted"} 1',
      `cpis_notifications_queued{authority="${HALTON}"} 1`,
      `cpis_notifications_queued{authority="${WARRINGTON}"} 0`,
      `cpis_notifications_oldest_seconds{authority="${HALTON}"} 93601`,
      `cpis_notifications_attention{authority="${HALTON}"} 1`,
      `cpis_dataset_age_seconds{authority="${HALTON}"} 93601`,
      `cpis_dataset_overdue{authority="${HALTON}"} 1`,
      'cpis_http_request_seconds_count{method="POST",route="/v1/lookups",status="200"} 5',
      'cpis_http_request_seconds_count{method="GET",route="none",status="404"} 1',
    ])
      t.ok(lines.includes(line), line)
    t.notOk(/\b\d{10}\b/.test(lines.join('\n').replaceAll(/cpis_http_request_seconds_sum.*/g, '')))
    const ids = (await lease(hub, HALTON)).json().notifications.map(({ id }: { id: string }) => id)
    t.ok((await metricsOf(hub)).includes(`cpis_notifications_queued{authority="${HALTON}"} 0`))
    await release(hub, HALTON, ids)
    t.ok((await metricsOf(hub)).includes(`cpis_notifications_queued{authority="${HALTON}"} 1`))
  },
)

t.test('the contract is served as OpenAPI 3.1 and as pages to read', async (t) => {
  const { hub } = await openHub(t, { testerControls: false })
  const contract = await get(hub, '/openapi.json')
  t.match(contract.openapi, /^3\.1\./)
  t.strictSame(Object.keys(contract.paths).sort(), [
    ...[
      'AuditEvent',
      'AuditEvent/_search',
      'AuditEvent/{id}',
      'CareTeam',
      'CareTeam/_search',
      'CareTeam/{id}',
    ].map((path) => `/cpis/FHIR/R4/${path}`),
    ...['Encounter', 'PatientFlag', 'metadata'].map((path) => `/cpis/FHIR/R4/${path}`),
    '/health/live',
    '/health/ready',
    '/metrics',
    '/personal-demographics/FHIR/R4/Patient',
    '/personal-demographics/FHIR/R4/Patient/{nhsNumber}',
    '/v1/attendances',
    '/v1/authorities',
    '/v1/authorities/{authorityCode}',
    '/v1/authorities/{authorityCode}/datasets',
    '/v1/authorities/{authorityCode}/datasets/{datasetId}',
    '/v1/authorities/{authorityCode}/notifications',
    '/v1/authorities/{authorityCode}/notifications/acknowledge',
    '/v1/authorities/{authorityCode}/notifications/lease',
    '/v1/authorities/{authorityCode}/notifications/release',
    '/v1/authorities/{authorityCode}/plans',
    '/v1/freshness',
    '/v1/lookups',
  ])
  const methods = Object.entries(contract.paths).flatMap(([path, operations]) =>
    Object.keys(operations as object).map((method) => `${method} ${path}`),
  )
  t.equal(methods.length, 28, 'one operation for each route, none for the refusals of other methods')
  for (const url of ['/docs', '/docs/']) {
    const page = await hub.app.inject({ url })
    t.ok([200, 302].includes(page.statusCode))
    t.equal(page.headers['x-simulated'], 'true')
  }
  const page = await hub.app.inject({ url: '/docs/' })
  t.match([page.statusCode, page.headers['content-type'], page.body], [200, /^text\/html/, /swagger/i])
})

t.test('the hub runs its maintenance by itself when its clock has passed a midnight in London', async (t) => {
  const minute = 60_000
  const looks: (() => void)[] = []
  let onLookSet = () => {}
  const machineClock: MachineClock = {
    now: () => 0,
    after(delayMs, callback) {
      if (delayMs !== minute) return () => {}
      looks.push(callback)
      onLookSet()
      return () => {}
    },
  }
  const { hub, clock } = await openHub(t, { machineClock })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  // Each look sets the next one when it is done.
  const lookOnce = async () => {
    const done = new Promise<void>((resolve) => {
      onLookSet = resolve
    })
    looks.shift()?.()
    await done
  }
  const ranAt = async () => (await get(hub, '/v1/freshness')).hub.lastMaintenanceAt

  clock.set('2026-11-24T23:59:59.999Z')
  await lookOnce()
  t.equal(await ranAt(), NOW, 'not before midnight')
  clock.set('2026-11-26T00:00:00.000Z')
  await lookOnce()
  t.equal(await ranAt(), '2026-11-26T00:00:00.000Z')
  const queued = await queueOf(hub, HALTON)
  t.match(queued, [{ id: `overdue-2026-11-25.${HALTON}`, kind: 'dataset-overdue' }])
  t.equal(queued.length, 1, 'one night was missed')
  clock.set('2026-11-26T12:00:00.000Z')
  await lookOnce()
  t.equal(await ranAt(), '2026-11-26T00:00:00.000Z', 'once a day')
})

import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { createHub, type Hub, type SeedWish } from '../../src/index.js'
import { get, putAuthority, stateOf } from '../helpers/calls.js'
import { countingIds, NOW, openHub, setClock } from '../helpers/hub.js'
import { trace } from '../helpers/people.js'
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
  SASHA,
  submit,
  TAYLOR,
  WARRINGTON,
} from '../helpers/seed.js'

const PEOPLE = [ROBIN, SASHA, TAYLOR, NOBODY]
const CODES = [HALTON, WARRINGTON]

const ask = (
  hub: Hub,
  method: 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
): Promise<LightMyRequestResponse> => hub.app.inject({ method, url, ...(payload && { payload }) })

/** Something of everything that a hub remembers. */
async function live(hub: Hub): Promise<void> {
  await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA, planType: 'LAC' })]))
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: TAYLOR })]))
  await submit(hub, WARRINGTON, aDataset(2, [aRecord({ nhsNumber: '' })]))
  await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'a key' })
  await lookUp(hub, TAYLOR)
  await attend(hub, ROBIN)
  const { notifications } = (await lease(hub, HALTON, { max: 1 })).json()
  await acknowledge(hub, HALTON, [notifications[0].id])
  await putAuthority(hub, HALTON, { wave: 7 })
}

t.test('a reset leaves a hub as it was made, and its snapshots', async (t) => {
  const { hub } = await openHub(t)
  const before = await stateOf(hub, CODES, PEOPLE)
  await live(hub)
  await ask(hub, 'POST', '/tester/snapshots/lived')
  await hub.clock.set({ advance: 'P3D', frozen: true })
  const reply = await hub.app.inject({ method: 'POST', url: '/tester/reset' })
  t.equal(reply.statusCode, 204)
  t.strictSame(await stateOf(hub, CODES, PEOPLE), before)
  t.equal(hub.clock.read().mode, 'real')
  t.equal((await get(hub, '/tester/snapshots')).items.length, 1)
  t.equal((await ask(hub, 'POST', '/tester/reset', {})).statusCode, 204)
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord()]))).statusCode, 201, 'sequences begin anew')
})

t.test('the reset of one authority takes what it sent and was told, and nothing of another', async (t) => {
  const { hub } = await openHub(t)
  await live(hub)
  const warrington = await stateOf(hub, [WARRINGTON], [TAYLOR])
  t.equal((await ask(hub, 'POST', '/tester/reset', { authorityCode: HALTON })).statusCode, 204)
  const [halton] = (await stateOf(hub, [HALTON])).authorities
  t.match(halton, {
    authority: { wave: 7, lastDataset: null, freshness: null },
    plans: { items: [] },
    receipts: { items: [] },
    notifications: { items: [] },
  })
  t.strictSame((await stateOf(hub, [WARRINGTON], [TAYLOR])).authorities, warrington.authorities)
  t.match((await lookUp(hub, ROBIN)).json(), { found: false, access: null })
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord()]))).statusCode, 201)
  const first = (await lookUp(hub, ROBIN)).json()
  await hub.reset(HALTON)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const again = (await lookUp(hub, ROBIN)).json()
  t.match(again, { access: { id: first.access.id, repeat: true, notified: [HALTON] } }, 'who looked stays')
  t.match(
    (await stateOf(hub, [HALTON])).authorities[0]?.notifications.items,
    [{ kind: 'access', state: 'queued' }],
    'and is told of it again, since what told of it has gone',
  )
  const unknown = await ask(hub, 'POST', '/tester/reset', { authorityCode: 'E06999999' })
  t.match(unknown.json(), { status: 404, code: 'AUTHORITY_UNKNOWN' })
  t.match((await ask(hub, 'POST', '/tester/reset', { everything: true })).json(), {
    code: 'SCHEMA_VIOLATION',
  })
})

t.test('the small world has each trap of the domain once, on whatever day it is', async (t) => {
  const { hub } = await openHub(t)
  for (const now of [NOW, '2028-02-28T12:00:00.000Z', '2031-06-30T22:30:00.000Z']) {
    await hub.clock.set({ now, frozen: true })
    const reply = await ask(hub, 'POST', '/tester/seed', { world: 'small' })
    t.strictSame([reply.statusCode, reply.json()], [200, { authorities: 3, plans: 15, people: 13 }])
    const shown = async (nhsNumber: string) =>
      (await lookUp(hub, nhsNumber, { careSetting: 'scheduled' }))
        .json()
        .plans.map((plan: Record<string, unknown>) => `${plan.planType} ${plan.status}`)
    t.strictSame(await shown('9990000018'), ['CPP active'])
    t.strictSame(await shown('9990000034'), ['CPP active', 'CPP active'], 'two authorities')
    t.strictSame(await shown('9990000042'), ['UCPP active'], 'a mother')
    t.strictSame(await shown('9990000050'), ['LAC active', 'CPP active'])
    t.strictSame(await shown('9990000069'), ['CPP ended'])
    t.strictSame(await shown('9990000077'), ['LAC ended'], 'on its last day')
    t.strictSame(await shown('9990000085'), ['UCPP active'], 'on its last day')
    t.strictSame(await shown('9990000093'), ['LAC active'], 'eighteen tomorrow')
    await hub.clock.set({ advance: 'P1D' })
    t.strictSame(await shown('9990000077'), [])
    t.strictSame(await shown('9990000085'), [])
  }
})

t.test('a seed is each authority’s next full dataset, and the same seed the same people', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(4, [aRecord({ nhsNumber: NOBODY })]))
  const reply = await ask(hub, 'POST', '/tester/seed', { world: 'halton', seed: 7 })
  t.match(reply.json(), { authorities: 1 })
  const plans = async () => (await get(hub, `/v1/authorities/${HALTON}/plans?limit=500`)).items
  const first = await plans()
  t.equal(first.length, 500)
  t.notOk(
    first.some(({ nhsNumber }: { nhsNumber: string }) => nhsNumber === NOBODY),
    'the list was replaced',
  )
  const [receipt] = (await get(hub, `/v1/authorities/${HALTON}/datasets`)).items
  t.match(receipt, { sequence: 5, outcome: 'accepted', mode: 'full', fileCode: 'CPF02' })
  await ask(hub, 'POST', '/tester/seed', { world: 'halton', seed: 7 })
  t.strictSame(await plans(), first)
  await ask(hub, 'POST', '/tester/seed', { world: 'halton', seed: 8 })
  t.not((await plans())[0].nhsNumber, first[0].nhsNumber)
})

t.test('plans are seeded for their authorities, all of them or none', async (t) => {
  const { hub } = await openHub(t)
  const good: SeedWish = {
    plans: [
      { authorityCode: HALTON, ...aRecord() },
      { authorityCode: WARRINGTON, ...aRecord() },
      { authorityCode: HALTON, ...aRecord({ nhsNumber: SASHA }) },
    ],
  }
  t.strictSame((await ask(hub, 'POST', '/tester/seed', good)).json(), { authorities: 2, plans: 3, people: 2 })
  t.strictSame(
    (await lookUp(hub, ROBIN))
      .json()
      .plans.map(({ authority }: { authority: { code: string } }) => authority.code),
    [HALTON, WARRINGTON],
  )
  const before = await stateOf(hub, CODES, PEOPLE)
  const bad = await ask(hub, 'POST', '/tester/seed', {
    plans: [
      { authorityCode: WARRINGTON, ...aRecord({ nhsNumber: TAYLOR }) },
      { authorityCode: HALTON, ...aRecord() },
      { authorityCode: HALTON, ...aRecord({ nhsNumber: '9990000027' }) },
      { authorityCode: WARRINGTON, ...aRecord({ startDate: 'soon' }) },
    ],
  })
  t.equal(bad.statusCode, 422)
  t.match(bad.headers['content-type'], /^application\/problem\+json/)
  t.match(bad.json(), {
    code: 'SEED_RETURNED',
    findings: [
      { authorityCode: WARRINGTON, record: 3, field: 'startDate', code: 'DATE_FORMAT' },
      { authorityCode: HALTON, record: 2, field: 'nhsNumber', code: 'NHS_NUMBER_CHECK_DIGIT' },
    ],
  })
  t.strictSame(await stateOf(hub, CODES, PEOPLE), before)
  await t.rejects(hub.seed({ plans: [{ authorityCode: HALTON, ...aRecord({ nhsNumber: '' }) }] }), {
    code: 'SEED_RETURNED',
    members: { findings: [{ record: 0, code: 'NHS_NUMBER_MISSING' }] },
  })
  t.strictSame(await hub.seed(good), { authorities: 2, plans: 3, people: 2 })
})

t.test('a seed counts what it put on the index, and the people whom it registered', async (t) => {
  const { hub } = await openHub(t)
  const plans = [
    { authorityCode: HALTON, ...aRecord() },
    { authorityCode: HALTON, ...aRecord({ nhsNumber: SASHA, deleted: true }) },
    {
      authorityCode: HALTON,
      ...aRecord({ nhsNumber: TAYLOR, startDate: '2020-01-02', endDate: '2022-01-02' }),
    },
  ]
  t.strictSame(await hub.seed({ plans }), { authorities: 1, plans: 1, people: 3 })
  t.equal((await get(hub, `/v1/authorities/${HALTON}/plans`)).items.length, 1)
  for (const nhsNumber of [ROBIN, SASHA, TAYLOR])
    t.equal(
      (await trace(hub.app, `/Patient/${nhsNumber}`)).statusCode,
      200,
      'so that each record may be sent where people are checked',
    )
  t.strictSame(await hub.seed({ plans }), { authorities: 1, plans: 1, people: 3 }, 'also of what was there')
})

t.test(
  'a seed for an authority that takes part of a dataset is taken in part, and the answer says so',
  async (t) => {
    const { hub } = await openHub(t)
    await putAuthority(hub, HALTON, { acceptance: 'partial' })
    const plans = [
      { authorityCode: WARRINGTON, ...aRecord() },
      { authorityCode: HALTON, ...aRecord() },
      { authorityCode: HALTON, ...aRecord({ nhsNumber: '9990000027' }) },
    ]
    const reply = await ask(hub, 'POST', '/tester/seed', { plans })
    t.equal(reply.statusCode, 200)
    t.match(reply.json(), {
      authorities: 2,
      plans: 2,
      people: 1,
      findings: [{ authorityCode: HALTON, record: 2, code: 'NHS_NUMBER_CHECK_DIGIT' }],
    })
    t.strictSame(await hub.seed({ plans: plans.slice(0, 2) }), { authorities: 2, plans: 2, people: 1 })
    const all = await ask(hub, 'POST', '/tester/seed', { plans: plans.slice(2) })
    t.match(all.json(), { status: 422, code: 'SEED_RETURNED' }, 'of nothing no part can be taken')
  },
)

t.test('a seed for nobody, for one who may not submit, or without sense is refused', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, WARRINGTON, { status: 'suspended' })
  const before = await stateOf(hub, CODES, PEOPLE)
  for (const [wish, code] of [
    [{ plans: [{ authorityCode: 'E06999999', ...aRecord() }] }, 'AUTHORITY_UNKNOWN'],
    [
      {
        plans: [
          { authorityCode: HALTON, ...aRecord() },
          { authorityCode: WARRINGTON, ...aRecord() },
        ],
      },
      'AUTHORITY_SUSPENDED',
    ],
    [{}, 'SCHEMA_VIOLATION'],
    [{ world: 'wales' }, 'SCHEMA_VIOLATION'],
    [{ plans: [] }, 'SCHEMA_VIOLATION'],
    [{ plans: [aRecord()] }, 'SCHEMA_VIOLATION'],
    [{ world: 'small', plans: [{ authorityCode: HALTON }] }, 'SCHEMA_VIOLATION'],
    [{ plans: [{ authorityCode: HALTON }], seed: 1 }, 'SCHEMA_VIOLATION'],
    [{ world: 'small', seed: -1 }, 'SCHEMA_VIOLATION'],
  ] as const) {
    t.match((await ask(hub, 'POST', '/tester/seed', wish)).json(), { code }, JSON.stringify(wish))
  }
  t.strictSame(await stateOf(hub, CODES, PEOPLE), before)
})

t.test('a snapshot brings everything back, and what follows is wholly the same', async (t) => {
  let ids = countingIds()
  const { hub } = await openHub(t, { newId: () => ids() })
  await hub.clock.set({ now: '2026-11-24T10:00:00Z', frozen: true })
  await live(hub)
  const kept = await ask(hub, 'POST', '/tester/snapshots/a-night')
  t.equal(kept.statusCode, 201)
  t.match(kept.json(), { name: 'a-night', createdAt: '2026-11-24T10:00:00.000Z', bytes: Number })
  t.strictSame(await get(hub, '/tester/snapshots'), { items: [kept.json()] })
  const goOn = async () => {
    ids = countingIds()
    const replies = []
    replies.push(await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'a key' }))
    replies.push(await lookUp(hub, SASHA))
    replies.push(await submit(hub, HALTON, aDataset(1, [aRecord()])))
    replies.push(await submit(hub, HALTON, aDataset(2, [aRecord()])))
    replies.push(await ask(hub, 'PUT', '/tester/clock', { advance: 'P2D' }))
    replies.push(await lease(hub, WARRINGTON))
    replies.push(await lease(hub, HALTON))
    replies.push(await hub.app.inject({ url: `/v1/authorities/${HALTON}/notifications?limit=1` }))
    const state = await stateOf(hub, CODES, PEOPLE)
    return [
      ...replies.map(({ statusCode, body }) => [statusCode, body]),
      state,
      await get(hub, '/v1/freshness'),
    ]
  }
  const first = await goOn()
  await hub.reset()
  const restored = await ask(hub, 'PUT', '/tester/snapshots/a-night/restore')
  t.equal(restored.statusCode, 204)
  t.match(hub.clock.read(), { now: '2026-11-24T10:00:00.000Z', mode: 'frozen' })
  t.strictSame(await goOn(), first)
  t.strictSame((await get(hub, '/tester/snapshots')).items.length, 1)
  t.equal((await ask(hub, 'DELETE', '/tester/snapshots/a-night')).statusCode, 204)
  for (const [method, url] of [
    ['PUT', '/tester/snapshots/a-night/restore'],
    ['DELETE', '/tester/snapshots/a-night'],
  ] as const)
    t.match((await ask(hub, method, url)).json(), { status: 404, code: 'SNAPSHOT_UNKNOWN' })
})

t.test('snapshots are files of the hub’s own that outlive it, and a taken name is replaced', async (t) => {
  const dataDir = t.testdir()
  const clock = setClock()
  const before = await createHub({ dataDir, clock, newId: countingIds() })
  await before.snapshot('empty')
  await live(before)
  const lived = await stateOf(before, CODES, PEOPLE)
  await before.snapshot('lived')
  await before.snapshot('empty')
  await before.close()
  const folder = join(dataDir, 'snapshots')
  t.strictSame(readdirSync(folder).sort(), ['empty.db', 'lived.db'])
  t.equal(statSync(folder).mode & 0o777, 0o700)
  for (const file of readdirSync(folder)) t.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
  // Of a hub that was stopped while it wrote one.
  writeFileSync(join(folder, 'half.db.part'), 'half')
  const after = await createHub({ dataDir, clock, newId: countingIds() })
  t.teardown(() => after.close())
  await after.reset()
  t.same(
    (await get(after, '/tester/snapshots')).items.map(({ name }: { name: string }) => name),
    ['empty', 'lived'],
  )
  await after.restore('empty')
  t.strictSame(await stateOf(after, CODES, PEOPLE), lived, 'the second one of that name')
  await after.snapshot('third')
  t.strictSame(readdirSync(folder).sort(), ['empty.db', 'lived.db', 'third.db'])
})

t.test('a snapshot that is damaged, of a strange name or one too many is refused', async (t) => {
  const dataDir = t.testdir()
  const hub = await createHub({ dataDir, clock: setClock(), newId: countingIds(), testerSnapshotsMax: 2 })
  t.teardown(() => hub.close())
  await live(hub)
  await hub.snapshot('one')
  await hub.snapshot('two')
  const lived = await stateOf(hub, CODES, PEOPLE)
  t.match((await ask(hub, 'POST', '/tester/snapshots/three')).json(), { status: 409, code: 'TESTER_LIMIT' })
  t.equal(
    (await ask(hub, 'POST', '/tester/snapshots/two')).statusCode,
    201,
    'a taken name takes no more room',
  )
  for (const name of ['Night', 'a_b', 'a.db', '-'.repeat(41), '..%2Fhub'])
    t.match((await ask(hub, 'POST', `/tester/snapshots/${name}`)).json(), { code: 'SCHEMA_VIOLATION' }, name)
  const [, two] = (await get(hub, '/tester/snapshots')).items
  writeFileSync(join(dataDir, 'snapshots', 'one.db'), Buffer.alloc(8_192, 7))
  utimesSync(join(dataDir, 'snapshots', 'one.db'), new Date(NOW), new Date('2026-11-24T08:00:00.000Z'))
  writeFileSync(join(dataDir, 'snapshots', 'Somebody’s.db'), 'of no hub')
  t.strictSame(
    await get(hub, '/tester/snapshots'),
    { items: [{ name: 'one', createdAt: '2026-11-24T08:00:00.000Z', bytes: 8_192, damaged: true }, two] },
    'it counts, so it is listed, as of when its file was written',
  )
  t.match((await ask(hub, 'POST', '/tester/snapshots/three')).json(), { status: 409, code: 'TESTER_LIMIT' })
  t.match((await ask(hub, 'PUT', '/tester/snapshots/one/restore')).json(), { code: 'SNAPSHOT_DAMAGED' })
  t.strictSame(await stateOf(hub, CODES, PEOPLE), lived, 'and the world is as it was')
  t.equal((await hub.app.inject('/health/ready')).statusCode, 200)
  t.equal((await ask(hub, 'DELETE', '/tester/snapshots/one')).statusCode, 204)
  t.equal((await ask(hub, 'POST', '/tester/snapshots/three')).statusCode, 201)
})

t.test('what takes no body refuses one, and only an empty object says as little', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await hub.snapshot('one')
  await ask(hub, 'POST', '/tester/faults', { do: { status: 503 }, match: { caller: 'RXX99' } })
  await hub.clock.set({ now: '2026-11-24T12:00:00Z', frozen: true })
  const state = async () => [
    await stateOf(hub, CODES, PEOPLE),
    await get(hub, '/tester/faults'),
    await get(hub, '/tester/snapshots'),
    (await get(hub, '/tester/requests')).items.length > 0,
    hub.clock.read(),
  ]
  const before = await state()
  const headers = { 'content-type': 'application/json' }
  const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload: string) =>
    hub.app.inject({ method, url, headers, payload })
  const routes = [
    ['DELETE', '/tester/clock'],
    ['POST', '/tester/snapshots/one'],
    ['POST', '/tester/snapshots/two'],
    ['PUT', '/tester/snapshots/one/restore'],
    ['DELETE', '/tester/snapshots/one'],
    ['DELETE', '/tester/requests'],
    ['DELETE', '/tester/faults/fault-1'],
    ['DELETE', '/tester/faults'],
  ] as const
  for (const [method, url] of routes)
    for (const [payload, pointer] of [
      ['{"caller":"RBN01"}', '/caller'],
      ['null', ''],
      ['[]', ''],
      ['"x"', ''],
    ] as const)
      t.match(
        (await send(method, url, payload)).json(),
        { status: 400, code: 'SCHEMA_VIOLATION', errors: [{ pointer }] },
        `${method} ${url} ${payload}`,
      )
  t.match((await send('POST', '/tester/reset', 'null')).json(), {
    status: 400,
    code: 'SCHEMA_VIOLATION',
    errors: [{ pointer: '' }],
  })
  t.strictSame(await state(), before)
  for (const [method, url] of routes) {
    await hub.snapshot('one')
    await ask(hub, 'POST', '/tester/faults', { do: { status: 503 }, match: { caller: 'RXX99' } })
    const faults = (await get(hub, '/tester/faults')).items
    const there = url.replace('fault-1', faults[0].id)
    for (const payload of url.endsWith('1') || url.endsWith('one') ? ['{}'] : ['{}', ''])
      t.ok((await send(method, there, payload)).statusCode < 300, `${method} ${url} '${payload}'`)
  }
})

t.test('a dataset that was checked before the world was exchanged is checked again', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await hub.snapshot('one-plan')
  await submit(hub, HALTON, aDataset(2, [aRecord(), aRecord({ nhsNumber: SASHA })]))
  // Both are under way at once; whichever comes first, the list of the third is what is there in the end, or nothing is.
  const [third] = await Promise.all([
    submit(hub, HALTON, aDataset(3, [aRecord({ nhsNumber: TAYLOR })])),
    hub.restore('one-plan'),
  ])
  t.equal(third.statusCode, 201)
  const numbers = (await get(hub, `/v1/authorities/${HALTON}/plans`)).items.map(
    ({ nhsNumber }: { nhsNumber: string }) => nhsNumber,
  )
  t.ok([ROBIN, TAYLOR].includes(numbers[0]) && numbers.length === 1)
})

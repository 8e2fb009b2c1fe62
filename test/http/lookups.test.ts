import t from 'tap'
import type { Hub, Instant } from '../../src/index.js'
import { get, putAuthority, stateOf } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  TAYLOR,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const HALTON_SHOWN = {
  code: HALTON,
  name: 'Halton',
  officeHoursPhone: '01632 960005',
  emergencyDutyPhone: '01632 960405',
}
const SILENT = { careSetting: 'scheduled' }
const asUser = (id: string, odsCode = 'RBN01') => ({
  requester: {
    organisation: { odsCode, name: 'Whiston Hospital (simulated)' },
    user: { ...WHISTON_NURSE.user, id },
  },
})
const queueOf = async (hub: Hub, code: string) =>
  (await get(hub, `/v1/authorities/${code}/notifications?limit=500`)).items
const planStates = async (hub: Hub, nhsNumber: string) =>
  (await lookUp(hub, nhsNumber, SILENT)).json().plans.map((plan: { status: string }) => plan.status)

t.test('a hit shows the plan, whom to ring and who looked, and tells the authority', async (t) => {
  const { hub, clock } = await openHub(t)
  const child = { localId: 'H1', familyName: 'Ashdown', givenNames: ['Robin'], birthDate: '2015-06-01' }
  await submit(hub, HALTON, aDataset(1, [aRecord(child)]))
  clock.set('2026-11-24T10:00:00.000Z')
  const spaced = `${ROBIN.slice(0, 3)} ${ROBIN.slice(3, 6)} ${ROBIN.slice(6)}`
  const reply = await lookUp(hub, spaced, { location: 'Children’s emergency department' })
  t.equal(reply.statusCode, 200)
  const { id } = reply.json().access
  const seen = {
    id,
    at: '2026-11-24T10:00:00.000Z',
    ...WHISTON_NURSE,
    location: 'Children’s emergency department',
  }
  const plan = {
    planType: 'CPP',
    planName: 'Child protection plan',
    status: 'active',
    startDate: '2026-03-02',
    endDate: null,
    expectedDeliveryDate: null,
  }
  t.strictSame(reply.json(), {
    nhsNumber: ROBIN,
    found: true,
    plans: [{ ...plan, asOf: NOW, stale: false, authority: HALTON_SHOWN }],
    accesses: [seen],
    access: { id, at: seen.at, repeat: false, notified: [HALTON] },
  })
  const [told] = (await lease(hub, HALTON)).json().notifications
  t.strictSame(told, {
    id: `${id}.${HALTON}`,
    kind: 'access',
    createdAt: seen.at,
    attempt: 1,
    nhsNumber: ROBIN,
    localIds: ['H1'],
    plans: [plan],
    access: seen,
  })
  for (const name of ['Ashdown', 'Robin']) t.notOk(reply.body.includes(name), 'no name goes to health')
})

t.test('a miss is empty; a scheduled lookup reads; neither leaves a trace', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await lookUp(hub, ROBIN)
  const before = await stateOf(hub, [HALTON], [ROBIN])
  const miss = await lookUp(hub, NOBODY)
  t.equal(miss.statusCode, 200)
  t.strictSame(miss.json(), { nhsNumber: NOBODY, found: false, plans: [], accesses: [], access: null })
  const silent = await lookUp(hub, ROBIN, { ...SILENT, ...asUser('another') })
  t.equal(silent.json().found, true)
  t.equal(silent.json().access, null)
  t.equal(silent.json().accesses.length, 1, 'a silent read sees who looked before')
  t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before)
  const loud = await lookUp(hub, ROBIN, { careSetting: 'unscheduled', ...asUser('another') })
  t.strictSame(loud.json().access.notified, [HALTON])
  t.equal((await queueOf(hub, HALTON)).length, 2)
})

t.test(
  'plans come active before ended, then newest start first, with how fresh each authority’s are',
  async (t) => {
    const { hub, clock } = await openHub(t)
    await submit(
      hub,
      HALTON,
      aDataset(1, [
        aRecord({ startDate: '2024-01-01' }),
        aRecord({ startDate: '2026-05-01', endDate: '2026-06-01' }),
        aRecord({ planType: 'LAC', startDate: '2025-01-01' }),
        aRecord({ planType: 'LAC', startDate: '2026-09-01', endDate: '2026-11-24' }),
      ]),
    )
    clock.set('2026-11-25T11:00:00.000Z')
    await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC', startDate: '2024-06-01' })]))
    clock.set('2026-11-25T11:31:00.000Z')
    const { plans, access } = (await lookUp(hub, ROBIN)).json()
    t.strictSame(
      plans.map((plan: Record<string, unknown>) => [plan.status, plan.startDate, plan.asOf, plan.stale]),
      [
        ['active', '2025-01-01', NOW, true],
        ['active', '2024-06-01', '2026-11-25T11:00:00.000Z', false],
        ['active', '2024-01-01', NOW, true],
        ['ended', '2026-09-01', NOW, true],
        ['ended', '2026-05-01', NOW, true],
      ],
    )
    t.strictSame(access.notified, [HALTON, WARRINGTON], 'two authorities hold the child, and both are told')
    for (const code of [HALTON, WARRINGTON]) {
      const { notifications } = (await lease(hub, code)).json()
      t.equal(notifications.length, 1)
      t.equal(notifications[0].plans.length, code === HALTON ? 4 : 1, 'each of its own plans alone')
    }
    clock.set('2026-11-25T11:30:00.000Z')
    t.equal(
      (await lookUp(hub, ROBIN, SILENT)).json().plans[0].stale,
      false,
      '26 hours to the second are not overdue yet',
    )
  },
)

t.test('the 25 latest accesses are shown, newest first; the 26th pushes the first one out', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  for (let i = 0; i < 26; i += 1) {
    clock.set(`2026-11-24T10:00:${String(i).padStart(2, '0')}.000Z`)
    const { accesses, access } = (await lookUp(hub, ROBIN, asUser(`user-${i}`, `ORG${i % 3}`))).json()
    t.equal(accesses.length, Math.min(i + 1, 25))
    t.equal(accesses[0].id, access.id, 'the current one is included')
  }
  const { accesses } = (await lookUp(hub, ROBIN, SILENT)).json()
  t.strictSame(
    accesses.map((access: { user: { id: string } }) => access.user.id),
    Array.from({ length: 25 }, (_, i) => `user-${25 - i}`),
  )
  t.equal((await queueOf(hub, HALTON)).length, 26)
})

t.test(
  'the same user of the same organisation is one access within 24 hours of the recorded event',
  async (t) => {
    const { hub, clock } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
    const first = (await lookUp(hub, ROBIN, { location: 'Triage' })).json().access
    t.strictSame(first, { id: first.id, at: NOW, repeat: false, notified: [HALTON] })
    clock.set('2026-11-25T09:29:59.999Z')
    const again = (await lookUp(hub, ROBIN, { location: 'Ward' })).json()
    t.strictSame(again.access, { ...first, repeat: true })
    t.strictSame(
      again.accesses.map((access: { at: string; location: string }) => [access.at, access.location]),
      [[NOW, 'Triage']],
    )
    t.equal((await queueOf(hub, HALTON)).length, 1)
    for (const [nhsNumber, other] of [
      [ROBIN, asUser('another')],
      [ROBIN, asUser(WHISTON_NURSE.user.id, 'RXX99')],
      [SASHA, {}],
    ] as const) {
      const { access } = (await lookUp(hub, nhsNumber, other)).json()
      t.equal(access.repeat, false)
      t.not(access.id, first.id)
    }
    clock.set('2026-11-25T09:30:00.000Z')
    const next = (await lookUp(hub, ROBIN)).json().access
    t.strictSame(next, { id: next.id, at: '2026-11-25T09:30:00.000Z', repeat: false, notified: [HALTON] })
    t.not(next.id, first.id, 'the window runs from the event, not from the last repeat')
    t.equal((await queueOf(hub, HALTON)).length, 5)
  },
)

t.test('a window of 0 hours makes every lookup an access of its own', async (t) => {
  const { hub } = await openHub(t, { collapseHours: 0 })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const [one, two] = [await lookUp(hub, ROBIN), await lookUp(hub, ROBIN)]
  t.not(one.json().access.id, two.json().access.id)
  t.equal(two.json().access.repeat, false)
  t.equal((await queueOf(hub, HALTON)).length, 2)
})

t.test(
  'a repeat tells an authority whose plan came in between, once, and still lists one whose plan has gone',
  async (t) => {
    const { hub, clock } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
    const { id } = (await lookUp(hub, ROBIN)).json().access
    await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC' })]))
    clock.set('2026-11-24T11:00:00.000Z')
    const told = { id, at: NOW, repeat: true, notified: [HALTON, WARRINGTON] }
    t.strictSame((await lookUp(hub, ROBIN)).json().access, told)
    t.strictSame((await lookUp(hub, ROBIN)).json().access, told)
    const [late] = await queueOf(hub, WARRINGTON)
    t.match(late, { id: `${id}.${WARRINGTON}`, kind: 'access', createdAt: '2026-11-24T11:00:00.000Z' })
    t.strictSame([(await queueOf(hub, HALTON)).length, (await queueOf(hub, WARRINGTON)).length], [1, 1])
    await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: SASHA })]))
    const after = (await lookUp(hub, ROBIN)).json()
    t.strictSame(after.access, told, 'Halton has been told, though its plan is withdrawn')
    t.strictSame(
      after.plans.map((plan: { authority: { code: string } }) => plan.authority.code),
      [WARRINGTON],
    )
  },
)

t.test('an ended plan shows until day 365, marked ended; a plan ends on its end date itself', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord({ endDate: '2026-11-26' })]))
  t.strictSame(await planStates(hub, ROBIN), ['active'], 'a future end date is allowed')
  clock.set('2026-11-25T23:59:59.999Z')
  t.strictSame(await planStates(hub, ROBIN), ['active'])
  clock.set('2026-11-26T00:00:00.000Z')
  t.strictSame(await planStates(hub, ROBIN), ['ended'])
  clock.set('2027-11-26T23:59:59.999Z')
  t.strictSame(
    (await lookUp(hub, ROBIN)).json().access.notified,
    [HALTON],
    'day 365: still shown, still told',
  )
  clock.set('2027-11-27T00:00:00.000Z')
  const gone = (await lookUp(hub, ROBIN)).json()
  t.strictSame([gone.found, gone.accesses, gone.access], [false, [], null])
})

t.test(
  'an unborn child’s plan shows under the mother’s number until day 28 after the due date, in London’s days',
  async (t) => {
    const { hub, clock } = await openHub(t)
    const unborn = aRecord({ planType: 'UCPP', expectedDeliveryDate: '2027-05-01', localId: 'MOTHER' })
    await submit(hub, HALTON, aDataset(1, [unborn]))
    const { plans } = (await lookUp(hub, ROBIN)).json()
    t.match(plans, [
      {
        planType: 'UCPP',
        planName: 'Unborn child protection plan',
        status: 'active',
        endDate: null,
        expectedDeliveryDate: '2027-05-01',
      },
    ])
    clock.set('2027-05-29T22:59:59.999Z')
    t.strictSame(await planStates(hub, ROBIN), ['active'])
    clock.set('2027-05-29T23:00:00.000Z')
    t.strictSame(await planStates(hub, ROBIN), [], 'in summer London’s midnight is 23:00 UTC')
  },
)

t.test('CPP and LAC end on the eighteenth birthday by themselves', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(
    hub,
    HALTON,
    aDataset(1, [
      aRecord({ birthDate: '2008-12-01' }),
      aRecord({ nhsNumber: SASHA, planType: 'LAC', birthDate: '2008-12-01', endDate: '2027-01-01' }),
      aRecord({
        nhsNumber: TAYLOR,
        planType: 'UCPP',
        birthDate: '2008-12-01',
        expectedDeliveryDate: '2027-05-01',
      }),
    ]),
  )
  clock.set('2026-11-30T23:59:59.999Z')
  for (const nhsNumber of [ROBIN, SASHA, TAYLOR]) t.strictSame(await planStates(hub, nhsNumber), ['active'])
  clock.set('2026-12-01T00:00:00.000Z')
  for (const nhsNumber of [ROBIN, SASHA]) {
    const { plans } = (await lookUp(hub, nhsNumber, SILENT)).json()
    t.match(plans, [{ status: 'ended', endDate: '2026-12-01' }])
  }
  t.strictSame(await planStates(hub, TAYLOR), ['active'], 'a mother’s birthday ends no UCPP')
  clock.set('2027-12-02T00:00:00.000Z')
  t.strictSame(await planStates(hub, ROBIN), [], 'day 366 after the birthday')
})

t.test('a bad NHS number and a bad request are refused, and never quoted', async (t) => {
  const { hub } = await openHub(t)
  for (const nhsNumber of ['9990000019', '999000001', 'ABCD12345', '']) {
    const reply = await lookUp(hub, nhsNumber)
    t.equal(reply.statusCode, 400)
    t.match(reply.headers['content-type'], /^application\/problem\+json/)
    t.match(reply.json(), {
      type: 'urn:cpis-hub:problem:INVALID_NHS_NUMBER',
      title: 'The NHS number is not valid',
      status: 400,
      code: 'INVALID_NHS_NUMBER',
    })
    t.ok(nhsNumber === '' || !reply.body.includes(nhsNumber))
  }
  const { organisation, user } = WHISTON_NURSE
  const { roleCode: _, ...withoutCode } = user
  const { roleName: __, ...withoutRole } = user
  const wrong: [fields: object, pointer: string][] = [
    [{ nhsNumber: 9_990_000_018 }, '/nhsNumber'],
    [{ nhsNumber: undefined }, '/nhsNumber'],
    [{ careSetting: 'urgent' }, '/careSetting'],
    [{ requester: undefined }, '/requester'],
    [{ requester: { organisation } }, '/requester/user'],
    [{ requester: { user } }, '/requester/organisation'],
    [{ requester: { user, organisation: { name: 'x' } } }, '/requester/organisation/odsCode'],
    [{ requester: { user, organisation: { odsCode: 'RBN01' } } }, '/requester/organisation/name'],
    [{ requester: { organisation, user: { ...user, id: '' } } }, '/requester/user/id'],
    [{ requester: { organisation, user: withoutRole } }, '/requester/user/roleName'],
    [{ requester: { organisation, user: { ...user, team: 'A' } } }, '/requester/user/team'],
    [{ location: 'a\nb' }, '/location'],
    [{ setting: 'unscheduled' }, '/setting'],
  ]
  for (const [fields, pointer] of wrong) {
    const reply = await lookUp(hub, ROBIN, fields as Record<string, unknown>)
    t.equal(reply.statusCode, 400, pointer)
    t.match(reply.json(), { code: 'SCHEMA_VIOLATION', errors: [{ pointer, message: String }] })
  }
  t.equal((await lookUp(hub, ROBIN, { requester: { organisation, user: withoutCode } })).statusCode, 200)
})

t.test('an Idempotency-Key pins the access; the plans are read afresh', async (t) => {
  const { hub, clock } = await openHub(t, { collapseHours: 0 })
  await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
  const key = { 'idempotency-key': 'visit-1' }
  const first = await lookUp(hub, ROBIN, {}, key)
  t.equal(first.headers['idempotency-replayed'], undefined)
  const { access } = first.json()
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC' })]))
  clock.set('2026-11-24T12:00:00.000Z')
  const replay = await lookUp(hub, ROBIN, {}, key)
  t.strictSame([replay.statusCode, replay.headers['idempotency-replayed']], [200, 'true'])
  t.strictSame(replay.json().access, access)
  t.equal(replay.json().plans.length, 2)
  t.strictSame(await queueOf(hub, WARRINGTON), [], 'a replay has no effect')
  t.equal((await queueOf(hub, HALTON)).length, 1)

  const reused = await lookUp(hub, ROBIN, { location: 'Ward' }, key)
  t.strictSame([reused.statusCode, reused.json().code], [422, 'IDEMPOTENCY_KEY_REUSED'])
  const others = await lookUp(hub, ROBIN, asUser('555500000001', 'RXX99'), key)
  t.strictSame(
    [others.statusCode, others.headers['idempotency-replayed']],
    [200, undefined],
    'keys are per caller',
  )
  t.not(others.json().access.id, access.id)
  for (const code of [HALTON, WARRINGTON])
    await submit(hub, code, aDataset(2, [aRecord({ nhsNumber: SASHA })]))
  const afterwards = await lookUp(hub, ROBIN, {}, key)
  t.strictSame(afterwards.json(), { nhsNumber: ROBIN, found: false, plans: [], accesses: [], access })

  await submit(hub, HALTON, aDataset(3, [aRecord(), aRecord({ nhsNumber: SASHA })]))
  clock.set('2026-11-25T09:29:59.999Z')
  t.strictSame((await lookUp(hub, ROBIN, {}, key)).json().access, access)
  clock.set('2026-11-25T09:30:00.000Z')
  const anew = await lookUp(hub, ROBIN, {}, key)
  t.equal(anew.headers['idempotency-replayed'], undefined, 'after 24 hours a key is free')
  t.not(anew.json().access.id, access.id)
})

t.test('two lookups at once with one key are one access; silent ones and misses keep no key', async (t) => {
  const { hub } = await openHub(t, { collapseHours: 0 })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const key = { 'idempotency-key': 'k'.repeat(255) }
  const both = await Promise.all([lookUp(hub, ROBIN, {}, key), lookUp(hub, ROBIN, {}, key)])
  t.strictSame(both[0].json().access, both[1].json().access)
  t.strictSame(both.map((reply) => reply.headers['idempotency-replayed']).sort(), ['true', undefined])
  t.equal((await queueOf(hub, HALTON)).length, 1)
  const another = { 'idempotency-key': 'visit-2' }
  t.equal((await lookUp(hub, ROBIN, SILENT, another)).headers['idempotency-replayed'], undefined)
  t.equal((await lookUp(hub, NOBODY, {}, another)).statusCode, 200, 'a silent lookup kept nothing')
  const hit = await lookUp(hub, ROBIN, {}, another)
  t.strictSame([hit.statusCode, hit.headers['idempotency-replayed']], [200, undefined], 'nor did the miss')
  t.equal((await queueOf(hub, HALTON)).length, 2)
  for (const bad of ['', 'k'.repeat(256), 'a b', 'caf\u00e9']) {
    const reply = await lookUp(hub, ROBIN, {}, { 'idempotency-key': bad })
    t.strictSame([reply.statusCode, reply.json().code], [400, 'IDEMPOTENCY_KEY'])
  }
  t.equal((await queueOf(hub, HALTON)).length, 2)
})

t.test('what health does not see is not told to it, nor it to whom health does not see', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, WARRINGTON, { status: 'testing' })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC' }), aRecord({ nhsNumber: SASHA })]))
  const shared = (await lookUp(hub, ROBIN)).json()
  t.strictSame([shared.plans.length, shared.access.notified], [1, [HALTON]])
  t.equal((await lookUp(hub, SASHA)).json().found, false)
  t.strictSame(await queueOf(hub, WARRINGTON), [])
})

t.test('a repeat that tells another authority tells of the event as it was recorded', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await lookUp(hub, ROBIN, { location: 'Emergency department' })
  await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
  clock.set('2026-11-24T20:30:00.000Z')
  const other = { ...WHISTON_NURSE.user, name: 'Someone Else', roleName: 'Doctor' }
  const again = await lookUp(hub, ROBIN, {
    requester: { organisation: WHISTON_NURSE.organisation, user: other },
    location: 'Ward 9',
  })
  t.match(again.json().access, { repeat: true, at: NOW, notified: [HALTON, WARRINGTON] })
  const { notifications } = (await lease(hub, WARRINGTON)).json()
  t.match(notifications, [
    {
      createdAt: '2026-11-24T20:30:00.000Z',
      access: { at: NOW, location: 'Emergency department', ...WHISTON_NURSE },
    },
  ])
})

t.test('the current access is among those shown, also when it is a repeat of an old one', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const first = (await lookUp(hub, ROBIN)).json().access.id
  for (let i = 0; i < 25; i += 1) {
    const user = { ...WHISTON_NURSE.user, id: `u${i}` }
    await lookUp(hub, ROBIN, { requester: { ...WHISTON_NURSE, user } })
  }
  const { access, accesses } = (await lookUp(hub, ROBIN)).json()
  t.match(access, { id: first, repeat: true })
  t.equal(accesses.length, 25)
  t.equal(accesses.at(-1).id, first)
})

t.test('a reply is made for one moment, whatever the clock does meanwhile', async (t) => {
  let ticks = Date.parse('2026-11-24T23:59:59.900Z')
  const clock = () => {
    ticks += 60
    return new Date(ticks).toISOString() as Instant
  }
  // The journal would read the clock once more for each request.
  const { hub } = await openHub(t, { clock, testerControls: false })
  await submit(hub, HALTON, aDataset(1, [aRecord({ endDate: '2026-11-25' }), aRecord({ planType: 'LAC' })]))
  ticks = Date.parse('2026-11-24T23:59:59.900Z')
  const { plans } = (await lookUp(hub, ROBIN)).json()
  const { notifications } = (await lease(hub, HALTON)).json()
  const statuses = (of: { status: string }[]) => of.map(({ status }) => status)
  t.same(statuses(plans), ['active', 'active'])
  t.same(statuses(notifications[0].plans), statuses(plans), 'health and the authority are told the same')
})

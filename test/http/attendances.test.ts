import t from 'tap'
import type { Hub } from '../../src/index.js'
import { get, stateOf } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
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
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const queueOf = async (hub: Hub, code: string) =>
  (await get(hub, `/v1/authorities/${code}/notifications`)).items

t.test('a visit is queued for every responsible authority, with its own plans as they were', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(
    hub,
    HALTON,
    aDataset(1, [aRecord({ localId: 'H1' }), aRecord({ planType: 'LAC', localId: 'H1' })]),
  )
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ startDate: '2026-01-05' })]))
  const accessId = (await lookUp(hub, ROBIN)).json().access.id
  const visit = {
    accessId,
    service: 'nhs-111',
    event: 'left-before-treatment',
    at: '2026-11-24T10:30:00+01:00',
    safeguardingConcern: true,
    note: 'n'.repeat(500),
    callback: { name: 'Safeguarding lead', phone: '01632 960777' },
  }
  const reply = await attend(hub, ROBIN, visit)
  t.equal(reply.statusCode, 201)
  const { id } = reply.json()
  t.strictSame(reply.json(), { id, found: true, notified: [HALTON, WARRINGTON] })
  clock.set('2026-11-24T10:00:00.000Z')
  await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: SASHA })]))

  const attendance = { id, ...WHISTON_NURSE, ...visit, at: NOW }
  const plan = (planType: string, planName: string, startDate: string) => ({
    planType,
    planName,
    status: 'active',
    startDate,
    endDate: null,
    expectedDeliveryDate: null,
  })
  const expected = (code: string, localIds: string[], plans: object[]) => ({
    id: `${id}.${code}`,
    kind: 'attendance',
    createdAt: NOW,
    attempt: 1,
    nhsNumber: ROBIN,
    localIds,
    plans,
    attendance,
  })
  t.strictSame(
    (await lease(hub, HALTON)).json().notifications[1],
    expected(
      HALTON,
      ['H1'],
      [plan('CPP', 'Child protection plan', '2026-03-02'), plan('LAC', 'Looked after child', '2026-03-02')],
    ),
  )
  t.strictSame(
    (await lease(hub, WARRINGTON)).json().notifications[1],
    expected(WARRINGTON, [], [plan('CPP', 'Child protection plan', '2026-01-05')]),
  )
  const bare = await attend(hub, SASHA)
  t.equal(bare.statusCode, 201)
  t.match((await lease(hub, HALTON)).json().notifications, [
    { attendance: { accessId: null, safeguardingConcern: null, note: null, callback: null } },
  ])
})

t.test(
  'each visit is told, also the same one again; one that finds nothing is stored and told to nobody',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    const [one, two] = [await attend(hub, ROBIN), await attend(hub, ROBIN)]
    t.not(one.json().id, two.json().id)
    t.equal((await queueOf(hub, HALTON)).length, 2)
    const before = await stateOf(hub, [HALTON, WARRINGTON], [ROBIN])
    const key = { 'idempotency-key': 'nobody-1' }
    const none = await attend(hub, NOBODY, {}, key)
    t.equal(none.statusCode, 201)
    t.strictSame(none.json(), { id: none.json().id, found: false, notified: [] })
    t.strictSame(await stateOf(hub, [HALTON, WARRINGTON], [ROBIN]), before)
    const again = await attend(hub, NOBODY, {}, key)
    t.strictSame(
      [again.headers['idempotency-replayed'], again.json()],
      ['true', none.json()],
      'it was stored',
    )
  },
)

t.test('what cannot be is refused and leaves no trace', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
  const robins = (await lookUp(hub, ROBIN)).json().access.id
  const before = await stateOf(hub, [HALTON], [ROBIN])
  const refused = async (
    code: string,
    nhsNumber: string,
    fields: Record<string, unknown>,
    pointer?: string,
  ) => {
    const reply = await attend(hub, nhsNumber, fields)
    t.strictSame([reply.statusCode, reply.json().code], [400, code], pointer ?? code)
    t.match(reply.headers['content-type'], /^application\/problem\+json/)
    if (pointer !== undefined) t.match(reply.json().errors, [{ pointer, message: String }])
    return reply
  }
  await refused('AT_IN_FUTURE', ROBIN, { at: '2026-11-24T09:35:00.001Z' })
  const quoted = await refused('INVALID_NHS_NUMBER', '9990000019', {})
  t.notOk(quoted.body.includes('9990000019'))
  await refused('ACCESS_UNKNOWN', ROBIN, { accessId: 'no-such-access' })
  await refused('ACCESS_UNKNOWN', SASHA, { accessId: robins })
  const { organisation, user } = WHISTON_NURSE
  const wrong: [fields: object, pointer: string][] = [
    [{ requester: undefined }, '/requester'],
    [{ requester: { organisation, user: { id: '1', name: 'Jo' } } }, '/requester/user/roleName'],
    [
      { requester: { user, organisation: { odsCode: 'rbn01', name: 'x' } } },
      '/requester/organisation/odsCode',
    ],
    [{ accessId: '' }, '/accessId'],
    [{ service: 'hospital' }, '/service'],
    [{ service: undefined }, '/service'],
    [{ event: 'came' }, '/event'],
    [{ event: undefined }, '/event'],
    [{ at: undefined }, '/at'],
    [{ at: '2026-11-24' }, '/at'],
    [{ at: '2026-02-30T09:00:00Z' }, '/at'],
    [{ safeguardingConcern: 'yes' }, '/safeguardingConcern'],
    [{ note: 'n'.repeat(501) }, '/note'],
    [{ note: 'a\u0000b' }, '/note'],
    [{ note: 'a\u202Eb' }, '/note'],
    [{ callback: { name: 'Safeguarding lead' } }, '/callback/phone'],
    [{ callback: { phone: '01632 960777' } }, '/callback/name'],
    [{ callback: { name: 'x', phone: '1', email: 'x' } }, '/callback/email'],
    [{ diagnosis: 'x' }, '/diagnosis'],
  ]
  for (const [fields, pointer] of wrong)
    await refused('SCHEMA_VIOLATION', ROBIN, fields as Record<string, unknown>, pointer)
  t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before)
  t.equal(
    (await attend(hub, ROBIN, { at: '2026-11-24T09:35:00.000Z' })).statusCode,
    201,
    'five minutes ahead',
  )
  t.equal((await attend(hub, ROBIN, { accessId: robins, at: '2026-11-01T09:35:00Z' })).statusCode, 201)
})

const SERVICES =
  'emergency-department urgent-treatment-centre minor-injury-unit walk-in-centre out-of-hours ambulance nhs-111 maternity paediatric-ward scheduled-clinic'
const EVENTS = 'arrived left-before-treatment discharged admitted was-not-brought'

t.test('a note may have several lines', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const note = 'Came with an aunt.\r\n\tPlease ring.'
  t.equal((await attend(hub, ROBIN, { note })).statusCode, 201)
  t.equal((await lease(hub, HALTON)).json().notifications[0].attendance.note, note)
})

t.test('every service and every event of the contract is taken', async (t) => {
  const { hub } = await openHub(t)
  for (const service of SERVICES.split(' ')) t.equal((await attend(hub, ROBIN, { service })).statusCode, 201)
  for (const event of EVENTS.split(' ')) t.equal((await attend(hub, ROBIN, { event })).statusCode, 201)
})

t.test('an Idempotency-Key makes a retry safe for 24 hours, per caller and per route', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const key = { 'idempotency-key': 'visit-1' }
  t.equal((await lookUp(hub, ROBIN, {}, key)).headers['idempotency-replayed'], undefined)
  const first = await attend(hub, ROBIN, {}, key)
  t.strictSame(
    [first.statusCode, first.headers['idempotency-replayed']],
    [201, undefined],
    'the key of a lookup is free here',
  )
  await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
  clock.set('2026-11-25T09:29:59.999Z')
  const replay = await attend(hub, ROBIN, {}, key)
  t.strictSame(
    [replay.statusCode, replay.headers['idempotency-replayed'], replay.json()],
    [201, 'true', first.json()],
  )
  const reused = await attend(hub, ROBIN, { event: 'discharged' }, key)
  t.strictSame([reused.statusCode, reused.json().code], [422, 'IDEMPOTENCY_KEY_REUSED'])
  t.match(reused.headers['content-type'], /^application\/problem\+json/)
  const requester = { ...WHISTON_NURSE, organisation: { odsCode: 'RXX99', name: 'Another' } }
  const others = await attend(hub, ROBIN, { requester }, key)
  t.strictSame(
    [others.statusCode, others.headers['idempotency-replayed']],
    [201, undefined],
    'keys are per caller',
  )
  t.strictSame([(await queueOf(hub, HALTON)).length, (await queueOf(hub, WARRINGTON)).length], [3, 1])
  clock.set('2026-11-25T09:30:00.000Z')
  const anew = await attend(hub, ROBIN, { event: 'discharged' }, key)
  t.strictSame([anew.statusCode, anew.headers['idempotency-replayed']], [201, undefined])
  t.not(anew.json().id, first.json().id)
})

t.test(
  'two at once with one key are one visit, failures keep no key, and a bad key is refused',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    const key = { 'idempotency-key': '!'.repeat(255) }
    t.equal((await attend(hub, ROBIN, { accessId: 'none' }, key)).statusCode, 400)
    t.equal((await attend(hub, '9990000019', {}, key)).statusCode, 400)
    const both = await Promise.all([attend(hub, ROBIN, {}, key), attend(hub, ROBIN, {}, key)])
    t.strictSame(
      both.map((reply) => reply.statusCode),
      [201, 201],
    )
    t.strictSame(both[0].json(), both[1].json())
    t.strictSame(both.map((reply) => reply.headers['idempotency-replayed']).sort(), ['true', undefined])
    const rival = { 'idempotency-key': 'rival' }
    const rivals = await Promise.all([
      attend(hub, ROBIN, {}, rival),
      attend(hub, ROBIN, { event: 'admitted' }, rival),
    ])
    t.strictSame(rivals.map((reply) => reply.statusCode).sort(), [201, 422])
    t.equal((await queueOf(hub, HALTON)).length, 2)
    for (const bad of ['', '!'.repeat(256), 'a b']) {
      const reply = await attend(hub, ROBIN, {}, { 'idempotency-key': bad })
      t.strictSame([reply.statusCode, reply.json().code], [400, 'IDEMPOTENCY_KEY'])
    }
    t.equal((await queueOf(hub, HALTON)).length, 2)
  },
)

t.test('a retry with its key gets the first answer although the clock went back', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const at = '2026-11-24T09:30:00.000Z'
  const first = await attend(hub, ROBIN, { at }, { 'idempotency-key': 'k1' })
  t.equal(first.statusCode, 201)
  clock.set('2026-11-24T09:20:00.000Z')
  const retry = await attend(hub, ROBIN, { at }, { 'idempotency-key': 'k1' })
  t.same([retry.statusCode, retry.json()], [201, first.json()])
  t.equal(
    (await attend(hub, ROBIN, { at }, { 'idempotency-key': 'k2' })).statusCode,
    400,
    'a new one is refused',
  )
})

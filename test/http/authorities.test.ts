import t from 'tap'
import type { Hub } from '../../src/index.js'
import { get, putAuthority } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  ROBIN,
  SASHA,
  submit,
  syntheticNumber,
  TAYLOR,
  WARRINGTON,
} from '../helpers/seed.js'

const NEWTOWN = 'E06000999'
const STEWARD = {
  name: 'Sam Ashworth',
  role: 'Data steward',
  email: 'cp-is@newtown.example',
  phone: '01632 960999',
}
const NEWTOWN_NEEDED = {
  name: 'Newtown',
  officeHoursPhone: '01632 960997',
  emergencyDutyPhone: '01632 960998',
  dataSteward: STEWARD,
}
const HALTON_AT_FIRST = {
  code: HALTON,
  name: 'Halton',
  dfeCode: '876',
  odsCode: null,
  officeHoursPhone: '01632 960005',
  emergencyDutyPhone: '01632 960405',
  dataSteward: {
    name: 'Data steward, Halton',
    role: 'CP-IS data steward',
    email: 'cp-is@halton.example',
    phone: '01632 960205',
  },
  wave: 1,
  status: 'live',
  acceptance: 'all-or-nothing',
  childrenInScope: null,
  lastDataset: null,
  freshness: null,
}
const found = async (hub: Hub, nhsNumber: string) =>
  (await lookUp(hub, nhsNumber, { careSetting: 'scheduled' })).json().found
const plansUrl = (code: string, query = '') => `/v1/authorities/${code}/plans${query}`

t.test('all 153 authorities are there on first start, live, with invented phone numbers', async (t) => {
  const { hub } = await openHub(t)
  const { items, ...rest } = await get(hub, '/v1/authorities')
  t.strictSame(rest, {}, 'all of them, unpaged')
  t.equal(items.length, 153)
  t.equal(new Set(items.map((each: { code: string }) => each.code)).size, 153)
  for (const each of items) {
    t.match(each, { code: /^E(06|08|09|10)\d{6}$/, status: 'live', lastDataset: null, freshness: null })
    for (const phone of [each.officeHoursPhone, each.emergencyDutyPhone, each.dataSteward.phone])
      if (!/^01632 960\d{3}$/.test(phone)) t.fail(`${each.code} has a phone that could ring`)
  }
  t.strictSame(await get(hub, `/v1/authorities/${HALTON}`), HALTON_AT_FIRST)
  t.strictSame(
    items.find((each: { code: string }) => each.code === HALTON),
    HALTON_AT_FIRST,
  )
  const unknown = await hub.app.inject({ url: '/v1/authorities/E06999999' })
  t.strictSame([unknown.statusCode, unknown.json().code], [404, 'AUTHORITY_UNKNOWN'])
})

t.test('they start as registered to rehearse the staged roll-out', async (t) => {
  const { hub } = await openHub(t, { authoritiesStartAs: 'registered' })
  const { items } = await get(hub, '/v1/authorities')
  t.ok(items.every((each: { status: string }) => each.status === 'registered'))
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord()]))).json().code, 'AUTHORITY_NOT_ONBOARDED')
  t.equal((await putAuthority(hub, HALTON, { status: 'testing' })).statusCode, 200)
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord()]))).statusCode, 201)
  t.equal(await found(hub, ROBIN), false, 'nothing of a testing authority is visible')
  t.equal((await putAuthority(hub, HALTON, { status: 'live', childrenInScope: 1 })).statusCode, 200)
  t.equal(await found(hub, ROBIN), true)
})

t.test(
  'a new authority needs a name, both phones and a data steward, and starts as registered',
  async (t) => {
    const { hub } = await openHub(t)
    const bare = await putAuthority(hub, NEWTOWN, { wave: 3 })
    t.equal(bare.statusCode, 400)
    t.match(bare.headers['content-type'], /^application\/problem\+json/)
    t.strictSame(
      bare.json().errors.map((fault: { pointer: string }) => fault.pointer),
      ['/name', '/officeHoursPhone', '/emergencyDutyPhone', '/dataSteward'],
    )
    const { name: _, ...nameless } = NEWTOWN_NEEDED
    t.strictSame(
      (await putAuthority(hub, NEWTOWN, nameless))
        .json()
        .errors.map((fault: { pointer: string }) => fault.pointer),
      ['/name'],
    )
    const created = await putAuthority(hub, NEWTOWN, NEWTOWN_NEEDED)
    const expected = {
      code: NEWTOWN,
      ...NEWTOWN_NEEDED,
      dfeCode: null,
      odsCode: null,
      wave: 1,
      status: 'registered',
      acceptance: 'all-or-nothing',
      childrenInScope: null,
      lastDataset: null,
      freshness: null,
    }
    t.strictSame([created.statusCode, created.json()], [201, expected])
    t.strictSame(await get(hub, `/v1/authorities/${NEWTOWN}`), expected)
    t.equal((await get(hub, '/v1/authorities')).items.length, 154)
    const again = await putAuthority(hub, NEWTOWN, NEWTOWN_NEEDED)
    t.strictSame([again.statusCode, again.json()], [200, expected])

    const all = {
      dfeCode: '999',
      odsCode: 'X99',
      wave: 5,
      status: 'testing',
      acceptance: 'partial',
      childrenInScope: 7,
    }
    const whole = await putAuthority(hub, 'E10000999', { ...NEWTOWN_NEEDED, ...all, code: 'E10000999' })
    t.strictSame([whole.statusCode, whole.json()], [201, { ...expected, ...all, code: 'E10000999' }])
    const live = await putAuthority(hub, 'E08000999', { ...NEWTOWN_NEEDED, status: 'live' })
    t.strictSame(
      [live.statusCode, live.json().code],
      [409, 'GO_LIVE_GATE'],
      'creating one live is going live',
    )
    const forced = await putAuthority(hub, 'E08000999', { ...NEWTOWN_NEEDED, status: 'live', force: true })
    t.strictSame([forced.statusCode, forced.json().status], [201, 'live'])
    t.notOk('force' in forced.json())
  },
)

t.test(
  'changing one keeps what is left out, and ignores the hub’s own fields when they are sent back',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord()], { childrenInScope: 40 }))
    const before = await get(hub, `/v1/authorities/${HALTON}`)
    t.strictSame(before.lastDataset, {
      id: before.lastDataset.id,
      sequence: 1,
      acceptedAt: NOW,
      recordCount: 1,
    })
    t.strictSame(before.freshness, { due: '2026-11-25T09:30:00.000Z', overdue: false, ageSeconds: 0 })
    const sentBack = await putAuthority(hub, HALTON, before)
    t.strictSame([sentBack.statusCode, sentBack.json()], [200, before], 'the exact body of a GET')
    const lies = { lastDataset: { id: 'x', sequence: 99, acceptedAt: NOW, recordCount: 0 }, freshness: null }
    t.strictSame((await putAuthority(hub, HALTON, lies)).json(), before)
    t.strictSame((await putAuthority(hub, HALTON, {})).json(), before)
    const change = { name: 'Halton Borough', acceptance: 'partial', odsCode: 'X01', dfeCode: null, wave: 2 }
    t.strictSame((await putAuthority(hub, HALTON, change)).json(), { ...before, ...change })
    t.strictSame(await get(hub, `/v1/authorities/${HALTON}`), { ...before, ...change })
    t.strictSame((await putAuthority(hub, HALTON, { childrenInScope: null })).json().childrenInScope, null)
    t.equal((await submit(hub, HALTON, aDataset(3, [aRecord()]))).json().findings[0].code, 'SEQUENCE_GAP')

    const wrong: [body: object, pointer: string][] = [
      [{ status: 'closed' }, '/status'],
      [{ acceptance: 'some' }, '/acceptance'],
      [{ childrenInScope: -1 }, '/childrenInScope'],
      [{ childrenInScope: '40' }, '/childrenInScope'],
      [{ wave: 0 }, '/wave'],
      [{ name: '' }, '/name'],
      [{ name: null }, '/name'],
      [{ dataSteward: { name: 'Sam' } }, '/dataSteward/role'],
      [{ dataSteward: { ...STEWARD, fax: 'x' } }, '/dataSteward/fax'],
      [{ phone: 'x' }, '/phone'],
      [{ force: 'yes' }, '/force'],
      [{ code: WARRINGTON }, '/code'],
    ]
    const now = await get(hub, `/v1/authorities/${HALTON}`)
    for (const [body, pointer] of wrong) {
      const reply = await putAuthority(hub, HALTON, body)
      t.equal(reply.statusCode, 400, pointer)
      t.equal(reply.json().code, 'SCHEMA_VIOLATION')
      t.equal(reply.json().errors[0].pointer, pointer)
    }
    t.strictSame(await get(hub, `/v1/authorities/${HALTON}`), now)
    for (const code of ['X', 'W06000001', 'E05000001', '9990000018']) {
      const reply = await putAuthority(hub, code, NEWTOWN_NEEDED)
      t.strictSame([reply.statusCode, reply.json().errors[0].pointer], [400, '/authorityCode'])
      t.notOk(reply.body.includes('9990000018'))
    }
  },
)

t.test('going live needs 95 % of the children in scope on active plans, or force', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, HALTON, { status: 'testing' })
  const records = Array.from({ length: 18 }, (_, i) => aRecord({ nhsNumber: syntheticNumber(i) }))
  const doNotCount = [
    aRecord({ nhsNumber: syntheticNumber(0), planType: 'LAC' }),
    aRecord({ nhsNumber: syntheticNumber(30), endDate: '2026-11-24' }),
  ]
  await submit(hub, HALTON, aDataset(1, [...records, ...doNotCount]))
  const goLive = (more: object = {}) => putAuthority(hub, HALTON, { status: 'live', ...more })
  const unknown = await goLive()
  t.strictSame([unknown.statusCode, unknown.json().code], [409, 'GO_LIVE_GATE'])
  t.match(unknown.json().detail, /18 .*not known/)
  const short = await goLive({ childrenInScope: 19 })
  t.strictSame([short.statusCode, short.json().code], [409, 'GO_LIVE_GATE'])
  t.match(short.json().detail, /18 of 19 .*94\.7 %/)
  t.match(short.headers['content-type'], /^application\/problem\+json/)
  const { status, childrenInScope } = await get(hub, `/v1/authorities/${HALTON}`)
  t.strictSame([status, childrenInScope], ['testing', null], 'refused whole')
  t.equal(await found(hub, syntheticNumber(1)), false)
  await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: syntheticNumber(18) })], { mode: 'delta' }))
  const passed = await goLive({ childrenInScope: 20 })
  t.strictSame([passed.statusCode, passed.json().status], [200, 'live'], '19 of 20 are 95 %')
  t.equal(await found(hub, syntheticNumber(1)), true)
  t.equal((await goLive({ childrenInScope: 1000 })).statusCode, 200, 'it is live already')
  await putAuthority(hub, HALTON, { status: 'testing' })
  t.equal((await goLive()).statusCode, 409)
  t.equal((await goLive({ force: false })).statusCode, 409)
  t.equal((await goLive({ force: true })).statusCode, 200)
})

t.test('suspending stops the datasets only: it neither hides children nor reveals them', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, WARRINGTON, { status: 'testing' })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: SASHA })]))
  for (const code of [HALTON, WARRINGTON])
    t.equal((await putAuthority(hub, code, { status: 'suspended' })).json().status, 'suspended')
  const { plans, access } = (await lookUp(hub, ROBIN)).json()
  t.match(plans, [{ stale: true, asOf: NOW, authority: { code: HALTON } }])
  t.strictSame(access.notified, [HALTON])
  t.equal((await lease(hub, HALTON)).json().notifications.length, 1)
  t.equal(await found(hub, SASHA), false, 'what was in testing stays unseen')
  t.strictSame((await lease(hub, WARRINGTON)).json().notifications, [])
  t.equal((await submit(hub, HALTON, aDataset(2, [aRecord()]))).json().code, 'AUTHORITY_SUSPENDED')
  t.equal((await get(hub, plansUrl(HALTON))).items[0].visible, true)
  t.equal((await get(hub, plansUrl(WARRINGTON))).items[0].visible, false)
  await putAuthority(hub, HALTON, { name: 'Halton Borough' })
  t.equal(await found(hub, ROBIN), true, 'also after another change')
  t.equal(
    (await putAuthority(hub, HALTON, { status: 'live' })).statusCode,
    409,
    'back again through the gate',
  )
  t.equal((await putAuthority(hub, HALTON, { status: 'live', childrenInScope: 1 })).statusCode, 200)
  t.match((await lookUp(hub, ROBIN)).json().plans, [{ stale: false }])
  t.equal((await submit(hub, HALTON, aDataset(2, [aRecord()]))).statusCode, 201)
})

t.test('an authority sees what the hub holds of its own, and what of it health does not see', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC' })]))
  await submit(
    hub,
    HALTON,
    aDataset(1, [
      aRecord({ localId: 'H1', familyName: 'Ashdown' }),
      aRecord({ nhsNumber: SASHA, startDate: '2025-01-01', endDate: '2025-11-25' }),
      aRecord({
        nhsNumber: TAYLOR,
        planType: 'UCPP',
        expectedDeliveryDate: '2026-10-27',
        endDate: '2026-11-01',
      }),
    ]),
  )
  const held = (nhsNumber: string, more: object) => ({
    nhsNumber,
    localId: null,
    planType: 'CPP',
    planName: 'Child protection plan',
    status: 'active',
    startDate: '2026-03-02',
    endDate: null,
    expectedDeliveryDate: null,
    visible: true,
    ...more,
  })
  const robin = held(ROBIN, { localId: 'H1' })
  const sasha = held(SASHA, { status: 'ended', startDate: '2025-01-01', endDate: '2025-11-25' })
  const taylor = held(TAYLOR, {
    planType: 'UCPP',
    planName: 'Unborn child protection plan',
    status: 'ended',
    endDate: '2026-11-01',
    expectedDeliveryDate: '2026-10-27',
  })
  const plans = async (query = '') => {
    const { items, next } = await get(hub, plansUrl(HALTON, query))
    t.equal(next, null)
    return items
      .map(({ id: _, ...plan }: { id: string }) => plan)
      .sort((a: { nhsNumber: string }, b: { nhsNumber: string }) => (a.nhsNumber < b.nhsNumber ? -1 : 1))
  }
  t.strictSame(await plans(), [robin, sasha, taylor])
  t.strictSame(await plans('?visible=false'), [])
  clock.set('2026-11-26T09:00:00.000Z')
  const unseen = [
    { ...sasha, visible: false },
    { ...taylor, visible: false },
  ]
  t.strictSame(await plans('?visible=true'), [robin])
  t.strictSame(await plans('?visible=false'), unseen, 'until the next maintenance')
  t.strictSame(await plans(), [robin, ...unseen])
  await hub.runMaintenance()
  t.strictSame(await plans(), [robin], 'and then they are gone')
  await putAuthority(hub, HALTON, { status: 'testing' })
  t.strictSame(await plans('?visible=false'), [{ ...robin, visible: false }])
})

t.test('plans are paged in a stable order, each once, whatever the filter', async (t) => {
  const { hub } = await openHub(t)
  const records = Array.from({ length: 55 }, (_, i) =>
    aRecord({
      nhsNumber: syntheticNumber(i),
      ...(i % 5 === 0 && { planType: 'UCPP', expectedDeliveryDate: '2026-01-01' }),
    }),
  )
  await submit(hub, HALTON, aDataset(1, records))
  const { items: all } = await get(hub, plansUrl(HALTON, '?limit=500'))
  t.equal(all.length, 55)
  for (const [query, expected] of [
    ['limit=20', all],
    ['limit=7&visible=true', all.filter((plan: { visible: boolean }) => plan.visible)],
    ['limit=4&visible=false', all.filter((plan: { visible: boolean }) => !plan.visible)],
    ['limit=55', all],
  ] as const) {
    const paged = []
    let after = ''
    for (;;) {
      const page = await get(hub, plansUrl(HALTON, `?${query}${after}`))
      paged.push(...page.items)
      if (page.next === null) break
      after = `&after=${page.next}`
    }
    t.strictSame(paged, expected)
  }
  const byDefault = await get(hub, plansUrl(HALTON))
  t.equal(byDefault.items.length, 50, 'by default 50')
  t.equal((await get(hub, plansUrl(HALTON, `?after=${byDefault.next}`))).items.length, 5)
  t.strictSame(await get(hub, plansUrl(WARRINGTON)), { items: [], next: null })
  const wrong = await hub.app.inject({ url: plansUrl(HALTON, '?visible=yes') })
  t.match([wrong.statusCode, wrong.json()], [400, { errors: [{ pointer: '/visible' }] }])
})

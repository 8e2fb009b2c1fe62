import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { Hub } from '../../src/index.js'
import { briefly, get, putAuthority, stateOf, submitCsv } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import { postPeople, putPerson, ROBIN_ASHDOWN, trace } from '../helpers/people.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  syntheticNumber,
  TAYLOR,
  WARRINGTON,
} from '../helpers/seed.js'

const { nhsNumber: _, ...NAMED } = ROBIN_ASHDOWN

const inactiveOf = async (hub: Hub, code: string) =>
  (await lease(hub, code, { max: 500 }))
    .json()
    .notifications.filter(({ kind }: { kind: string }) => kind === 'number-inactive')

t.test('PUT /tester/people registers a person, and changes only what is given', async (t) => {
  const { hub } = await openHub(t)
  const created = await putPerson(hub, { nhsNumber: '999 000 0018' })
  t.equal(created.statusCode, 201)
  const bare = {
    nhsNumber: ROBIN,
    familyName: null,
    givenNames: [],
    birthDate: null,
    gender: null,
    state: 'normal',
    replacedBy: null,
    adopted: false,
  }
  t.strictSame(created.json(), bare)
  const changed = await putPerson(hub, { ...ROBIN_ASHDOWN, gender: 'unknown' })
  t.equal(changed.statusCode, 200)
  t.strictSame(changed.json(), { ...bare, ...ROBIN_ASHDOWN, gender: 'unknown' })
  const replaced = await putPerson(hub, { nhsNumber: ROBIN, state: 'superseded', replacedBy: '999-000-0026' })
  t.match(replaced.json(), { ...ROBIN_ASHDOWN, state: 'superseded', replacedBy: SASHA })
  const back = await putPerson(hub, {
    nhsNumber: ROBIN,
    state: 'sensitive',
    familyName: null,
    givenNames: [],
  })
  t.match(back.json(), { state: 'sensitive', replacedBy: null, familyName: null, birthDate: '2015-06-01' })
})

t.test('where null is a choice too, the refusal says so', async (t) => {
  const { hub } = await openHub(t)
  const refused = await putPerson(hub, { nhsNumber: ROBIN, gender: 'f' })
  t.strictSame(refused.json().errors, [
    { pointer: '/gender', message: 'must be one of male, female, other, unknown, or null' },
  ])
})

t.test('a person who cannot be so is refused, with each fault, and nothing is changed', async (t) => {
  const { hub } = await openHub(t)
  await putPerson(hub, ROBIN_ASHDOWN)
  const cases: [person: object, code: string, pointers: string[]][] = [
    [{}, 'SCHEMA_VIOLATION', ['/nhsNumber']],
    [{ nhsNumber: '9990000019' }, 'INVALID_NHS_NUMBER', []],
    [{ nhsNumber: ROBIN, state: 'gone' }, 'SCHEMA_VIOLATION', ['/state']],
    [{ nhsNumber: ROBIN, familyname: 'x' }, 'SCHEMA_VIOLATION', ['/familyname']],
    [{ nhsNumber: ROBIN, familyName: '' }, 'SCHEMA_VIOLATION', ['/familyName']],
    [{ nhsNumber: ROBIN, givenNames: 'Robin' }, 'SCHEMA_VIOLATION', ['/givenNames']],
    [{ nhsNumber: ROBIN, birthDate: '2015-02-30' }, 'SCHEMA_VIOLATION', ['/birthDate']],
    [{ nhsNumber: ROBIN, state: 'superseded' }, 'SCHEMA_VIOLATION', ['/replacedBy']],
    [{ nhsNumber: ROBIN, replacedBy: SASHA }, 'SCHEMA_VIOLATION', ['/replacedBy']],
    [{ nhsNumber: ROBIN, state: 'invalidated', replacedBy: SASHA }, 'SCHEMA_VIOLATION', ['/replacedBy']],
    [{ nhsNumber: ROBIN, state: 'superseded', replacedBy: ROBIN }, 'SCHEMA_VIOLATION', ['/replacedBy']],
    [{ nhsNumber: ROBIN, state: 'superseded', replacedBy: '1' }, 'SCHEMA_VIOLATION', ['/replacedBy']],
  ]
  for (const [person, code, pointers] of cases) {
    const { statusCode, body } = await putPerson(hub, person)
    const { errors = [], ...problem } = JSON.parse(body)
    t.equal(statusCode, 400)
    t.equal(problem.code, code)
    t.same(
      errors.map(({ pointer }: { pointer: string }) => pointer),
      pointers,
    )
  }
  const many = await postPeople(hub, [
    { nhsNumber: SASHA },
    { nhsNumber: '1' },
    { nhsNumber: SASHA, familyName: 'Twice' },
    { nhsNumber: TAYLOR, state: 'superseded' },
    { nhsNumber: NOBODY, birthDate: '2015-02-30', replacedBy: NOBODY },
  ])
  t.equal(many.statusCode, 400)
  t.same(
    many.json().errors.map(({ pointer }: { pointer: string }) => pointer),
    [
      '/people/1/nhsNumber',
      '/people/2/nhsNumber',
      '/people/3/replacedBy',
      '/people/4/birthDate',
      '/people/4/replacedBy',
    ],
  )
  t.equal((await trace(hub.app, `/Patient/${SASHA}`)).statusCode, 404, 'none of them is registered')
  t.match((await trace(hub.app, `/Patient/${ROBIN}`)).json(), {
    birthDate: '2015-06-01',
    meta: { versionId: '1' },
  })
  for (const people of [[], Array(1_001).fill({ nhsNumber: SASHA })])
    t.match((await postPeople(hub, people)).json(), {
      code: 'SCHEMA_VIOLATION',
      errors: [{ pointer: '/people' }],
    })
})

t.test(
  'many are registered at once: new ones added, earlier ones replaced, those put one by one left',
  async (t) => {
    const { hub } = await openHub(t)
    await putPerson(hub, ROBIN_ASHDOWN)
    const first = await postPeople(hub, [{ ...ROBIN_ASHDOWN, familyName: 'Other' }, { nhsNumber: SASHA }])
    t.equal(first.statusCode, 200)
    t.strictSame(first.json(), { added: 1, replaced: 0, left: 1 })
    const second = await postPeople(hub, [{ nhsNumber: SASHA, familyName: 'Ashdown' }, { nhsNumber: TAYLOR }])
    t.strictSame(second.json(), { added: 1, replaced: 1, left: 0 })
    t.match((await trace(hub.app, `/Patient/${ROBIN}`)).json(), { name: [{ family: 'Ashdown' }] })
    t.match((await trace(hub.app, `/Patient/${SASHA}`)).json(), { name: [{ family: 'Ashdown' }] })
    await putPerson(hub, { nhsNumber: SASHA, familyName: 'Mine' })
    t.strictSame((await postPeople(hub, [{ nhsNumber: SASHA }])).json(), { added: 0, replaced: 0, left: 1 })
  },
)

t.test('a register that is full takes changes, and none of those that are new', async (t) => {
  // The sandbox people are five of them.
  const { hub } = await openHub(t, { testerPeopleMax: 6 })
  t.equal((await putPerson(hub, ROBIN_ASHDOWN)).statusCode, 201)
  for (const refused of [
    await putPerson(hub, { nhsNumber: SASHA }),
    await postPeople(hub, [{ nhsNumber: SASHA }]),
    await postPeople(hub, [{ nhsNumber: SASHA }, { nhsNumber: ROBIN }]),
  ])
    t.match([refused.statusCode, refused.json().code], [409, 'TESTER_LIMIT'])
  t.equal((await putPerson(hub, { nhsNumber: ROBIN, gender: 'male' })).statusCode, 200)
  t.strictSame((await postPeople(hub, [{ nhsNumber: ROBIN }])).json(), { added: 0, replaced: 0, left: 1 })
})

t.test(
  'a number that goes out of use is told to every authority that holds a plan of it, visible or not',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(
      hub,
      HALTON,
      aDataset(1, [aRecord({ localId: 'H1' }), aRecord({ planType: 'LAC', localId: 'H2' })]),
    )
    await submit(hub, WARRINGTON, aDataset(1, [aRecord({ localId: 'W1' })]))
    await putAuthority(hub, WARRINGTON, { status: 'testing' })
    t.equal((await lookUp(hub, ROBIN, { careSetting: 'scheduled' })).json().plans.length, 2)
    const waiting = lease(hub, HALTON, { waitSeconds: 20 })
    await setImmediate()
    await putPerson(hub, { ...ROBIN_ASHDOWN, state: 'superseded', replacedBy: SASHA })
    const [told] = (await waiting).json().notifications
    const plan = (planType: string, planName: string) => ({
      planType,
      planName,
      status: 'active',
      startDate: '2026-03-02',
      endDate: null,
      expectedDeliveryDate: null,
    })
    t.match(told.id, /^00000000-0000-7000-8000-\d{12}\.E06000006$/)
    t.strictSame(told, {
      id: told.id,
      kind: 'number-inactive',
      createdAt: NOW,
      attempt: 1,
      nhsNumber: ROBIN,
      localIds: ['H1', 'H2'],
      plans: [plan('CPP', 'Child protection plan'), plan('LAC', 'Looked after child')],
      numberInactive: { reason: 'superseded', replacedBy: SASHA },
    })
    t.match(await inactiveOf(hub, WARRINGTON), [{ localIds: ['W1'], numberInactive: { replacedBy: SASHA } }])
    await acknowledge(hub, HALTON, [told.id])

    await putPerson(hub, { nhsNumber: ROBIN, state: 'invalidated' })
    t.same(await inactiveOf(hub, HALTON), [], 'it was out of use before')
    await putPerson(hub, { nhsNumber: ROBIN, state: 'normal' })
    await putPerson(hub, { nhsNumber: ROBIN, state: 'invalidated' })
    const [again] = await inactiveOf(hub, HALTON)
    t.match(again, { attempt: 1, numberInactive: { reason: 'invalidated', replacedBy: null } })
    t.not(again.id, told.id, 'a second time is another event')
    await putPerson(hub, { nhsNumber: ROBIN, state: 'normal' })
    await putPerson(hub, { nhsNumber: ROBIN, state: 'superseded', replacedBy: SASHA, adopted: true })
    const adopted = (await inactiveOf(hub, HALTON)).at(-1)
    t.match(
      adopted.numberInactive,
      { reason: 'superseded', replacedBy: null },
      'an adoption tells no new number',
    )
    t.notMatch(JSON.stringify(adopted), SASHA)
    t.match(
      (await putPerson(hub, { nhsNumber: ROBIN, state: 'normal' })).json(),
      { adopted: false },
      'an adoption ends when the number is used again',
    )
    await putPerson(hub, { nhsNumber: ROBIN, state: 'superseded', replacedBy: SASHA })
    t.match((await inactiveOf(hub, HALTON)).at(-1).numberInactive, { replacedBy: SASHA })

    const before = await stateOf(hub, [HALTON, WARRINGTON])
    await putPerson(hub, { nhsNumber: SASHA, state: 'invalidated' })
    t.same(await stateOf(hub, [HALTON, WARRINGTON]), before, 'a number without a plan is nobody’s news')
  },
)

t.test('numbers that go out of use in bulk are told as well', async (t) => {
  const { hub } = await openHub(t)
  await submit(
    hub,
    HALTON,
    aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA }), aRecord({ nhsNumber: TAYLOR })]),
  )
  await postPeople(hub, [
    { nhsNumber: ROBIN, state: 'invalidated' },
    { nhsNumber: SASHA, state: 'superseded', replacedBy: NOBODY },
    { nhsNumber: TAYLOR },
  ])
  const told = await inactiveOf(hub, HALTON)
  t.match(told, [
    { nhsNumber: ROBIN, numberInactive: { reason: 'invalidated', replacedBy: null } },
    { nhsNumber: SASHA, numberInactive: { reason: 'superseded', replacedBy: NOBODY } },
  ])
  t.notMatch(JSON.stringify(told.map(({ id }: { id: string }) => id)), ROBIN)
  t.match(
    (
      await acknowledge(
        hub,
        HALTON,
        told.map(({ id }: { id: string }) => id),
      )
    ).json().unknown,
    [],
  )
})

t.test('with PDS_CHECK=registered each disagreement with the register returns the dataset', async (t) => {
  const { hub } = await openHub(t, { pdsCheck: 'registered' })
  const numbers = Array.from({ length: 8 }, (_, i) => syntheticNumber(i + 10)) as [string, ...string[]]
  const [unknown, sensitive, superseded, invalidated, family, given, birth, bare] = numbers
  for (const nhsNumber of numbers.slice(1)) await putPerson(hub, { ...NAMED, nhsNumber })
  await putPerson(hub, ROBIN_ASHDOWN)
  await putPerson(hub, { nhsNumber: sensitive, state: 'sensitive' })
  await putPerson(hub, { nhsNumber: superseded, state: 'superseded', replacedBy: ROBIN })
  await putPerson(hub, { nhsNumber: invalidated, state: 'invalidated' })
  const records = [
    aRecord({ ...NAMED, familyName: 'ASH-DOWN', givenNames: ['Lee'] }),
    ...[unknown, sensitive, superseded, invalidated].map((nhsNumber) => aRecord({ ...NAMED, nhsNumber })),
    aRecord({ ...NAMED, nhsNumber: family, familyName: 'Ashton' }),
    aRecord({ ...NAMED, nhsNumber: given, givenNames: ['Rowan', 'Robin'] }),
    aRecord({ ...NAMED, nhsNumber: birth, birthDate: '2015-06-02' }),
    aRecord({ nhsNumber: bare, localId: 'H8' }),
  ]
  const returned = await submit(hub, HALTON, aDataset(1, records))
  t.equal(returned.statusCode, 422)
  t.match(returned.json(), { outcome: 'returned', fileCode: 'CPF04', returnedCount: 9, findingCount: 10 })
  const fault = (
    record: number,
    field: string,
    code: string,
    recordCode: string,
    localId: string | null = null,
  ) => ({
    record,
    localId,
    field,
    severity: 'error',
    code,
    recordCode,
  })
  t.strictSame(briefly(returned.json()), [
    fault(1, 'nhsNumber', 'PERSON_UNKNOWN', 'CPR01'),
    fault(2, 'nhsNumber', 'PERSON_SENSITIVE', 'CPR02'),
    fault(3, 'nhsNumber', 'NHS_NUMBER_SUPERSEDED', 'CPR05'),
    fault(4, 'nhsNumber', 'NHS_NUMBER_INVALIDATED', 'CPR01'),
    fault(5, 'familyName', 'PERSON_NOT_VERIFIED', 'CPR03'),
    fault(6, 'givenNames', 'PERSON_NOT_VERIFIED', 'CPR03'),
    fault(7, 'birthDate', 'PERSON_NOT_VERIFIED', 'CPR03'),
    fault(8, 'familyName', 'PERSON_NOT_VERIFIED', 'CPR03', 'H8'),
    fault(8, 'givenNames', 'PERSON_NOT_VERIFIED', 'CPR03', 'H8'),
    fault(8, 'birthDate', 'PERSON_NOT_VERIFIED', 'CPR03', 'H8'),
  ])
  t.notMatch(returned.body, /Ashdown|Ashton|Rowan|2015-06/, 'and no value of it is said')
  t.same((await get(hub, `/v1/authorities/${HALTON}/plans`)).items, [])
  t.match((await submit(hub, HALTON, aDataset(1, records.slice(0, 1)))).json(), { outcome: 'accepted' })

  const csv = `nhs_number,plan_type,start_date,family_name,given_names,birth_date\n${ROBIN},CPP,2026-03-02,Ashdown,Robin Lee,2015-06-02\n`
  const fromCsv = await submitCsv(hub, HALTON, 2, csv, { recordCount: 1 })
  t.match(fromCsv.json().findings, [{ line: 2, field: 'birthDate', code: 'PERSON_NOT_VERIFIED' }])
})

t.test('deleted and stale records are checked, and a UCPP is about the mother', async (t) => {
  const { hub } = await openHub(t, { pdsCheck: 'registered' })
  const mother = { nhsNumber: SASHA, familyName: 'Ashdown', givenNames: ['Jo'], birthDate: '1995-04-05' }
  await putPerson(hub, ROBIN_ASHDOWN)
  await putPerson(hub, mother)
  const unborn = { ...mother, planType: 'UCPP', expectedDeliveryDate: '2027-01-10' }
  t.match((await submit(hub, HALTON, aDataset(1, [aRecord(NAMED), aRecord(unborn)]))).json(), {
    outcome: 'accepted',
  })
  const child = await submit(hub, HALTON, aDataset(2, [aRecord({ ...unborn, ...NAMED, nhsNumber: SASHA })]))
  t.equal(child.statusCode, 422)
  t.match(child.json().findings, [
    { code: 'PERSON_NOT_VERIFIED', field: 'givenNames' },
    { field: 'birthDate' },
  ])
  const stale = { ...NAMED, startDate: '2020-01-01', endDate: '2020-02-01' }
  const old = await submit(hub, HALTON, aDataset(2, [aRecord(NAMED), aRecord(unborn), aRecord(stale)]))
  t.match(old.json(), { outcome: 'accepted', findings: [{ code: 'END_OVER_365_DAYS' }] })
  await putPerson(hub, { nhsNumber: ROBIN, state: 'invalidated' })
  const deleted = aDataset(3, [aRecord({ ...NAMED, deleted: true })], { mode: 'delta' })
  t.match((await submit(hub, HALTON, deleted)).json().findings, [{ code: 'NHS_NUMBER_INVALIDATED' }])
})

t.test('under partial acceptance only those who disagree are handed back, and lose nothing', async (t) => {
  const { hub } = await openHub(t, { pdsCheck: 'registered' })
  const sasha = { ...NAMED, nhsNumber: SASHA }
  await putAuthority(hub, HALTON, { acceptance: 'partial' })
  for (const person of [ROBIN_ASHDOWN, sasha]) await putPerson(hub, person)
  await submit(hub, HALTON, aDataset(1, [aRecord(ROBIN_ASHDOWN), aRecord(sasha)]))
  await putPerson(hub, { nhsNumber: SASHA, familyName: 'Ashton' })
  const partly = await submit(hub, HALTON, aDataset(2, [aRecord(ROBIN_ASHDOWN), aRecord(sasha)]))
  t.equal(partly.statusCode, 201)
  t.match(partly.json(), {
    outcome: 'partially-accepted',
    fileCode: 'CPF03',
    acceptedCount: 1,
    returnedCount: 1,
    changes: { removed: 0, unchanged: 2 },
    findings: [{ record: 1, code: 'PERSON_NOT_VERIFIED', field: 'familyName' }],
  })
  t.equal((await lookUp(hub, SASHA, { careSetting: 'scheduled' })).json().found, true)
})

t.test('with PDS_CHECK=format, as it is by default, nobody need be registered', async (t) => {
  const { hub } = await openHub(t)
  await putPerson(hub, { ...ROBIN_ASHDOWN, state: 'invalidated' })
  t.match((await submit(hub, HALTON, aDataset(1, [aRecord()]))).json(), { outcome: 'accepted', findings: [] })
  t.same(await inactiveOf(hub, HALTON), [], 'the number was out of use before the plan came')
})

t.test(
  'the register outlives a restart, and the sandbox people are put into an empty one alone',
  async (t) => {
    const dataDir = t.testdir()
    const first = await openHub(t, { dataDir })
    await putPerson(first.hub, ROBIN_ASHDOWN)
    await putPerson(first.hub, { nhsNumber: '9000000009', familyName: 'Changed' })
    await first.hub.close()
    const { hub } = await openHub(t, { dataDir })
    t.match((await trace(hub.app, `/Patient/${ROBIN}`)).json(), { name: [{ family: 'Ashdown' }] })
    t.match((await trace(hub.app, '/Patient/9000000009')).json(), { name: [{ family: 'Changed' }] })
  },
)

t.test('a seed registers its people first, and leaves those whom a tester put', async (t) => {
  const { hub } = await openHub(t, { pdsCheck: 'registered' })
  t.match(await hub.seed({ world: 'small' }), { authorities: 3, people: 13 })
  const robin = (await trace(hub.app, `/Patient/${ROBIN}`)).json()
  t.match(robin, { id: ROBIN, gender: /^(fe)?male$/, name: [{ family: /^[A-Z]/ }], meta: { versionId: '1' } })
  t.match((await trace(hub.app, `/Patient/${NOBODY}`)).json(), { gender: 'female' }, 'a mother')
  await hub.seed({ world: 'small', seed: 2 })
  t.match(
    (await trace(hub.app, `/Patient/${ROBIN}`)).json(),
    { meta: { versionId: '2' } },
    'the next one replaces them',
  )

  await putPerson(hub, { nhsNumber: ROBIN, state: 'sensitive' })
  const seed = (plans: object[]) =>
    hub.app.inject({ method: 'POST', url: '/tester/seed', payload: { plans } })
  const before = await stateOf(hub, [HALTON])
  const stranger = { ...aRecord({ ...NAMED, nhsNumber: syntheticNumber(99) }), authorityCode: HALTON }
  const refused = await seed([stranger, { ...aRecord(NAMED), authorityCode: HALTON }])
  t.equal(refused.statusCode, 422)
  t.match(refused.json().findings, [{ record: 1, code: 'PERSON_SENSITIVE' }])
  t.same(await stateOf(hub, [HALTON]), before)
  t.equal(
    (await trace(hub.app, `/Patient/${syntheticNumber(99)}`)).statusCode,
    404,
    'and nobody of it is registered',
  )
  t.equal((await seed([stranger])).statusCode, 200)
  t.match((await trace(hub.app, `/Patient/${syntheticNumber(99)}`)).json(), { name: [{ family: 'Ashdown' }] })

  const { hub: small } = await openHub(t, { testerPeopleMax: 6 })
  const world = await small.app.inject({ method: 'POST', url: '/tester/seed', payload: { world: 'small' } })
  t.match([world.statusCode, world.json().code], [409, 'TESTER_LIMIT'])
  t.same((await get(small, `/v1/authorities/${HALTON}/plans`)).items, [], 'nor is anything on the index')
})

t.test(
  'the register is of the world: a snapshot keeps it, and a reset leaves the sandbox people alone',
  async (t) => {
    const { hub } = await openHub(t)
    await putPerson(hub, ROBIN_ASHDOWN)
    await hub.snapshot('before')
    await putPerson(hub, { nhsNumber: ROBIN, state: 'invalidated' })
    await putPerson(hub, { nhsNumber: '9000000009', familyName: 'Changed' })
    await hub.restore('before')
    t.match((await trace(hub.app, `/Patient/${ROBIN}`)).json(), { id: ROBIN, name: [{ family: 'Ashdown' }] })
    await putPerson(hub, { nhsNumber: '9000000009', familyName: 'Changed' })
    await hub.reset()
    t.equal((await trace(hub.app, `/Patient/${ROBIN}`)).statusCode, 404)
    t.match((await trace(hub.app, '/Patient/9000000009')).json(), { name: [{ family: 'Smith' }] })
  },
)

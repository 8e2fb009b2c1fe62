import { gzipSync } from 'node:zlib'
import t from 'tap'
import { briefly, get, putAuthority, stateOf } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lookUp,
  NOBODY,
  type RecordFields,
  ROBIN,
  SASHA,
  submit,
  syntheticNumber,
  TAYLOR,
  WARRINGTON,
} from '../helpers/seed.js'

const NO_CHANGES = { added: 0, changed: 0, ended: 0, removed: 0, unchanged: 0 }
const HALTON_STEWARD = {
  name: 'Data steward, Halton',
  role: 'CP-IS data steward',
  email: 'cp-is@halton.example',
  phone: '01632 960205',
}
const manyRecords = (count: number, fields: RecordFields = {}) =>
  Array.from({ length: count }, (_, i) => aRecord({ nhsNumber: syntheticNumber(i), ...fields }))
const plansOf = (code: string) => `/v1/authorities/${code}/plans?limit=500`
const receiptsOf = (code: string) => `/v1/authorities/${code}/datasets`

t.test(
  'a good dataset is accepted with a receipt, and replaces the authority’s part of the index',
  async (t) => {
    const { hub, clock } = await openHub(t)
    const first = await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
    t.equal(first.statusCode, 201)
    t.match(first.headers['content-type'], /^application\/json/)
    const { id, contentDigest, ...receipt } = first.json()
    t.match(id, /^[0-9a-f-]{36}$/)
    t.match(contentDigest, /^sha256:[0-9a-f]{64}$/)
    t.strictSame(receipt, {
      authorityCode: HALTON,
      sequence: 1,
      outcome: 'accepted',
      fileCode: 'CPF02',
      mode: 'full',
      dryRun: false,
      receivedAt: NOW,
      extractedAt: '2026-11-24T02:00:00.001Z',
      recordCount: 2,
      acceptedCount: 2,
      returnedCount: 0,
      changes: { ...NO_CHANGES, added: 2 },
      findingCount: 0,
      findings: [],
      returnedTo: null,
      nextDueAt: '2026-11-25T09:30:00.000Z',
    })
    t.strictSame(await get(hub, `${receiptsOf(HALTON)}/${id}`), first.json(), 'and the receipt is kept')
    const before = (await get(hub, plansOf(HALTON))).items

    clock.set('2026-11-25T09:00:00.000Z')
    const records = [
      aRecord({ localId: 'H1' }),
      aRecord({ planType: 'LAC' }),
      aRecord({ nhsNumber: TAYLOR, endDate: '2026-11-25' }),
    ]
    const second = await submit(hub, HALTON, aDataset(2, records, { childrenInScope: 3 }))
    t.strictSame(second.json().changes, { ...NO_CHANGES, added: 2, changed: 1, removed: 1 })
    t.equal(second.json().nextDueAt, '2026-11-26T09:00:00.000Z')
    const third = await submit(
      hub,
      HALTON,
      aDataset(3, [aRecord({ localId: 'H1', endDate: '2026-11-20' }), records[1], records[2]]),
    )
    t.strictSame(third.json().changes, { ...NO_CHANGES, ended: 1, unchanged: 2 })
    t.equal((await lookUp(hub, SASHA, { careSetting: 'scheduled' })).json().found, false, 'withdrawn')
    const after = (await get(hub, plansOf(HALTON))).items
    const idOf = (items: { id: string; nhsNumber: string; planType: string }[]) =>
      items.find((plan) => plan.nhsNumber === ROBIN && plan.planType === 'CPP')?.id
    t.equal(idOf(after), idOf(before), 'a plan keeps its opaque id while its key lives')
    const authority = await get(hub, `/v1/authorities/${HALTON}`)
    t.equal(
      authority.childrenInScope,
      3,
      'the dataset told how many are in scope, and a later one without it does not unsay it',
    )
    t.strictSame(authority.lastDataset, {
      id: third.json().id,
      sequence: 3,
      acceptedAt: '2026-11-25T09:00:00.000Z',
      recordCount: 3,
    })
  },
)

t.test('an NHS number may be written 3-3-4, and null and empty texts count as missing', async (t) => {
  const { hub } = await openHub(t)
  const spaced = `${ROBIN.slice(0, 3)} ${ROBIN.slice(3, 6)} ${ROBIN.slice(6)}`
  const empty = { endDate: null, expectedDeliveryDate: '', deleted: null, localId: '', familyName: null }
  const reply = await submit(
    hub,
    HALTON,
    aDataset(1, [aRecord({ nhsNumber: spaced, ...empty, givenNames: null, birthDate: '' })]),
  )
  t.equal(reply.statusCode, 201)
  const [{ id: _, ...plan }] = (await get(hub, plansOf(HALTON))).items
  t.strictSame(plan, {
    nhsNumber: ROBIN,
    localId: null,
    planType: 'CPP',
    planName: 'Child protection plan',
    status: 'active',
    startDate: '2026-03-02',
    endDate: null,
    expectedDeliveryDate: null,
    visible: true,
  })
})

const RECORD_FAULTS: [fields: unknown, code: string, recordCode: string, field: string | null][] = [
  [{ nhsNumber: undefined }, 'NHS_NUMBER_MISSING', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: null }, 'NHS_NUMBER_MISSING', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: '' }, 'NHS_NUMBER_MISSING', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: '999000001' }, 'NHS_NUMBER_FORMAT', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: '9.99E+09' }, 'NHS_NUMBER_FORMAT', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: '999 000-0018' }, 'NHS_NUMBER_FORMAT', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: 'ABCD12345' }, 'NHS_NUMBER_OLD_STYLE', 'CPR04', 'nhsNumber'],
  [{ nhsNumber: '9990000019' }, 'NHS_NUMBER_CHECK_DIGIT', 'CPR01', 'nhsNumber'],
  [{ planType: undefined }, 'PLAN_TYPE_UNKNOWN', 'CPR07', 'planType'],
  [{ planType: 'cpp' }, 'PLAN_TYPE_UNKNOWN', 'CPR07', 'planType'],
  [{ startDate: null }, 'START_DATE_MISSING', 'CPR07', 'startDate'],
  [{ startDate: '02/03/2026' }, 'DATE_FORMAT', 'CPR07', 'startDate'],
  [{ endDate: '2026-3-2' }, 'DATE_FORMAT', 'CPR07', 'endDate'],
  [{ birthDate: '2015-02-29' }, 'DATE_NOT_REAL', 'CPR07', 'birthDate'],
  [{ startDate: '2026-11-25' }, 'START_IN_FUTURE', 'CPR07', 'startDate'],
  [{ endDate: '2026-03-01' }, 'END_BEFORE_START', 'CPR07', 'endDate'],
  [{ planType: 'UCPP' }, 'EXPECTED_DELIVERY_DATE_MISSING', 'CPR07', 'expectedDeliveryDate'],
  [{ nhsNumber: 9_990_000_018 }, 'FIELD_TYPE', 'CPR07', 'nhsNumber'],
  [{ planType: 7 }, 'FIELD_TYPE', 'CPR07', 'planType'],
  [{ deleted: 'true' }, 'FIELD_TYPE', 'CPR07', 'deleted'],
  [{ givenNames: 'Robin' }, 'FIELD_TYPE', 'CPR07', 'givenNames'],
  [{ givenNames: ['Robin', 1] }, 'FIELD_TYPE', 'CPR07', 'givenNames'],
  [{ localId: 'x'.repeat(65) }, 'FIELD_TOO_LONG', 'CPR07', 'localId'],
  [{ familyName: 'x'.repeat(141) }, 'FIELD_TOO_LONG', 'CPR07', 'familyName'],
  [{ givenNames: Array(21).fill('R') }, 'FIELD_TOO_LONG', 'CPR07', 'givenNames'],
  [{ surname: 'Ashdown' }, 'FIELD_UNKNOWN', 'CPR07', 'surname'],
  [{ '9990000018': 'x' }, 'FIELD_UNKNOWN', 'CPR07', null],
  [{ familyName: 'Ash\u0007down' }, 'FIELD_CHARACTERS', 'CPR07', 'familyName'],
  [{ familyName: 'Ash\ndown' }, 'FIELD_CHARACTERS', 'CPR07', 'familyName'],
  [{ familyName: 'Ash\ud800down' }, 'FIELD_CHARACTERS', 'CPR07', 'familyName'],
  [{ givenNames: ['\u202eniboR'] }, 'FIELD_CHARACTERS', 'CPR07', 'givenNames'],
]

t.test(
  'every error of a record is a finding with its code, all in one receipt, and returns the dataset',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord({ localId: 'H1' })]))
    await lookUp(hub, ROBIN)
    const before = await stateOf(hub, [HALTON, WARRINGTON], [ROBIN])
    const faulty = RECORD_FAULTS.map(([fields], i) =>
      aRecord({ nhsNumber: syntheticNumber(10 + i), ...(fields as object) }),
    )
    const twin = syntheticNumber(200)
    const records = [
      ...faulty,
      aRecord({ nhsNumber: twin }),
      aRecord({ nhsNumber: twin, localId: 'TWICE' }),
      'no record',
    ]
    const reply = await submit(hub, HALTON, aDataset(2, records))

    t.equal(reply.statusCode, 422)
    t.match(reply.headers['content-type'], /^application\/json/)
    const last = {
      nhsNumber: 'NHS_NUMBER_MISSING',
      planType: 'PLAN_TYPE_UNKNOWN',
      startDate: 'START_DATE_MISSING',
    }
    const errorOf = (record: number, code: string, recordCode: string, field: string | null) => ({
      record,
      localId: null,
      field,
      severity: 'error',
      code,
      recordCode,
    })
    const expected = [
      ...RECORD_FAULTS.map(([, code, recordCode, field], i) => errorOf(i, code, recordCode, field)),
      { ...errorOf(faulty.length + 1, 'DUPLICATE_RECORD', 'CPR07', null), localId: 'TWICE' },
    ]
    t.strictSame(briefly(reply.json()).slice(0, expected.length), expected)
    t.strictSame(
      new Set(
        briefly(reply.json())
          .slice(expected.length)
          .map(({ record, code, field }) => [record, code, field].join()),
      ),
      new Set([
        [records.length - 1, 'FIELD_TYPE', null].join(),
        ...Object.entries(last).map(([field, code]) => [records.length - 1, code, field].join()),
      ]),
      'what is no record at all is said to be one, and to lack what is required',
    )
    const { id, contentDigest: _, findings, ...receipt } = reply.json()
    t.strictSame(receipt, {
      authorityCode: HALTON,
      sequence: 2,
      outcome: 'returned',
      fileCode: 'CPF04',
      mode: 'full',
      dryRun: false,
      receivedAt: NOW,
      extractedAt: '2026-11-24T02:00:00.002Z',
      recordCount: records.length,
      acceptedCount: 0,
      returnedCount: records.length,
      changes: NO_CHANGES,
      findingCount: findings.length,
      returnedTo: HALTON_STEWARD,
      nextDueAt: '2026-11-25T09:30:00.000Z',
    })
    const words = findings.map((found: { message: string }) => found.message).join()
    for (const value of [
      '9990000019',
      'ABCD12345',
      '9.99E+09',
      'surname',
      'Ash',
      '2026-03-01',
      '02/03',
      'TWICE',
    ])
      t.notOk(words.includes(value), 'a message never quotes a value of the record')

    const after = await stateOf(hub, [HALTON, WARRINGTON], [ROBIN])
    const { findings: __, ...summary } = reply.json()
    const halton = before.authorities[0]
    t.strictSame(
      after,
      {
        ...before,
        authorities: [
          { ...halton, receipts: { items: [summary, ...(halton?.receipts.items ?? [])], next: null } },
          before.authorities[1],
        ],
        freshness: before.freshness.map((each: { code: string }) =>
          each.code === HALTON
            ? { ...each, lastReturned: { id, sequence: 2, receivedAt: NOW, findingCount: findings.length } }
            : each,
        ),
      },
      'index, accesses, queues and freshness are as they were; only the receipt is new',
    )
  },
)

t.test(
  'one bad number among good records returns the whole dataset; each boundary’s good twin is taken',
  async (t) => {
    const { hub } = await openHub(t)
    const good = [
      aRecord({ nhsNumber: syntheticNumber(10), startDate: '2026-11-24' }),
      aRecord({ nhsNumber: syntheticNumber(11), endDate: '2026-03-02' }),
      aRecord({ nhsNumber: syntheticNumber(12), endDate: '2027-06-01' }),
      aRecord({ nhsNumber: syntheticNumber(13), localId: 'x'.repeat(64), familyName: 'y'.repeat(140) }),
      aRecord({ nhsNumber: syntheticNumber(14), givenNames: Array(20).fill('R'), birthDate: '2016-02-29' }),
      aRecord({ nhsNumber: syntheticNumber(15), planType: 'UCPP', expectedDeliveryDate: '2027-01-01' }),
      aRecord({ nhsNumber: syntheticNumber(16), familyName: 'Ó Séaghdha-O’Neill 李' }),
      aRecord({ nhsNumber: syntheticNumber(17), planType: 'LAC', startDate: '2026-03-03' }),
      aRecord({ nhsNumber: syntheticNumber(17), planType: 'LAC', startDate: '2026-03-04' }),
    ]
    const spoilt = await submit(hub, HALTON, aDataset(1, [...good, aRecord({ nhsNumber: '9990000019' })]))
    t.equal(spoilt.statusCode, 422)
    t.strictSame(
      briefly(spoilt.json()).map(({ record, code }) => [record, code]),
      [[9, 'NHS_NUMBER_CHECK_DIGIT']],
    )
    t.equal(spoilt.json().nextDueAt, null, 'nothing was ever due')
    t.strictSame((await get(hub, plansOf(HALTON))).items, [])
    const taken = await submit(hub, HALTON, aDataset(1, good))
    t.equal(taken.statusCode, 201, 'a returned dataset does not use its number up')
    t.strictSame(taken.json().findings, [])
    t.equal((await get(hub, plansOf(HALTON))).items.length, good.length)
  },
)

t.test('warnings are findings too, and the dataset is accepted', async (t) => {
  const { hub } = await openHub(t)
  const records = [
    aRecord({ nhsNumber: '9999999999' }),
    aRecord({ nhsNumber: syntheticNumber(10), startDate: '2025-01-01', endDate: '2025-11-23' }),
    aRecord({ nhsNumber: syntheticNumber(11), deleted: true, localId: 'GONE' }),
    aRecord({ nhsNumber: syntheticNumber(12), birthDate: '2008-11-24' }),
    aRecord({ nhsNumber: syntheticNumber(13), startDate: '2025-01-01', endDate: '2025-11-24' }),
    aRecord({ nhsNumber: syntheticNumber(14), birthDate: '2008-11-25', planType: 'LAC' }),
    aRecord({
      nhsNumber: syntheticNumber(15),
      birthDate: '1998-01-01',
      planType: 'UCPP',
      expectedDeliveryDate: '2027-01-01',
    }),
  ]
  const reply = await submit(hub, HALTON, aDataset(1, records))
  t.equal(reply.statusCode, 201)
  const warning = (
    record: number,
    code: string,
    field: string,
    recordCode: string,
    localId: string | null = null,
  ) => ({
    record,
    localId,
    field,
    severity: 'warning',
    code,
    recordCode,
  })
  t.strictSame(briefly(reply.json()), [
    warning(0, 'NHS_NUMBER_REPEATED_DIGIT', 'nhsNumber', 'CPR06'),
    warning(1, 'END_OVER_365_DAYS', 'endDate', 'CPR07'),
    warning(2, 'DELETE_UNKNOWN', 'deleted', 'CPR07', 'GONE'),
    warning(3, 'OVER_18', 'birthDate', 'CPR07'),
  ])
  const { outcome, fileCode, acceptedCount, findingCount, changes } = reply.json()
  t.strictSame(
    { outcome, fileCode, acceptedCount, findingCount, changes },
    {
      outcome: 'accepted',
      fileCode: 'CPF02',
      acceptedCount: 7,
      findingCount: 4,
      changes: { ...NO_CHANGES, added: 5 },
    },
  )
  const grown = (await lookUp(hub, syntheticNumber(12), { careSetting: 'scheduled' })).json().plans
  t.match(grown, [{ status: 'ended', endDate: '2026-11-24' }], 'indexed as ended on the birthday')
})

t.test('a file-level error returns the dataset with CPF01 and record null', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
  const fileError = (code: string, field: string | null) => ({
    record: null,
    localId: null,
    field,
    severity: 'error',
    code,
    recordCode: null,
  })
  const returned = async (dataset: object, query = '') => {
    const reply = await submit(hub, HALTON, dataset, query)
    t.equal(reply.statusCode, 422)
    t.equal(reply.json().fileCode, 'CPF01')
    return briefly(reply.json())
  }
  t.strictSame(await returned(aDataset(2, [aRecord()], { recordCount: 2 })), [
    fileError('RECORD_COUNT_MISMATCH', 'recordCount'),
  ])
  t.strictSame(await returned(aDataset(2, [])), [fileError('EMPTY_DATASET', null)])
  t.strictSame(
    (await returned(aDataset(2, [aRecord({ nhsNumber: '' })], { recordCount: 5 }))).map(({ code }) => code),
    ['RECORD_COUNT_MISMATCH', 'NHS_NUMBER_MISSING'],
    'CPF01 goes before CPF04, and the records are looked at all the same',
  )
  t.strictSame(
    await returned(aDataset(2, [], { recordCount: 1 }), '?confirmShrink=true'),
    [fileError('RECORD_COUNT_MISMATCH', 'recordCount')],
    'confirming the shrinking does not confirm the count',
  )
  t.equal((await get(hub, plansOf(HALTON))).items.length, 2)
  const confirmed = await submit(hub, HALTON, aDataset(2, []), '?confirmShrink=true')
  t.equal(confirmed.statusCode, 201)
  t.strictSame(confirmed.json().changes, { ...NO_CHANGES, removed: 2 })
  t.strictSame((await get(hub, plansOf(HALTON))).items, [])
})

t.test('more than half and more than 20 of the visible plans do not go unasked', async (t) => {
  const { hub } = await openHub(t)
  const all = manyRecords(42)
  await submit(hub, HALTON, aDataset(1, all))
  const before = await get(hub, plansOf(HALTON))
  t.equal((await submit(hub, HALTON, aDataset(2, all.slice(0, 21)))).statusCode, 201, '21 of 42 are half')
  const backAgain = await submit(hub, HALTON, aDataset(3, all))
  t.strictSame(backAgain.json().changes, { ...NO_CHANGES, added: 21, unchanged: 21 })

  const tooMany = await submit(hub, HALTON, aDataset(4, all.slice(0, 20)))
  t.equal(tooMany.statusCode, 422)
  t.strictSame(briefly(tooMany.json()), [
    { record: null, localId: null, field: null, severity: 'error', code: 'SHRINK_GUARD', recordCode: null },
  ])
  t.match(tooMany.json(), {
    fileCode: 'CPF01',
    outcome: 'returned',
    changes: NO_CHANGES,
    returnedTo: HALTON_STEWARD,
  })
  t.equal((await get(hub, plansOf(HALTON))).items.length, before.items.length)
  const confirmed = await submit(hub, HALTON, aDataset(4, all.slice(0, 20)), '?confirmShrink=true')
  t.equal(confirmed.statusCode, 201)
  t.strictSame(confirmed.json().changes, { ...NO_CHANGES, removed: 22, unchanged: 20 })
  t.equal(
    (await submit(hub, HALTON, aDataset(5, all.slice(0, 1)))).statusCode,
    201,
    '19 of 20 are not over 20',
  )
})

t.test('the guard looks at deltas too, at plans that leave by ageing, and at 20 against 21', async (t) => {
  const { hub } = await openHub(t)
  const all = manyRecords(21)
  await submit(hub, HALTON, aDataset(1, all))
  const deleted = (count: number) => all.slice(0, count).map((record) => ({ ...record, deleted: true }))
  const delta = { mode: 'delta' }
  const codes = async (dataset: object) =>
    briefly((await submit(hub, HALTON, dataset)).json()).map(({ code }) => code)
  t.strictSame(await codes(aDataset(2, deleted(21), delta)), ['SHRINK_GUARD'])
  const old = all.map((record) => ({ ...record, startDate: '2025-01-01' }))
  await submit(hub, WARRINGTON, aDataset(1, old))
  const aged = await submit(
    hub,
    WARRINGTON,
    aDataset(
      2,
      old.map((record) => ({ ...record, endDate: '2025-11-23' })),
      delta,
    ),
  )
  t.equal(briefly(aged.json()).at(0)?.code, 'SHRINK_GUARD')
  const twenty = await submit(hub, HALTON, aDataset(2, deleted(20), delta))
  t.strictSame([twenty.statusCode, twenty.json().changes], [201, { ...NO_CHANGES, removed: 20 }])
  t.equal((await get(hub, plansOf(HALTON))).items.length, 1)
})

t.test('the ratio of the guard is a setting', async (t) => {
  const { hub } = await openHub(t, { shrinkGuardRatio: 0.75 })
  await submit(hub, HALTON, aDataset(1, manyRecords(100)))
  t.equal((await submit(hub, HALTON, aDataset(2, manyRecords(24)))).statusCode, 422)
  t.equal((await submit(hub, HALTON, aDataset(2, manyRecords(25)))).statusCode, 201)
})

t.test('a delta changes only what it names; an empty one is a sign of life', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(7, [aRecord(), aRecord({ nhsNumber: SASHA })]))
  const delta = { mode: 'delta' }
  const second = await submit(
    hub,
    HALTON,
    aDataset(8, [aRecord({ nhsNumber: TAYLOR }), aRecord({ deleted: true })], delta),
  )
  t.equal(second.statusCode, 201)
  t.strictSame(second.json().changes, { ...NO_CHANGES, added: 1, removed: 1 })
  t.equal(second.json().mode, 'delta')
  const numbers = (await get(hub, plansOf(HALTON))).items.map((plan: { nhsNumber: string }) => plan.nhsNumber)
  t.strictSame(numbers.sort(), [SASHA, TAYLOR])
  clock.set('2026-11-25T08:00:00.000Z')
  const sign = await submit(hub, HALTON, aDataset(9, [], { ...delta, extractedAt: '2026-11-25T02:00:00Z' }))
  t.equal(sign.statusCode, 201)
  t.strictSame([sign.json().changes, sign.json().findings], [NO_CHANGES, []])
  const { lastDataset, freshness } = await get(hub, `/v1/authorities/${HALTON}`)
  t.match(lastDataset, { sequence: 9, acceptedAt: '2026-11-25T08:00:00.000Z', recordCount: 0 })
  t.strictSame(freshness, { due: '2026-11-26T08:00:00.000Z', overdue: false, ageSeconds: 0 })
})

t.test(
  'sequences: a retry gets the first receipt, what is out of order is refused, a gap is a warning',
  async (t) => {
    const { hub, clock } = await openHub(t)
    const first = aDataset(5, [aRecord()])
    const accepted = await submit(hub, HALTON, first)
    t.equal(accepted.statusCode, 201, 'the first dataset may have any sequence')
    clock.set('2026-11-24T10:00:00.000Z')
    const retry = await submit(hub, HALTON, first)
    t.equal(retry.statusCode, 200)
    t.strictSame(retry.json(), accepted.json())
    t.equal((await submit(hub, HALTON, first, '?confirmShrink=true')).statusCode, 200)

    const refused = async (dataset: object, code: string) => {
      const before = await stateOf(hub, [HALTON], [ROBIN])
      const reply = await submit(hub, HALTON, dataset)
      t.equal(reply.statusCode, 409)
      t.match(reply.headers['content-type'], /^application\/problem\+json/)
      t.equal(reply.json().code, code)
      t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before, 'nothing changed, and no receipt was kept')
    }
    await refused(aDataset(5, [aRecord({ nhsNumber: SASHA })]), 'OUT_OF_SEQUENCE')
    await refused({ ...first, extractedAt: '2026-11-24T03:00:00Z' }, 'OUT_OF_SEQUENCE')
    await refused(aDataset(4, [aRecord()]), 'OUT_OF_SEQUENCE')
    await refused(aDataset(7, [aRecord()], { mode: 'delta' }), 'SEQUENCE_GAP')

    const gap = await submit(hub, HALTON, aDataset(8, [aRecord()], { extractedAt: first.extractedAt }))
    t.equal(gap.statusCode, 201)
    const warning = (code: string, field: string) => ({
      record: null,
      localId: null,
      field,
      severity: 'warning',
      code,
      recordCode: null,
    })
    t.strictSame(briefly(gap.json()), [
      warning('SEQUENCE_GAP', 'sequence'),
      warning('EXTRACT_NOT_NEWER', 'extractedAt'),
    ])
    t.strictSame(
      (await submit(hub, HALTON, first)).json().id,
      accepted.json().id,
      'also once later ones came',
    )
    await refused(aDataset(7, [aRecord()]), 'OUT_OF_SEQUENCE')
  },
)

t.test('a returned dataset may be sent again, is judged anew, and its sequence is free', async (t) => {
  const { hub } = await openHub(t)
  const bad = aDataset(1, [aRecord({ nhsNumber: '' })])
  const once = await submit(hub, HALTON, bad)
  const twice = await submit(hub, HALTON, bad)
  t.strictSame([once.statusCode, twice.statusCode], [422, 422])
  t.not(once.json().id, twice.json().id)
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord()]))).statusCode, 201)
  t.equal((await submit(hub, HALTON, bad)).statusCode, 409)
  t.equal(
    (await submit(hub, WARRINGTON, aDataset(3, [aRecord()], { mode: 'delta' }))).statusCode,
    201,
    'a first delta may have any sequence',
  )
})

t.test('two datasets of one authority at once get truthful answers', async (t) => {
  const { hub } = await openHub(t)
  const same = aDataset(1, [aRecord()])
  const [one, other] = await Promise.all([submit(hub, HALTON, same), submit(hub, HALTON, same)])
  t.strictSame([one.statusCode, other.statusCode].sort(), [200, 201])
  t.strictSame(one.json(), other.json())
  const rivals = [ROBIN, SASHA]
  const replies = await Promise.all(
    rivals.map((nhsNumber) => submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber })]))),
  )
  t.strictSame(replies.map((reply) => reply.statusCode).sort(), [201, 409])
  t.equal(replies.find((reply) => reply.statusCode === 409)?.json().code, 'OUT_OF_SEQUENCE')
  const winner = rivals[replies.findIndex((reply) => reply.statusCode === 201)]
  const held = (await get(hub, plansOf(WARRINGTON))).items
  t.strictSame(
    held.map((plan: { nhsNumber: string }) => plan.nhsNumber),
    [winner],
  )
  t.equal((await get(hub, receiptsOf(WARRINGTON))).items.length, 1)
})

t.test(
  'with partial acceptance only the faulty records are handed back, and they withdraw nothing',
  async (t) => {
    const { hub } = await openHub(t)
    await putAuthority(hub, HALTON, { acceptance: 'partial' })
    const [a, b, c, d, e] = [10, 11, 12, 13, 14].map(syntheticNumber)
    await submit(
      hub,
      HALTON,
      aDataset(1, [
        aRecord({ nhsNumber: a, localId: 'A' }),
        aRecord({ nhsNumber: a, localId: 'A', planType: 'LAC' }),
        aRecord({ nhsNumber: b, localId: 'B' }),
        aRecord({ nhsNumber: c, localId: 'C' }),
        aRecord({ nhsNumber: d, localId: 'D' }),
      ]),
    )
    const next = await submit(
      hub,
      HALTON,
      aDataset(2, [
        aRecord({ nhsNumber: a, startDate: 'soon' }),
        aRecord({ nhsNumber: '9990000019', localId: 'B' }),
        aRecord({ nhsNumber: c, localId: 'C', deleted: 'yes' }),
        aRecord({ nhsNumber: a, planType: 'LAC', localId: 'NEW' }),
        aRecord({ nhsNumber: e, localId: 'E' }),
      ]),
    )
    t.equal(next.statusCode, 201)
    const { outcome, fileCode, recordCount, acceptedCount, returnedCount, returnedTo, changes } = next.json()
    t.strictSame(
      { outcome, fileCode, recordCount, acceptedCount, returnedCount, returnedTo, changes },
      {
        outcome: 'partially-accepted',
        fileCode: 'CPF03',
        recordCount: 5,
        acceptedCount: 2,
        returnedCount: 3,
        returnedTo: null,
        // Changed: a's LAC. Removed: d alone. Unchanged: a's CPP by its number, b's by its local id, c's by both.
        changes: { added: 1, changed: 1, ended: 0, removed: 1, unchanged: 3 },
      },
    )
    t.strictSame(
      briefly(next.json()).map(({ record, code }) => [record, code]),
      [
        [0, 'DATE_FORMAT'],
        [1, 'NHS_NUMBER_CHECK_DIGIT'],
        [2, 'FIELD_TYPE'],
      ],
    )
    const held = (await get(hub, plansOf(HALTON))).items.map((plan: Record<string, string>) =>
      [plan.nhsNumber, plan.planType, plan.localId].join(' '),
    )
    t.strictSame(held.sort(), [`${a} CPP A`, `${a} LAC NEW`, `${b} CPP B`, `${c} CPP C`, `${e} CPP E`].sort())
    t.equal((await submit(hub, HALTON, aDataset(2, [aRecord()]))).statusCode, 409, 'its sequence is used up')

    const before = await get(hub, plansOf(HALTON))
    const none = await submit(
      hub,
      HALTON,
      aDataset(3, [aRecord({ nhsNumber: '' }), aRecord({ planType: '' })]),
    )
    t.strictSame([none.statusCode, none.json().fileCode, none.json().acceptedCount], [422, 'CPF04', 0])
    const file = await submit(hub, HALTON, aDataset(3, [aRecord()], { recordCount: 2 }))
    t.strictSame(
      [file.statusCode, file.json().fileCode],
      [422, 'CPF01'],
      'a file-level error is never partial',
    )
    t.strictSame(await get(hub, plansOf(HALTON)), before)
    const twin = await submit(
      hub,
      HALTON,
      aDataset(3, [aRecord({ localId: 'first' }), aRecord({ localId: 'second' })]),
    )
    t.equal(twin.json().fileCode, 'CPF03')
    t.match((await get(hub, plansOf(HALTON))).items, [{ nhsNumber: ROBIN, localId: 'first' }])
  },
)

t.test('a dry run says what would happen, at any sequence, and changes nothing', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(5, [aRecord()]))
  await lookUp(hub, ROBIN)
  const before = await stateOf(hub, [HALTON], [ROBIN])
  const older = { extractedAt: '2020-01-01T00:00:00Z' }
  const good = await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: SASHA })], older), '?dryRun=true')
  t.equal(good.statusCode, 200)
  const { contentDigest: _, ...receipt } = good.json()
  t.strictSame(receipt, {
    id: null,
    authorityCode: HALTON,
    sequence: 2,
    outcome: 'accepted',
    fileCode: 'CPF02',
    mode: 'full',
    dryRun: true,
    receivedAt: NOW,
    extractedAt: '2020-01-01T00:00:00.000Z',
    recordCount: 1,
    acceptedCount: 1,
    returnedCount: 0,
    changes: { ...NO_CHANGES, added: 1, removed: 1 },
    findingCount: 0,
    findings: [],
    returnedTo: null,
    nextDueAt: '2026-11-25T09:30:00.000Z',
  })
  const gapInDelta = await submit(hub, HALTON, aDataset(9, [], { mode: 'delta' }), '?dryRun=true')
  t.strictSame([gapInDelta.statusCode, gapInDelta.json().findings], [200, []])
  const bad = await submit(hub, HALTON, aDataset(6, [aRecord({ nhsNumber: '' })]), '?dryRun=true')
  t.equal(bad.statusCode, 422)
  t.match(bad.json(), { id: null, dryRun: true, outcome: 'returned', fileCode: 'CPF04', findingCount: 1 })
  t.equal(
    (await submit(hub, HALTON, aDataset(6, []), '?dryRun=true')).json().findings[0].code,
    'EMPTY_DATASET',
  )
  t.equal((await submit(hub, HALTON, aDataset(6, []), '?dryRun=true&confirmShrink=true')).statusCode, 200)
  t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before)
  t.equal((await submit(hub, HALTON, aDataset(6, [aRecord()]), '?dryRun=false')).statusCode, 201)
})

t.test(
  'receipts are listed newest first, page by page, returned ones too, without their findings',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
    const receipts = []
    for (const records of [[aRecord()], [aRecord({ nhsNumber: '' })], [aRecord({ nhsNumber: SASHA })]])
      receipts.unshift((await submit(hub, HALTON, aDataset(receipts.length + 1, records))).json())
    t.strictSame(
      receipts.map(({ outcome }) => outcome),
      ['accepted', 'returned', 'accepted'],
    )
    const summaries = receipts.map(({ findings: _, ...summary }) => summary)
    t.strictSame(await get(hub, receiptsOf(HALTON)), { items: summaries, next: null })
    const first = await get(hub, `${receiptsOf(HALTON)}?limit=2`)
    t.strictSame(first.items, summaries.slice(0, 2))
    const second = await get(hub, `${receiptsOf(HALTON)}?limit=2&after=${first.next}`)
    t.strictSame(second, { items: summaries.slice(2), next: null })
    t.equal((await get(hub, `${receiptsOf(HALTON)}?limit=3`)).next, null, 'a full last page is the last')
    for (const receipt of receipts)
      t.strictSame(await get(hub, `${receiptsOf(HALTON)}/${receipt.id}`), receipt)
    const strangers = await hub.app.inject({ url: `${receiptsOf(WARRINGTON)}/${receipts[0].id}` })
    t.strictSame([strangers.statusCode, strangers.json().code], [404, 'DATASET_UNKNOWN'])
  },
)

t.test(
  'faults of the envelope are problems that name each fault; nothing of the records is looked at',
  async (t) => {
    const { hub } = await openHub(t)
    const good = aDataset(1, [aRecord()])
    const faults: [change: object, pointer: string][] = [
      [{ sequence: undefined }, '/sequence'],
      [{ sequence: 0 }, '/sequence'],
      [{ sequence: '1' }, '/sequence'],
      [{ sequence: 1.5 }, '/sequence'],
      [{ extractedAt: undefined }, '/extractedAt'],
      [{ extractedAt: '2026-11-24' }, '/extractedAt'],
      [{ extractedAt: '2026-02-30T00:00:00Z' }, '/extractedAt'],
      [{ extractedAt: '2026-11-24T02:00:00' }, '/extractedAt'],
      [{ mode: 'whole' }, '/mode'],
      [{ recordCount: undefined }, '/recordCount'],
      [{ recordCount: -1 }, '/recordCount'],
      [{ recordCount: '1' }, '/recordCount'],
      [{ childrenInScope: -1 }, '/childrenInScope'],
      [{ records: undefined }, '/records'],
      [{ records: {} }, '/records'],
      [{ authority: 'Halton' }, '/authority'],
    ]
    for (const [change, pointer] of faults) {
      const reply = await submit(hub, HALTON, { ...good, ...change })
      t.equal(reply.statusCode, 400)
      t.match(reply.headers['content-type'], /^application\/problem\+json/)
      t.match(reply.json(), { code: 'SCHEMA_VIOLATION', errors: [{ pointer, message: String }] })
      t.equal(reply.json().errors.length, 1)
    }
    const many = await submit(hub, HALTON, { sequence: 0, records: 1 })
    t.strictSame(
      many
        .json()
        .errors.map((fault: { pointer: string }) => fault.pointer)
        .sort(),
      ['/extractedAt', '/recordCount', '/records', '/sequence'],
    )
    const query = await submit(hub, HALTON, good, '?sequence=1')
    t.strictSame(
      [query.statusCode, query.json().errors[0].pointer],
      [400, '/sequence'],
      'of a CSV dataset only',
    )
    t.equal((await submit(hub, HALTON, [good])).statusCode, 400)
    t.strictSame(await get(hub, receiptsOf(HALTON)), { items: [], next: null })
    const offset = await submit(hub, HALTON, { ...good, extractedAt: '2026-11-24T03:00:00+01:00' })
    t.equal(offset.json().extractedAt, '2026-11-24T02:00:00.000Z')
  },
)

t.test('a body may come as gzip; the digest is over what is inside', async (t) => {
  const { hub } = await openHub(t)
  const text = JSON.stringify(aDataset(1, [aRecord()]))
  const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
    hub.app.inject({
      method: 'POST',
      url: `/v1/authorities/${HALTON}/datasets`,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      payload,
    })
  const zipped = await post(gzipSync(text), { 'content-encoding': 'gzip' })
  t.equal(zipped.statusCode, 201)
  const plain = await post(text)
  t.strictSame([plain.statusCode, plain.json()], [200, zipped.json()])
  const named = await post(gzipSync(text), { 'content-encoding': 'GZIP' })
  t.equal(named.statusCode, 200, 'a content coding is named in any case')
  const cut = await post(gzipSync(text).subarray(0, 40), { 'content-encoding': 'gzip' })
  t.strictSame([cut.statusCode, cut.json().code], [400, 'GZIP_MALFORMED'])
  const brotli = await post(text, { 'content-encoding': 'br' })
  t.strictSame([brotli.statusCode, brotli.json().code], [415, 'CONTENT_ENCODING'])
  const notUtf8 = await post(Buffer.from([0x7b, 0xff, 0x7d]))
  t.strictSame([notUtf8.statusCode, notUtf8.json().code], [400, 'NOT_UTF8'])
  const notJson = await post(`${text.slice(0, -1)} 9990000018`)
  t.strictSame([notJson.statusCode, notJson.json().code], [400, 'JSON_MALFORMED'])
  t.notOk(notJson.body.includes('9990000018'))
  const xml = await post('<dataset/>', { 'content-type': 'application/xml' })
  t.strictSame([xml.statusCode, xml.json().code], [415, 'CONTENT_TYPE'])
  const none = await hub.app.inject({ method: 'POST', url: `/v1/authorities/${HALTON}/datasets` })
  t.strictSame([none.statusCode, none.json().code], [415, 'CONTENT_TYPE'])
})

t.test('too many bytes or records are 413 DATASET_TOO_LARGE, inflated or not', async (t) => {
  const { hub } = await openHub(t, { datasetMaxBytes: 1000, datasetMaxRecords: 3 })
  const url = `/v1/authorities/${HALTON}/datasets`
  const sized = (size: number) => {
    const text = JSON.stringify(aDataset(1, [aRecord()]))
    return text.slice(0, -1) + ' '.repeat(size - text.length) + text.slice(-1)
  }
  const headers = { 'content-type': 'application/json' }
  const gzip = { ...headers, 'content-encoding': 'gzip' }
  const large = [
    await hub.app.inject({ method: 'POST', url, headers, payload: sized(1001) }),
    await hub.app.inject({ method: 'POST', url, headers: gzip, payload: gzipSync(sized(1001)) }),
    await hub.app.inject({ method: 'POST', url, headers: gzip, payload: gzipSync(' '.repeat(100_000)) }),
    await submit(hub, HALTON, aDataset(1, manyRecords(4))),
    await hub.app.inject({
      method: 'POST',
      url: `${url}?sequence=1&extractedAt=2026-11-24T02:00:00Z&recordCount=4`,
      headers: { 'content-type': 'text/csv' },
      payload: `nhs_number,plan_type,start_date\n${'9990000018,CPP,2026-03-02\n'.repeat(4)}`,
    }),
  ]
  for (const reply of large) {
    t.strictSame([reply.statusCode, reply.json().code], [413, 'DATASET_TOO_LARGE'])
    t.match(reply.headers['content-type'], /^application\/problem\+json/)
  }
  t.strictSame(await get(hub, url), { items: [], next: null })
  const fits = await hub.app.inject({ method: 'POST', url, headers: gzip, payload: gzipSync(sized(1000)) })
  t.equal(fits.statusCode, 201)
  t.equal((await submit(hub, HALTON, aDataset(2, manyRecords(3)))).statusCode, 201)
})

t.test('JSON that holds more than its records can is refused before anything is made of it', async (t) => {
  const { hub } = await openHub(t, { datasetMaxRecords: 100 })
  const [head, tail] = JSON.stringify(aDataset(1, [0], { recordCount: 1 })).split('0]') as [string, string]
  const named = (count: number) => `{${Array.from({ length: count }, (_, i) => `"n${i}":1`).join()}}`
  const send = (records: string) =>
    hub.app.inject({
      method: 'POST',
      url: receiptsOf(HALTON),
      headers: { 'content-type': 'application/json' },
      payload: `${head}${records}]${tail}`,
    })
  for (const records of [
    Array(101).fill('{}').join(),
    `[${Array(400).fill('{}').join()}]`,
    `[${Array(5000).fill('1').join()}]`,
    named(1001),
    Array.from({ length: 40 }, (_, i) => named(30).replaceAll('n', `n${i}_`)).join(),
  ]) {
    const reply = await send(records)
    t.strictSame([reply.statusCode, reply.json().code], [413, 'DATASET_TOO_LARGE'], records.slice(0, 40))
  }
  t.strictSame(await get(hub, receiptsOf(HALTON)), { items: [], next: null })
  const faulty = await send(Array(100).fill(named(30)).join())
  t.strictSame([faulty.statusCode, faulty.json().recordCount], [422, 100], 'what can be looked at is')
})

t.test('at most 10,000 findings are listed, and the count is true', async (t) => {
  const { hub } = await openHub(t)
  const reply = await submit(hub, HALTON, aDataset(1, Array(3400).fill({}), { recordCount: 1 }))
  t.equal(reply.statusCode, 422)
  const { findingCount, findings, recordCount, returnedCount } = reply.json()
  t.strictSame([findingCount, findings.length, recordCount, returnedCount], [10_201, 10_000, 3400, 3400])
  t.equal(findings[0].code, 'RECORD_COUNT_MISMATCH')
})

t.test('an authority that is not known, registered or suspended may not submit', async (t) => {
  const { hub } = await openHub(t)
  const code = async (authority: string) => {
    const reply = await submit(hub, authority, aDataset(1, [aRecord()]))
    return [reply.statusCode, reply.json().code]
  }
  t.strictSame(await code('E06999999'), [404, 'AUTHORITY_UNKNOWN'])
  await putAuthority(hub, HALTON, { status: 'registered' })
  t.strictSame(await code(HALTON), [409, 'AUTHORITY_NOT_ONBOARDED'])
  await putAuthority(hub, HALTON, { status: 'suspended' })
  t.strictSame(await code(HALTON), [409, 'AUTHORITY_SUSPENDED'])
  await putAuthority(hub, HALTON, { status: 'testing' })
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord()]))).statusCode, 201)
})

t.test(
  'with partial acceptance a record handed back protects its person however it was written',
  async (t) => {
    const { hub } = await openHub(t)
    await putAuthority(hub, HALTON, { acceptance: 'partial' })
    const people = [ROBIN, SASHA, TAYLOR, NOBODY].map((nhsNumber, i) =>
      aRecord({ nhsNumber, localId: `${70 + i}` }),
    )
    await submit(hub, HALTON, aDataset(1, people))
    const list = [
      aRecord({ nhsNumber: Number(ROBIN) }),
      aRecord({ nhsNumber: `${SASHA} ` }),
      aRecord({ nhsNumber: 'not known', localId: 72 }),
      aRecord({ nhsNumber: syntheticNumber(9) }),
    ]
    const { outcome, changes } = (await submit(hub, HALTON, aDataset(2, list))).json()
    t.equal(outcome, 'partially-accepted')
    t.match(
      changes,
      { added: 1, removed: 1, unchanged: 3 },
      'only who is not on the list at all is withdrawn',
    )
  },
)

t.test('a name is kept in the Unicode form in which it was sent: another form is another name', async (t) => {
  const { hub } = await openHub(t)
  const [composed, decomposed] = ['Ren\u00e9e', 'Rene\u0301e']
  for (const [i, [familyName, change]] of (
    [
      [composed, 'added'],
      [composed, 'unchanged'],
      [decomposed, 'changed'],
      [decomposed, 'unchanged'],
    ] as const
  ).entries()) {
    const reply = await submit(hub, HALTON, aDataset(i + 1, [aRecord({ familyName })]))
    t.match([reply.statusCode, reply.json().changes], [201, { [change]: 1 }], `dataset ${i + 1}`)
  }
})

t.test('those who number their datasets by date and time may', async (t) => {
  const { hub } = await openHub(t)
  const { sequence } = (
    await submit(hub, HALTON, aDataset(202_611_240_200, [aRecord()], { extractedAt: NOW }))
  ).json()
  t.equal(sequence, 202_611_240_200)
  const csv = await hub.app.inject({
    method: 'POST',
    url: `/v1/authorities/${HALTON}/datasets?sequence=202611240201&recordCount=1&extractedAt=${NOW}`,
    headers: { 'content-type': 'text/csv' },
    payload: `nhs_number,plan_type,start_date\n${ROBIN},CPP,2026-03-02\n`,
  })
  t.equal(csv.statusCode, 201)
})

t.test('a misspelt name is named when it is a plain word, with its underscores and hyphens', async (t) => {
  const { hub } = await openHub(t)
  const { findings } = (
    await submit(hub, HALTON, aDataset(1, [aRecord({ local_id: 'H1', '999-000-0018': 1 })]))
  ).json()
  t.match(findings, [{ field: 'local_id' }, { field: null }])
})

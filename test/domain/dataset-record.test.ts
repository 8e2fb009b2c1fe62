import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { CalendarDate } from '../../src/domain/calendar.js'
import { checkRecord } from '../../src/domain/dataset-record.js'
import { FINDING_KINDS } from '../../src/domain/finding.js'
import { holds } from '../helpers/properties.js'

const TODAY = '2026-11-24' as CalendarDate

const GOOD = {
  nhsNumber: '9990000018',
  planType: 'CPP',
  startDate: '2026-03-02',
}
const UNBORN = { ...GOOD, planType: 'UCPP', expectedDeliveryDate: '2026-12-24' }

const checkAt = (raw: unknown, index: number, line: number | undefined) => {
  const { record, findings } = checkRecord(raw, index, line, TODAY)
  return { ...record, findings }
}
const check = (raw: unknown) => checkAt(raw, 7, undefined)
const named = (raw: unknown): string[] => check(raw).findings.map(({ code, field }) => `${code} ${field}`)

t.test('a good record is read whole', (t) => {
  const raw = {
    nhsNumber: '999 000 0018',
    planType: 'LAC',
    startDate: '2026-03-02',
    endDate: '2026-12-01',
    expectedDeliveryDate: '2026-06-01',
    deleted: false,
    localId: 'H-1',
    familyName: 'O’Neil',
    givenNames: ['Robin', '', 'Zoë 😀'],
    birthDate: '2015-02-28',
  }
  t.same(checkAt(raw, 3, 5), {
    index: 3,
    line: 5,
    facts: {
      nhsNumber: '9990000018',
      planType: 'LAC',
      startDate: '2026-03-02',
      endDate: '2026-12-01',
      // It means nothing on a plan that is not of an unborn child.
      expectedDeliveryDate: null,
      localId: 'H-1',
      familyName: 'O’Neil',
      givenNames: ['Robin', 'Zoë 😀'],
      birthDate: '2015-02-28',
    },
    deleted: false,
    stale: false,
    localId: 'H-1',
    means: undefined,
    key: '9990000018 LAC 2026-03-02',
    findings: [],
  })
  t.end()
})

t.test('null and an empty text count as missing, in every field', (t) => {
  const fields = ['endDate', 'deleted', 'localId', 'familyName', 'givenNames', 'birthDate'] as const
  const bare = check(GOOD)
  t.not(bare.facts, undefined)
  for (const nothing of [null, '', undefined]) {
    const empty = Object.fromEntries([...fields, 'expectedDeliveryDate'].map((field) => [field, nothing]))
    t.same(check({ ...GOOD, ...empty }), bare, `optional fields that are ${JSON.stringify(nothing)}`)
    t.same(named({ nhsNumber: nothing, planType: nothing, startDate: nothing }), [
      'PLAN_TYPE_UNKNOWN planType',
      'START_DATE_MISSING startDate',
      'NHS_NUMBER_MISSING nhsNumber',
    ])
    t.same(named({ ...UNBORN, expectedDeliveryDate: nothing }), [
      'EXPECTED_DELIVERY_DATE_MISSING expectedDeliveryDate',
    ])
  }
  t.end()
})

interface Case {
  code: keyof typeof FINDING_KINDS
  field: string | null
  /** The record at fault, and one beside it that has no such fault. */
  faulty: unknown[]
  fine: unknown[]
}

const TOO_MANY_NAMES = Array.from({ length: 21 }, () => 'Jo')
const CASES: Case[] = [
  {
    code: 'NHS_NUMBER_MISSING',
    field: 'nhsNumber',
    faulty: [
      { ...GOOD, nhsNumber: null },
      { ...GOOD, nhsNumber: '' },
    ],
    fine: [GOOD],
  },
  {
    code: 'NHS_NUMBER_FORMAT',
    field: 'nhsNumber',
    faulty: ['999000001', '9.99E+09', '999 000-0018', '09990000018'].map((nhsNumber) => ({
      ...GOOD,
      nhsNumber,
    })),
    fine: ['999 000 0018', '999-000-0018'].map((nhsNumber) => ({ ...GOOD, nhsNumber })),
  },
  {
    code: 'NHS_NUMBER_OLD_STYLE',
    field: 'nhsNumber',
    faulty: [{ ...GOOD, nhsNumber: 'JRDAN 269' }],
    fine: [GOOD],
  },
  {
    code: 'NHS_NUMBER_CHECK_DIGIT',
    field: 'nhsNumber',
    faulty: [{ ...GOOD, nhsNumber: '9990000019' }],
    fine: [GOOD],
  },
  {
    code: 'NHS_NUMBER_REPEATED_DIGIT',
    field: 'nhsNumber',
    faulty: [{ ...GOOD, nhsNumber: '9999999999' }],
    fine: [GOOD],
  },
  {
    code: 'PLAN_TYPE_UNKNOWN',
    field: 'planType',
    faulty: ['cpp', 'CPPI', 'CPP ', null].map((planType) => ({ ...GOOD, planType })),
    fine: [GOOD, { ...GOOD, planType: 'LAC' }, UNBORN],
  },
  {
    code: 'START_DATE_MISSING',
    field: 'startDate',
    faulty: [{ ...GOOD, startDate: null }],
    fine: [GOOD],
  },
  {
    code: 'DATE_FORMAT',
    field: 'birthDate',
    faulty: ['01/02/2015', '2015-2-1', '2015-02-01T00:00:00Z'].map((birthDate) => ({ ...GOOD, birthDate })),
    fine: [{ ...GOOD, birthDate: '2015-02-01' }],
  },
  {
    code: 'DATE_NOT_REAL',
    field: 'endDate',
    faulty: ['2027-02-29', '2026-11-31', '0000-01-01'].map((endDate) => ({ ...GOOD, endDate })),
    fine: [{ ...GOOD, endDate: '2028-02-29' }],
  },
  {
    code: 'START_IN_FUTURE',
    field: 'startDate',
    faulty: [{ ...GOOD, startDate: '2026-11-25' }],
    fine: [{ ...GOOD, startDate: '2026-11-24' }],
  },
  {
    code: 'END_BEFORE_START',
    field: 'endDate',
    faulty: [{ ...GOOD, endDate: '2026-03-01' }],
    fine: [
      { ...GOOD, endDate: '2026-03-02' },
      { ...GOOD, endDate: '2030-01-01' },
    ],
  },
  {
    code: 'EXPECTED_DELIVERY_DATE_MISSING',
    field: 'expectedDeliveryDate',
    faulty: [{ ...UNBORN, expectedDeliveryDate: null }],
    fine: [UNBORN, GOOD, { ...UNBORN, expectedDeliveryDate: null, deleted: true }],
  },
  {
    code: 'FIELD_TYPE',
    field: 'nhsNumber',
    faulty: [9990000018, true, ['9990000018'], {}].map((nhsNumber) => ({ ...GOOD, nhsNumber })),
    fine: [GOOD],
  },
  {
    code: 'FIELD_TYPE',
    field: 'deleted',
    faulty: ['true', 'TRUE', 1, 0, []].map((deleted) => ({ ...GOOD, deleted })),
    fine: [true, false, null].map((deleted) => ({ ...GOOD, deleted })),
  },
  {
    code: 'FIELD_TYPE',
    field: 'givenNames',
    faulty: ['Robin', [1], [['Robin']], [null], {}].map((givenNames) => ({ ...GOOD, givenNames })),
    fine: [[], ['Robin'], ['Robin', 'Jo']].map((givenNames) => ({ ...GOOD, givenNames })),
  },
  {
    code: 'FIELD_TOO_LONG',
    field: 'localId',
    faulty: [{ ...GOOD, localId: 'x'.repeat(65) }],
    fine: [{ ...GOOD, localId: 'x'.repeat(64) }],
  },
  {
    code: 'FIELD_TOO_LONG',
    field: 'familyName',
    faulty: [{ ...GOOD, familyName: 'x'.repeat(141) }],
    fine: [{ ...GOOD, familyName: 'x'.repeat(140) }],
  },
  {
    code: 'FIELD_TOO_LONG',
    field: 'givenNames',
    faulty: [['x'.repeat(141)], TOO_MANY_NAMES].map((givenNames) => ({ ...GOOD, givenNames })),
    fine: [['x'.repeat(140)], TOO_MANY_NAMES.slice(1)].map((givenNames) => ({ ...GOOD, givenNames })),
  },
  {
    code: 'FIELD_UNKNOWN',
    field: 'dateOfBirth',
    faulty: [
      { ...GOOD, dateOfBirth: '2015-01-01' },
      { ...GOOD, dateOfBirth: null },
    ],
    fine: [{ ...GOOD, birthDate: '2015-01-01' }],
  },
  {
    code: 'FIELD_CHARACTERS',
    field: 'familyName',
    // A tab, a line break, NUL, DEL, a C1 control, a lone surrogate, and every mark that turns the reading direction.
    faulty: [
      '\t',
      '\n',
      '\0',
      '\u007f',
      '\u0085',
      '\ud800',
      '\u200e',
      '\u200f',
      '\u061c',
      '\u202e',
      '\u2066',
    ].map((mark) => ({ ...GOOD, familyName: `Sha${mark}w` })),
    fine: ['Shaw', '😀', 'שרה', 'مريم', 'e\u0301', 'Shaw\u00a0Jones', 'क्ष\u200d'].map((familyName) => ({
      ...GOOD,
      familyName,
    })),
  },
  {
    code: 'END_OVER_365_DAYS',
    field: 'endDate',
    faulty: [{ ...GOOD, startDate: '2020-01-01', endDate: '2025-11-23' }],
    fine: [
      { ...GOOD, startDate: '2020-01-01', endDate: '2025-11-24' },
      { ...GOOD, startDate: '2020-01-01', endDate: '2025-11-23', deleted: true },
    ],
  },
  {
    code: 'OVER_18',
    field: 'birthDate',
    faulty: [
      { ...GOOD, birthDate: '2008-11-24' },
      { ...GOOD, planType: 'LAC', birthDate: '2000-01-01' },
      { ...GOOD, birthDate: '2008-11-24', endDate: '2027-01-01' },
    ],
    fine: [
      { ...GOOD, birthDate: '2008-11-25' },
      { ...GOOD, birthDate: '9999-12-31' },
      { ...GOOD, birthDate: '2008-11-24', endDate: '2026-11-23' },
      { ...UNBORN, birthDate: '1995-01-01' },
    ],
  },
]

for (const { code, field, faulty, fine } of CASES) {
  t.test(`${code} is found in ${field}, and its twin has no fault`, (t) => {
    const { severity, recordCode } = FINDING_KINDS[code]
    for (const raw of faulty) {
      const checked = check(raw)
      t.equal(checked.findings.length, 1, 'one finding')
      t.match(checked.findings[0], { record: 7, field, code, severity, recordCode }, JSON.stringify(raw))
      t.equal(checked.facts === undefined, severity === 'error', 'only an error hands a record back')
      t.equal(checked.stale, code === 'END_OVER_365_DAYS')
    }
    for (const raw of fine) t.same(check(raw).findings, [], JSON.stringify(raw))
    t.end()
  })
}

const OF_THE_REGISTER = [
  'PERSON_UNKNOWN',
  'PERSON_SENSITIVE',
  'PERSON_NOT_VERIFIED',
  'NHS_NUMBER_SUPERSEDED',
  'NHS_NUMBER_INVALIDATED',
]

t.test('every code that a single record can have stands in the table above', (t) => {
  // The rest belong to the file, to two records together, to a record and the index, or to the register of people.
  const elsewhere = ['DUPLICATE_RECORD', 'DELETE_UNKNOWN', ...OF_THE_REGISTER]
  const ofRecords = Object.entries(FINDING_KINDS)
    .filter(([code, { recordCode }]) => recordCode !== null && !elsewhere.includes(code))
    .map(([code]) => code)
  t.same([...new Set(CASES.map(({ code }) => code))].sort(), ofRecords.sort())
  t.end()
})

t.test('all faults of a record are named at once', (t) => {
  const raw = {
    nhsNumber: 'JRDAN 269',
    planType: 'XX',
    startDate: '2026-02-30',
    endDate: 'never',
    deleted: 'no',
    localId: 12,
    familyName: 'a\u0007b',
    givenNames: 'Robin',
    birthDate: 0,
    colour: 'red',
  }
  t.same(named(raw), [
    'FIELD_UNKNOWN colour',
    'FIELD_TYPE deleted',
    'PLAN_TYPE_UNKNOWN planType',
    'DATE_NOT_REAL startDate',
    'NHS_NUMBER_OLD_STYLE nhsNumber',
    'DATE_FORMAT endDate',
    'FIELD_TYPE localId',
    'FIELD_CHARACTERS familyName',
    'FIELD_TYPE givenNames',
    'FIELD_TYPE birthDate',
  ])
  t.equal(check(raw).facts, undefined)
  t.end()
})

t.test('what is no record at all is one of the wrong type that lacks everything', (t) => {
  for (const raw of [null, 'text', 12, true, [], [GOOD], undefined]) {
    t.same(named(raw), [
      'FIELD_TYPE null',
      'PLAN_TYPE_UNKNOWN planType',
      'START_DATE_MISSING startDate',
      'NHS_NUMBER_MISSING nhsNumber',
    ])
  }
  t.end()
})

t.test('an unknown name is repeated only when it is a plain word', (t) => {
  const names: [string, string | null][] = [
    ['dateOfBirth', 'dateOfBirth'],
    ['address1', 'address1'],
    ['NHSNumber', 'NHSNumber'],
    ['9990000018', null],
    ['nhs9990000018', null],
    ['Robin Shaw', null],
    ['__proto__', null],
    ['a-b', 'a-b'],
    ['local_id', 'local_id'],
    ['a999-000-0018', null],
    ['x'.repeat(41), null],
    ['', null],
  ]
  for (const [name, echoed] of names) {
    // Parsed, so that __proto__ is a field like any other.
    const raw = Object.assign(JSON.parse(`{ ${JSON.stringify(name)}: 1 }`), GOOD)
    t.same(named(raw), [`FIELD_UNKNOWN ${echoed}`], name)
  }
  t.end()
})

t.test('a record that is handed back still says whose it is, as far as that can be read', (t) => {
  const faulty = { ...GOOD, localId: 'H-1', startDate: null }
  t.match(check(faulty), { facts: undefined, means: { nhsNumber: '9990000018', localId: 'H-1' } })
  t.match(check({ ...faulty, nhsNumber: '999 000 0019' }), {
    means: { nhsNumber: undefined, localId: 'H-1' },
  })
  t.match(check({ ...faulty, localId: 'x'.repeat(65) }), {
    means: { nhsNumber: '9990000018' },
    localId: null,
  })
  t.same(
    check(faulty).findings.map(({ localId }) => localId),
    ['H-1'],
  )
  t.same(
    check({ ...faulty, localId: 'H\u202e1' }).findings.map(({ localId }) => localId),
    [null, null],
  )
  t.end()
})

t.test('a finding never quotes a value of its record, whatever stands in it', (t) => {
  const fields = [
    'nhsNumber',
    'planType',
    'startDate',
    'endDate',
    'expectedDeliveryDate',
    'deleted',
    'familyName',
    'birthDate',
  ]
  // Marked on both sides, so that none of them can stand in a message by chance.
  const planted = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => `<<${text}>>`)
  const value = fc.oneof(planted, fc.array(planted, { maxLength: 3 }), fc.dictionary(planted, planted))
  const raws = fc.record({
    ...Object.fromEntries(fields.map((field) => [field, value])),
    givenNames: value,
  })
  const unknownNames = fc.dictionary(planted, value, { maxKeys: 3 })
  holds(
    t,
    fc.property(raws, unknownNames, (raw, unknown) => {
      const { findings, facts } = check({ ...raw, ...unknown })
      assert.equal(facts, undefined)
      assert.doesNotMatch(JSON.stringify(findings), /<<|>>/)
    }),
  )
  t.end()
})

t.test('whatever a record holds, checking it answers, and answers the same again', (t) => {
  const raws = fc.oneof(
    fc.anything(),
    fc.record(
      {
        nhsNumber: fc.constantFrom<unknown>('9990000018', '9990000019', 5, null),
        planType: fc.constantFrom<unknown>('CPP', 'LAC', 'UCPP', 'X', null),
        startDate: fc.constantFrom<unknown>('2026-03-02', '2027-01-01', 'x', null),
        endDate: fc.constantFrom<unknown>('2026-03-01', '2024-01-01', '2026-11-24', null),
        expectedDeliveryDate: fc.constantFrom<unknown>('2026-12-01', 'x', null),
        deleted: fc.constantFrom<unknown>(true, false, 'x', null),
        birthDate: fc.constantFrom<unknown>('2008-11-24', '2020-01-01', null),
      },
      { requiredKeys: [] },
    ),
  )
  holds(
    t,
    fc.property(raws, (raw) => {
      const checked = check(raw)
      assert.deepEqual(check(raw), checked)
      const hasError = checked.findings.some(({ severity }) => severity === 'error')
      assert.equal(checked.facts === undefined, hasError)
      if (checked.stale) assert.ok(checked.facts !== undefined && !checked.deleted)
    }),
    1000,
  )
  t.end()
})

t.test('in a CSV a code that a spreadsheet would run as a formula is an error, a name is kept', (t) => {
  const namedIn = (line: number | undefined, fields: object) =>
    checkAt({ ...GOOD, ...fields }, 0, line).findings.map(({ code, field }) => `${code} ${field}`)
  for (const start of ['=', '+', '-', '@', '\t', '\r']) {
    const formula = `${start}HYPERLINK("x")`
    for (const [field, code] of [
      ['localId', 'FIELD_CHARACTERS'],
      ['nhsNumber', 'NHS_NUMBER_OLD_STYLE'],
      ['planType', 'PLAN_TYPE_UNKNOWN'],
      ['startDate', 'DATE_FORMAT'],
      ['endDate', 'DATE_FORMAT'],
      ['deleted', 'FIELD_TYPE'],
    ] as const) {
      const isControl = start < ' ' && field !== 'deleted'
      t.same(namedIn(2, { [field]: formula }), [`${isControl ? 'FIELD_CHARACTERS' : code} ${field}`])
    }
  }
  for (const start of ['=', '+', '-', '@']) {
    const names = { familyName: `${start}Ashdown`, givenNames: [`${start}Robin`] }
    t.match(checkAt({ ...GOOD, ...names }, 0, 2), { facts: names, findings: [] }, 'kept verbatim')
    t.same(namedIn(undefined, { localId: `${start}1` }), [], 'no spreadsheet opens JSON')
  }
  t.same(namedIn(2, { localId: 'A=1-@+' }), [])
  t.end()
})

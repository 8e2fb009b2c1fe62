import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Instant } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import { checkDataset } from '../../src/domain/dataset.js'
import { FindingList } from '../../src/domain/finding.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import {
  checkPerson,
  doGivenNamesAgree,
  isActive,
  nameKey,
  newPerson,
  PERSON_STATES,
  type Person,
  type StatedPerson,
  wentInactive,
  withChange,
} from '../../src/domain/person.js'
import { familyKeyOf, isFoundBy, type PersonSearch, presentPerson } from '../../src/domain/person-search.js'
import { aDateBetween, aValidNumber, holds } from '../helpers/properties.js'
import { aRecord, NOBODY, ROBIN, SASHA, TAYLOR } from '../helpers/seed.js'

const born = '2015-06-01' as CalendarDate
const robin: Person = {
  ...newPerson(ROBIN as NhsNumber),
  familyName: 'O’Dell-Smith',
  givenNames: ['Robin', 'Mary Ann'],
  birthDate: born,
}
const stated: StatedPerson = {
  nhsNumber: ROBIN as NhsNumber,
  familyName: 'ODELL SMITH',
  givenNames: ['Robin'],
  birthDate: born,
}

const aName = fc.string({
  unit: fc.constantFrom('a', 'B', 'é', 'É', 'z', '-', '’', "'", ' ', '.', 'ß', 'ø'),
  minLength: 1,
  maxLength: 8,
})
const aNamed = aName.filter((name) => nameKey(name) !== '')
const aPerson: fc.Arbitrary<Person> = fc
  .record({
    nhsNumber: aValidNumber,
    familyName: fc.option(aName),
    givenNames: fc.array(aName, { maxLength: 3 }),
    birthDate: fc.option(aDateBetween('1990-01-01', '2026-11-24')),
    state: fc.constantFrom(...PERSON_STATES),
    replacedBy: fc.option(aValidNumber),
    adopted: fc.boolean(),
  })
  .map((fields) => ({ ...newPerson(fields.nhsNumber), ...fields }))

t.test('capitals, accents, apostrophes, hyphens and blanks make no other name', async (t) => {
  for (const [one, other] of [
    ['O’Dell', "O'DELL"],
    ['Smith-Jones', 'Smith Jones'],
    ['Zoë', 'zoe'],
    ['Zoe\u0301', 'ZOÉ'],
    ['St. John', 'StJohn'],
    ['Groß', 'GROSS'],
  ] as const)
    t.equal(nameKey(one), nameKey(other), `${one} is ${other}`)
  t.not(nameKey('Smith'), nameKey('Smyth'), 'sounding alike is not being alike')
  t.not(nameKey('Bjørn'), nameKey('Bjorn'), 'a letter of its own is another letter')
  holds(
    t,
    fc.property(aName, (name) => {
      assert.equal(nameKey(nameKey(name)), nameKey(name))
      assert.equal(nameKey(` ${name.toUpperCase()}-`), nameKey(name))
    }),
  )
})

t.test('given names agree by the cascade: all of them, first with first, first with any', async (t) => {
  const cases: [stated: string[], registered: string[], agree: boolean, why: string][] = [
    [['Robin', 'Lee'], ['Robin', 'Lee'], true, '(1) all'],
    [['Mary', 'Ann', 'Lee'], ['Mary Ann', 'Lee'], true, '(1) all, cut otherwise'],
    [['Robin', 'Jo'], ['Robin', 'Lee'], true, '(2) the first is the first'],
    [['Lee'], ['Robin', 'Lee'], true, '(3) the first is any'],
    [['Jo', 'Robin'], ['Robin', 'Lee'], false, 'a second name is not looked for'],
    [['Rob'], ['Robin'], false, 'a short form is another name'],
    [[], ['Robin'], false, 'none is said'],
    [['Robin'], [], false, 'none is known'],
    [[], [], false, 'nothing agrees with nothing'],
    [['-'], ['’'], false, 'nor what is no name'],
  ]
  for (const [said, known, agree, why] of cases) t.equal(doGivenNamesAgree(said, known), agree, why)
  holds(
    t,
    fc.property(fc.array(aNamed, { minLength: 1, maxLength: 4 }), fc.nat(3), (names, i) => {
      assert.ok(doGivenNamesAgree(names, names))
      assert.ok(doGivenNamesAgree([names[i % names.length] as string], names), 'any of them alone')
    }),
  )
})

t.test(
  'a record is checked by its number first, then by family name, given names and birth date',
  async (t) => {
    t.same(checkPerson(stated, robin), [])
    const numbers = [
      [undefined, 'PERSON_UNKNOWN'],
      [{ ...robin, state: 'sensitive' }, 'PERSON_SENSITIVE'],
      [{ ...robin, state: 'superseded' }, 'NHS_NUMBER_SUPERSEDED'],
      [{ ...robin, state: 'invalidated' }, 'NHS_NUMBER_INVALIDATED'],
    ] as const
    for (const [person, code] of numbers) {
      t.same(checkPerson(stated, person as Person | undefined), [{ code, field: 'nhsNumber' }], code)
      const nothing = { ...stated, familyName: null, givenNames: [], birthDate: null }
      t.same(checkPerson(nothing, person as Person | undefined), [{ code, field: 'nhsNumber' }], 'and alone')
    }
    const fieldsOf = (fields: Partial<StatedPerson>, person = robin) =>
      checkPerson({ ...stated, ...fields }, person).map(({ code, field }) => [code, field])
    t.same(fieldsOf({ familyName: 'Dell' }), [['PERSON_NOT_VERIFIED', 'familyName']])
    t.same(fieldsOf({ givenNames: ['Rowan'] }), [['PERSON_NOT_VERIFIED', 'givenNames']])
    t.same(fieldsOf({ birthDate: '2015-06-02' as CalendarDate }), [['PERSON_NOT_VERIFIED', 'birthDate']])
    const all = [
      ['PERSON_NOT_VERIFIED', 'familyName'],
      ['PERSON_NOT_VERIFIED', 'givenNames'],
      ['PERSON_NOT_VERIFIED', 'birthDate'],
    ]
    t.same(
      fieldsOf({ familyName: null, givenNames: [], birthDate: null }),
      all,
      'what is missing does not agree',
    )
    t.same(fieldsOf({}, newPerson(ROBIN as NhsNumber)), all, 'also where the register has nothing')
    holds(
      t,
      fc.property(aPerson, ({ nhsNumber, familyName, givenNames, birthDate, ...rest }) => {
        const person = { ...rest, nhsNumber, familyName, givenNames, birthDate }
        const faults = checkPerson({ nhsNumber, familyName, givenNames, birthDate }, person)
        const isWhole =
          nameKey(familyName ?? '') !== '' && givenNames.some((name) => nameKey(name) !== '') && birthDate
        if (person.state !== 'normal') assert.equal(faults.length, 1)
        else if (isWhole) assert.deepEqual(faults, [], 'whoever is registered so is verified')
        else assert.ok(faults.every(({ code }) => code === 'PERSON_NOT_VERIFIED') && faults.length > 0)
      }),
    )
  },
)

t.test('every record with a good number is checked, whatever else is wrong with it', async (t) => {
  const known = new Map([[ROBIN, { ...robin, familyName: 'Ashdown' }]])
  const good = { familyName: 'Ashdown', givenNames: ['Robin'], birthDate: born }
  const check = (...values: object[]) => {
    const extractedAt = '2026-11-24T02:00:00.000Z' as Instant
    const envelope = { sequence: 1, extractedAt, mode: 'full' as const, recordCount: values.length }
    const reading = { findings: new FindingList(), complete: () => true }
    const raw = values.map((value) => ({ value }))
    const today = '2026-11-24' as CalendarDate
    return checkDataset(envelope, raw, today, reading, (nhsNumber) => known.get(nhsNumber))
  }
  const checked = check(
    aRecord({ ...good, localId: 'H1' }),
    aRecord({ ...good, nhsNumber: '999 000 0026', deleted: true, localId: 'H2' }),
    aRecord({ ...good, familyName: 'Ashton', startDate: '2020-01-01', endDate: '2020-02-01' }),
    aRecord({ ...good, familyName: 'x'.repeat(200), givenNames: ['Rowan'], startDate: '2026-02-30' }),
    aRecord({ ...good, nhsNumber: '9990000019' }),
    aRecord({ ...good, familyName: 'Ashton' }),
  )
  t.same(
    checked.findings
      .inOrder()
      .map(({ record, field, code, recordCode }) => [record, field, code, recordCode]),
    [
      [1, 'nhsNumber', 'PERSON_UNKNOWN', 'CPR01'],
      [2, 'endDate', 'END_OVER_365_DAYS', 'CPR07'],
      [2, 'familyName', 'PERSON_NOT_VERIFIED', 'CPR03'],
      [3, 'startDate', 'DATE_NOT_REAL', 'CPR07'],
      [3, 'familyName', 'FIELD_TOO_LONG', 'CPR07'],
      [3, 'givenNames', 'PERSON_NOT_VERIFIED', 'CPR03'],
      [4, 'nhsNumber', 'NHS_NUMBER_CHECK_DIGIT', 'CPR01'],
      [5, 'familyName', 'PERSON_NOT_VERIFIED', 'CPR03'],
    ],
    'a field that has a fault already has no second one',
  )
  t.same(
    checked.records.map(({ facts, means }) => [facts !== undefined, means]),
    [
      [true, undefined],
      [false, { nhsNumber: SASHA, localId: 'H2' }],
      [false, { nhsNumber: ROBIN, localId: undefined }],
      [false, { nhsNumber: ROBIN, localId: undefined }],
      [false, { nhsNumber: undefined, localId: undefined }],
      [false, { nhsNumber: ROBIN, localId: undefined }],
    ],
    'and what is handed back still says whom it means',
  )
  t.equal(checked.faultyCount, 5)
})

t.test('a superseded number needs a replacement, and no other has one', async (t) => {
  const replacedBy = SASHA as NhsNumber
  t.equal(withChange(robin, { state: 'superseded' }), 'missing')
  t.equal(withChange(robin, { replacedBy }), 'unwanted')
  t.equal(withChange(robin, { state: 'invalidated', replacedBy }), 'unwanted')
  const gone = withChange(robin, { state: 'superseded', replacedBy }) as Person
  t.same(gone, { ...robin, state: 'superseded', replacedBy })
  t.same(withChange(gone, { familyName: 'Ashton' }), { ...gone, familyName: 'Ashton' })
  t.same(withChange(gone, { state: 'normal' }), robin, 'back in use, it has none any more')
  t.equal(withChange(gone, { replacedBy: null }), 'missing')
  holds(
    t,
    fc.property(aPerson, aPerson, (before, change) => {
      const after = withChange(before, change)
      if (typeof after === 'string') return
      assert.equal(after.replacedBy !== null, after.state === 'superseded')
    }),
  )
})

t.test(
  'a number goes out of use once, and an adoption does not tell the number that replaced it',
  async (t) => {
    const replacedBy = SASHA as NhsNumber
    const gone: Person = { ...robin, state: 'superseded', replacedBy }
    t.same(wentInactive(robin, gone), { reason: 'superseded', replacedBy })
    t.same(wentInactive({ ...robin, state: 'sensitive' }, gone), { reason: 'superseded', replacedBy })
    t.same(wentInactive(robin, { ...gone, adopted: true }), { reason: 'superseded', replacedBy: null })
    t.same(wentInactive(undefined, { ...robin, state: 'invalidated' }), {
      reason: 'invalidated',
      replacedBy: null,
    })
    t.equal(wentInactive(gone, { ...robin, state: 'invalidated' }), undefined, 'it was out of use before')
    t.equal(wentInactive(gone, robin), undefined)
    holds(
      t,
      fc.property(fc.option(aPerson, { nil: undefined }), aPerson, (before, after) => {
        const isTold = wentInactive(before, after) !== undefined
        assert.equal(isTold, !isActive(after) && (before === undefined || isActive(before)))
      }),
    )
  },
)

t.test('a replaced number leads to the one in use, however often it was replaced', async (t) => {
  const [a, b, c] = [ROBIN, SASHA, TAYLOR] as NhsNumber[]
  const people = new Map<string, Person>()
  const put = (nhsNumber: string | undefined, fields: Partial<Person>) =>
    people.set(`${nhsNumber}`, { ...robin, nhsNumber: nhsNumber as NhsNumber, ...fields })
  const present = (nhsNumber = ROBIN) => presentPerson(people.get(nhsNumber) as Person, (n) => people.get(n))
  put(a, { state: 'superseded', replacedBy: b as NhsNumber })
  put(b, { state: 'superseded', replacedBy: c as NhsNumber })
  put(c, { familyName: 'Ashton' })
  t.match(present(), { nhsNumber: c, familyName: 'Ashton', state: 'normal' })
  people.delete(`${c}`)
  t.match(present(), { nhsNumber: c, familyName: robin.familyName, state: 'normal' }, 'registered or not')
  put(c, { state: 'invalidated' })
  t.equal(present(), undefined, 'nobody behind a number that is invalidated')
  put(c, { state: 'superseded', replacedBy: a as NhsNumber })
  t.equal(present(), undefined, 'nor behind one that leads in a circle')
  put(a, { state: 'superseded', replacedBy: NOBODY as NhsNumber, adopted: true })
  t.equal(present(), undefined, 'nor behind an adoption')
})

t.test(
  'a search finds by names with wildcards, birth dates and gender, and nobody invalidated',
  async (t) => {
    const anySearch: PersonSearch = {
      familyName: 'smith',
      givenNames: [],
      bornFrom: born,
      bornTo: born,
      gender: null,
      resultsMax: 50,
    }
    const person: Person = { ...robin, familyName: 'Smith', gender: 'female' }
    const finds = (search: Partial<PersonSearch>, fields: Partial<Person> = {}) =>
      isFoundBy({ ...person, ...fields }, { ...anySearch, ...search })
    t.ok(finds({}))
    t.ok(finds({ familyName: 'Sm*' }))
    t.ok(finds({ familyName: 'Sm*t*' }))
    t.ok(finds({ familyName: 'Sm*th' }))
    t.notOk(finds({ familyName: 'Smit*th' }), 'pieces do not overlap')
    t.notOk(finds({ familyName: 'Smi' }))
    t.ok(finds({ givenNames: ['robin', 'MARY ANN'] }))
    t.ok(finds({ givenNames: ['Mary Ann'] }), 'any of the names')
    t.ok(finds({ givenNames: ['Ro*'] }))
    t.notOk(finds({ givenNames: ['Ma*'] }), 'a wildcard is about the first name')
    t.notOk(finds({ givenNames: ['Robin', 'Lee'] }))
    t.ok(finds({ gender: 'female' }))
    t.notOk(finds({ gender: 'male' }))
    t.ok(finds({ bornFrom: null }))
    t.notOk(finds({ bornTo: '2015-05-31' as CalendarDate }))
    t.notOk(finds({ bornFrom: '2015-06-02' as CalendarDate, bornTo: null }))
    t.notOk(finds({}, { birthDate: null }))
    t.notOk(finds({}, { state: 'invalidated' }))
    t.ok(finds({}, { state: 'sensitive' }))
    t.same(familyKeyOf({ ...anySearch, familyName: "O'De*l" }), { start: 'ODE', isWhole: false })
    holds(
      t,
      fc.property(aNamed, fc.nat(8), (name, cut) => {
        const key = nameKey(name)
        const at = Math.min(cut, key.length)
        assert.ok(finds({ familyName: `${key.slice(0, at)}*${key.slice(at)}` }, { familyName: name }))
        assert.ok(finds({ familyName: name }, { familyName: key }))
      }),
    )
  },
)

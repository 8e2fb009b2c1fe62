import assert from 'node:assert/strict'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import { type Instant, londonDate } from '../src/clock.js'
import { addDays, type CalendarDate, dayNumber, eighteenthBirthday } from '../src/domain/calendar.js'
import { checkDataset } from '../src/domain/dataset.js'
import { difference } from '../src/domain/difference.js'
import { FindingList } from '../src/domain/finding.js'
import type { AuthorityCode } from '../src/domain/local-authority.js'
import { parseNhsNumber } from '../src/domain/nhs-number.js'
import type { Plan } from '../src/domain/plan.js'
import { ENGLAND } from '../src/reference/england.js'
import { datasetCsv, datasetJson } from '../src/synthetic/dataset-text.js'
import {
  type SyntheticDataset,
  type SyntheticEnglandWish,
  syntheticEngland,
} from '../src/synthetic/england.js'
import { smallWorld } from '../src/synthetic/small-world.js'
import { NOW } from './helpers/hub.js'
import { holds } from './helpers/properties.js'
import { HALTON } from './helpers/seed.js'

const TODAY = londonDate(NOW)
const EXTRACTED_AT = '2026-11-24T00:00:01.000Z' as Instant

function england(wish: Partial<SyntheticEnglandWish> = {}) {
  const fixed = { seed: 1, scale: 0.02, sequence: 1, extractedAt: EXTRACTED_AT, authorities: ENGLAND }
  return [...syntheticEngland({ today: TODAY, ...fixed, ...wish })]
}

function check(dataset: SyntheticDataset, today: CalendarDate) {
  const raw = dataset.records.map((value) => ({ value: JSON.parse(JSON.stringify(value)) as unknown }))
  return checkDataset(dataset, raw, today, { findings: new FindingList(), complete: () => true })
}

const wishes = fc.record({
  seed: fc.nat(),
  scale: fc.constantFrom(0.001, 0.01, 0.05),
  // From 2000 to 2099, with both kinds of leap year and every phase of the wheels.
  today: fc.integer({ min: 10_957, max: 47_480 }).map((days) => addDays('1970-01-01' as CalendarDate, days)),
})

t.test('every dataset, whatever the seed, scale and day, passes the hub’s check without a finding', (t) => {
  const property = fc.property(wishes, (wish) => {
    for (const { dataset } of england(wish)) {
      const checked = check(dataset, wish.today)
      if (checked.findings.count !== 0 || checked.recordCount === 0) return false
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 15 }))
  t.end()
})

t.test('somebody of the small world is eighteen tomorrow, or the day after where nobody can be', (t) => {
  for (const [today, birthday] of [
    ['2026-11-24', '2026-11-25'],
    ['2027-02-28', '2027-03-01'],
    ['2028-02-28', '2028-03-01'],
    ['2028-02-29', '2028-03-01'],
  ] as [CalendarDate, CalendarDate][]) {
    const records = smallWorld(today, 1).flatMap((list) => list.records)
    const born = records.find(({ nhsNumber }) => nhsNumber === '9990000093')?.birthDate as CalendarDate
    t.equal(eighteenthBirthday(born), birthday, `on ${today}`)
  }
  t.end()
})

t.test('people are as people are: children under eighteen, mothers grown up, plans after birth', (t) => {
  const property = fc.property(wishes, ({ today, ...wish }) => {
    for (const record of england({ today, ...wish }).flatMap(({ dataset }) => dataset.records)) {
      const adult = eighteenthBirthday(record.birthDate) <= today
      const ends = record.endDate === undefined ? 1 : dayNumber(today) - dayNumber(record.endDate)
      const due = record.expectedDeliveryDate
      const dueDays = due === undefined ? undefined : dayNumber(due) - dayNumber(today)
      const isPlausible =
        record.startDate <= today &&
        record.startDate >= record.birthDate &&
        ends >= 1 &&
        ends <= 365 &&
        (record.planType === 'UCPP'
          ? dueDays !== undefined && dueDays > 0 && dueDays <= 245
          : !adult && dueDays === undefined)
      if (!isPlausible) return false
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 15 }))
  t.end()
})

t.test('at scale 1 England has the published number of open plans, in realistic kinds', (t) => {
  const datasets = england({ scale: 1 })
  const records = datasets.flatMap(({ dataset }) => dataset.records)
  const open = records.filter(({ endDate }) => endDate === undefined)
  const published = ENGLAND.reduce((sum, each) => sum + (each.onPlan ?? 3) + (each.lookedAfter ?? 5), 0)
  t.equal(open.length, published)
  t.ok(open.length > 130_000 && open.length < 133_000, `${open.length} open plans`)
  t.equal(datasets.length, 153)

  const ofType = (type: string) => open.filter(({ planType }) => planType === type).length
  const unbornShare = ofType('UCPP') / (ofType('UCPP') + ofType('CPP'))
  t.ok(unbornShare > 0.015 && unbornShare < 0.025, `${unbornShare} of the plans are for unborn children`)
  const endedShare = 1 - open.length / records.length
  t.ok(endedShare > 0.02 && endedShare < 0.06, `${endedShare} of the records have ended`)

  const numbers = open.map(({ nhsNumber }) => nhsNumber)
  t.ok(new Set(numbers).size < numbers.length, 'some children have two plans')
  const places = new Map<string, string>()
  for (const { authority, dataset } of datasets) {
    for (const { nhsNumber } of dataset.records) {
      if (places.has(nhsNumber) && places.get(nhsNumber) !== authority.code) t.fail('a number stands twice')
      if (!nhsNumber.startsWith('999') || typeof parseNhsNumber(nhsNumber) === 'string')
        t.fail('a bad number')
      places.set(nhsNumber, authority.code)
    }
    const openNumbers = dataset.records.filter((each) => each.endDate === undefined)
    const children = new Set(openNumbers.map(({ nhsNumber }) => nhsNumber)).size
    if (children !== dataset.childrenInScope) t.fail(`${authority.code} counts its children wrongly`)
    if (dataset.recordCount !== dataset.records.length) t.fail(`${authority.code} counts its records wrongly`)
  }
  const halton = datasets.find(({ authority }) => authority.code === HALTON)?.dataset.records ?? []
  const siblings = halton.filter(({ familyName }, i) => familyName === halton[i + 1]?.familyName)
  t.ok(siblings.length > 100, 'siblings share a family name')
  t.match(halton[0]?.localId, /^HAL-000001$/)
  t.end()
})

t.test('the same wish gives the same bytes, another seed others', (t) => {
  const bytes = (wish?: Partial<SyntheticEnglandWish>) =>
    england(wish)
      .map(({ dataset }) => datasetJson(dataset) + datasetCsv(dataset))
      .join('')
  const first = bytes()
  t.ok(first === bytes(), 'again the same')
  t.ok(first !== bytes({ seed: 2 }), 'another seed is another England')
  t.ok(first !== bytes({ today: addDays(TODAY, 1) }), 'another day is another list')
  t.end()
})

t.test('one authority alone has the dataset that it has among all of England', (t) => {
  const all = england().find(({ authority }) => authority.code === HALTON)
  t.same(england({ only: HALTON }), [all])
  t.end()
})

t.test('from one day to the next a few plans change, and no more', (t) => {
  const ofDay = (today: CalendarDate) =>
    england({ scale: 1, only: HALTON, today })[0]?.dataset as SyntheticDataset
  const tomorrow = addDays(TODAY, 1)
  const before: Plan[] = check(ofDay(TODAY), TODAY).records.flatMap(({ facts, index }) =>
    facts === undefined ? [] : [{ ...facts, id: String(index), authorityCode: HALTON as AuthorityCode }],
  )
  const { changes } = difference(before, check(ofDay(tomorrow), tomorrow).records, 'full', tomorrow)
  t.ok(changes.added > 0, `${changes.added} added`)
  t.ok(changes.unchanged > before.length * 0.95, `${changes.unchanged} of ${before.length} unchanged`)
  t.end()
})

t.test('JSON and CSV say the same, and no CSV cell is a formula', (t) => {
  const dataset = england({ scale: 1, only: HALTON })[0]?.dataset as SyntheticDataset
  t.same(JSON.parse(datasetJson(dataset)), dataset)
  const [head, ...rows] = datasetCsv(dataset).trimEnd().split('\r\n')
  t.equal(
    head,
    'nhs_number,plan_type,start_date,end_date,expected_delivery_date,deleted,local_id,family_name,given_names,birth_date',
  )
  const fromCsv = rows.map((row) => {
    const [nhsNumber, planType, startDate, end, due, , localId, familyName, given = '', birthDate] =
      row.split(',')
    const dates = { ...(end && { endDate: end }), ...(due && { expectedDeliveryDate: due }) }
    return {
      nhsNumber,
      planType,
      startDate,
      ...dates,
      localId,
      familyName,
      givenNames: given.split(' '),
      birthDate,
    }
  })
  t.same(fromCsv, dataset.records)
  t.same(
    rows.flatMap((row) => row.split(',')).filter((cell) => /^[=+\-@\t\r]/.test(cell)),
    [],
  )
  t.end()
})

t.test(
  'a scale that needs more numbers than there are is refused, and the largest that is named fits',
  (t) => {
    t.throws(() => england({ scale: 7 }), /needs [\d,]+ synthetic NHS numbers.*Take 6\.7 or less/)
    const numbers = (scale: number) => england({ scale, only: HALTON })[0]?.dataset.records.length ?? 0
    t.ok(numbers(6.7) > 6 * numbers(1))
    t.end()
  },
)

t.test('no cell of a CSV that is written can start a formula', (t) => {
  const record = {
    nhsNumber: '9990000018',
    planType: 'CPP',
    startDate: '2026-03-02',
    birthDate: '2015-06-01',
  }
  const written = (familyName: string) => {
    const records = [{ ...record, localId: 'H1', familyName, givenNames: ['Robin'] }]
    return datasetCsv({ records } as unknown as Parameters<typeof datasetCsv>[0])
  }
  const startsFormula = /^[=+\-@\t\r]/
  const aName = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', 'a') })
  holds(
    t,
    fc.property(aName, (name) => {
      const rows: Record<string, string>[] = parse(written(name), { columns: true })
      assert.equal(rows[0]?.family_name, startsFormula.test(name) ? `'${name}` : name)
    }),
  )
  t.match(written('=1+1'), ",'=1+1,Robin,")
  t.end()
})

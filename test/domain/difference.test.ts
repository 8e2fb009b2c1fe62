import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Instant } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import { checkDataset, type DatasetMode } from '../../src/domain/dataset.js'
import type { CheckedRecord } from '../../src/domain/dataset-record.js'
import { type Difference, difference, isShrinking, NO_CHANGES } from '../../src/domain/difference.js'
import { FindingList } from '../../src/domain/finding.js'
import { isVisibleOn, type Plan, type PlanFacts, planKey } from '../../src/domain/plan.js'
import { holds } from '../helpers/properties.js'
import { aRecord, HALTON, ROBIN, SASHA, TAYLOR } from '../helpers/seed.js'

const TODAY = '2026-11-24' as CalendarDate

function checked(values: unknown[]): CheckedRecord[] {
  const extractedAt = '2026-11-24T02:00:00.000Z' as Instant
  const envelope = { sequence: 1, extractedAt, mode: 'full' as const, recordCount: values.length }
  const raw = values.map((value) => ({ value }))
  const reading = { findings: new FindingList(), complete: () => true }
  return checkDataset(envelope, raw, TODAY, reading).records
}

/** The index of one authority, made from records that are all good. */
function anIndex(values: unknown[]): Plan[] {
  return checked(values).map(({ facts }, i) => {
    assert.ok(facts)
    return { ...facts, id: `plan-${i}`, authorityCode: HALTON as Plan['authorityCode'] }
  })
}

function compare(index: unknown[], records: unknown[], mode: DatasetMode = 'full'): Difference {
  return difference(anIndex(index), checked(records), mode, TODAY)
}

/** The index as it is once the difference has been written. */
function applied(index: readonly Plan[], diff: Difference): Map<string, PlanFacts> {
  const after = new Map<string, PlanFacts>(index.map((plan) => [planKey(plan), plan]))
  for (const plan of diff.removed) assert.ok(after.delete(planKey(plan)), 'what is removed was there, once')
  for (const { planId, facts } of diff.written) {
    const before = after.get(planKey(facts)) as Plan | undefined
    assert.equal(planId, before?.id, 'a plan keeps its id while its key lives')
    after.set(planKey(facts), facts)
  }
  return after
}

t.test('how one record changes the index', (t) => {
  const old = { startDate: '2020-01-01' }
  const cases: [string, unknown[], unknown[], DatasetMode, object, number][] = [
    // name, index, records, mode, changes, withdrawn
    ['the same list changes nothing', [aRecord()], [aRecord()], 'full', { unchanged: 1 }, 0],
    ['a new record is added', [], [aRecord()], 'full', { added: 1 }, 0],
    ['a new record is added by a delta', [], [aRecord()], 'delta', { added: 1 }, 0],
    ['an absent record is removed by a full list', [aRecord()], [], 'full', { removed: 1 }, 1],
    ['an absent record stays after a delta', [aRecord()], [], 'delta', {}, 0],
    ['a changed name', [aRecord()], [aRecord({ familyName: 'Shaw' })], 'full', { changed: 1 }, 0],
    ['an end today', [aRecord()], [aRecord({ endDate: '2026-11-24' })], 'full', { ended: 1 }, 0],
    ['an end tomorrow', [aRecord()], [aRecord({ endDate: '2026-11-25' })], 'full', { changed: 1 }, 0],
    ['an eighteenth birthday', [aRecord()], [aRecord({ birthDate: '2008-11-24' })], 'delta', { ended: 1 }, 0],
    ['an end taken back', [aRecord({ endDate: '2026-11-01' })], [aRecord()], 'full', { changed: 1 }, 0],
    ['a deletion', [aRecord()], [aRecord({ deleted: true })], 'full', { removed: 1 }, 1],
    ['a deletion by a delta', [aRecord()], [aRecord({ deleted: true })], 'delta', { removed: 1 }, 1],
    [
      'another start date is another plan',
      [aRecord()],
      [aRecord({ startDate: '2026-03-03' })],
      'full',
      { added: 1, removed: 1 },
      1,
    ],
    [
      'a stale record takes its plan off the index',
      [aRecord(old)],
      [aRecord({ ...old, endDate: '2025-11-23' })],
      'delta',
      { removed: 1 },
      1,
    ],
    [
      'a stale record of no plan changes nothing',
      [],
      [aRecord({ ...old, endDate: '2025-11-23' })],
      'full',
      {},
      0,
    ],
    [
      'a birthday more than a year ago hides a plan that showed',
      [aRecord(old)],
      [aRecord({ ...old, birthDate: '2007-11-23' })],
      'full',
      { ended: 1 },
      1,
    ],
    [
      'what did not show is not withdrawn',
      [aRecord({ ...old, birthDate: '2007-11-23' })],
      [],
      'full',
      { removed: 1 },
      0,
    ],
  ]
  for (const [name, index, records, mode, changes, withdrawn] of cases) {
    const diff = compare(index, records, mode)
    t.same(diff.changes, { ...NO_CHANGES, ...changes }, name)
    t.equal(diff.withdrawn, withdrawn, `${name}: withdrawn`)
    t.same(diff.unknownDeletions, [])
  }
  t.end()
})

t.test('every fact of a plan is compared', (t) => {
  const full = {
    planType: 'UCPP',
    endDate: '2026-12-01',
    expectedDeliveryDate: '2026-12-20',
    localId: 'H1',
    familyName: 'Shaw',
    givenNames: ['Robin', 'Jo'],
    birthDate: '1998-01-01',
  }
  t.equal(compare([aRecord(full)], [aRecord(full)]).changes.unchanged, 1)
  const changes = {
    endDate: null,
    expectedDeliveryDate: '2026-12-21',
    localId: null,
    familyName: 'Shore',
    givenNames: ['Robin'],
    birthDate: '1998-01-02',
  }
  for (const [field, value] of Object.entries(changes)) {
    const diff = compare([aRecord(full)], [aRecord({ ...full, [field]: value })])
    t.same(diff.changes, { ...NO_CHANGES, changed: 1 }, field)
    t.equal(diff.written[0]?.planId, 'plan-0')
  }
  t.equal(compare([aRecord(full)], [aRecord({ ...full, givenNames: ['Jo', 'Robin'] })]).changes.changed, 1)
  t.end()
})

t.test('a deletion of what is not there is named and changes nothing', (t) => {
  const diff = compare([aRecord()], [aRecord(), aRecord({ nhsNumber: SASHA, deleted: true })])
  t.same(diff.changes, { ...NO_CHANGES, unchanged: 1 })
  t.same(
    diff.unknownDeletions.map(({ index }) => index),
    [1],
  )
  t.same([diff.written, diff.removed], [[], []])
  t.end()
})

t.test('a record that is handed back withdraws nothing of its person', (t) => {
  const index = [
    aRecord({ localId: 'H1' }),
    aRecord({ localId: 'H1', planType: 'LAC' }),
    aRecord({ nhsNumber: SASHA, localId: 'H2' }),
    aRecord({ nhsNumber: TAYLOR }),
  ]
  const removedBy = (records: unknown[]) => compare(index, records).removed.map(({ id }) => id)
  t.same(removedBy([]), ['plan-0', 'plan-1', 'plan-2', 'plan-3'])
  t.same(removedBy([aRecord({ startDate: 'soon' })]), ['plan-2', 'plan-3'], 'by its number')
  t.same(removedBy([aRecord({ nhsNumber: '999', localId: 'H1' })]), ['plan-2', 'plan-3'], 'by its local id')
  t.same(
    removedBy([aRecord({ nhsNumber: SASHA, localId: 'H1', startDate: null })]),
    ['plan-3'],
    'by both at once',
  )
  t.same(removedBy([aRecord({ nhsNumber: '999' })]), ['plan-0', 'plan-1', 'plan-2', 'plan-3'], 'by neither')
  const duplicate = [aRecord(), aRecord()]
  t.same(removedBy(duplicate), ['plan-2', 'plan-3'], 'a duplicate protects as well')
  t.same(
    removedBy([aRecord({ planType: 'LAC', deleted: true }), aRecord({ startDate: null })]),
    ['plan-1', 'plan-2', 'plan-3'],
    'and a good record beside it is taken all the same',
  )
  t.same(compare(index, [aRecord({ startDate: 'soon' })]).changes, {
    ...NO_CHANGES,
    removed: 2,
    unchanged: 2,
  })
  t.end()
})

const PEOPLE = [ROBIN, SASHA, TAYLOR] as const
const goodRecords = fc.record({
  nhsNumber: fc.constantFrom(...PEOPLE),
  planType: fc.constantFrom('CPP', 'LAC', 'UCPP'),
  startDate: fc.constantFrom('2019-01-01', '2026-03-02'),
  endDate: fc.constantFrom(null, '2026-11-01', '2026-12-01', '2026-11-24'),
  expectedDeliveryDate: fc.constantFrom('2026-10-26', '2026-10-27', '2027-01-01'),
  localId: fc.constantFrom(null, 'H1', 'H2'),
  birthDate: fc.constantFrom(null, '2008-11-24', '2007-11-23', '2015-01-01'),
})
const keyOf = (raw: { nhsNumber: string; planType: string; startDate: string }) =>
  `${raw.nhsNumber} ${raw.planType} ${raw.startDate}`
const indexes = fc.uniqueArray(goodRecords, { selector: keyOf, maxLength: 12 })
const sentRecords = fc.array(
  fc.tuple(
    goodRecords,
    fc.constantFrom<object>(
      {},
      {},
      { deleted: true },
      { startDate: '2019-01-01', endDate: '2025-11-23' },
      { nhsNumber: '9990000019' },
      { birthDate: 'unknown' },
    ),
  ),
  { maxLength: 12 },
)

t.test('the index after a dataset is what its records say, and the counts add up', (t) => {
  const modes = fc.constantFrom<DatasetMode>('full', 'delta')
  holds(
    t,
    fc.property(indexes, sentRecords, modes, (old, sent, mode) => {
      const index = anIndex(old)
      const records = checked(sent.map(([good, fault]) => ({ ...good, ...fault })))
      const diff = difference(index, records, mode, TODAY)
      const after = applied(index, diff)

      const good = records.filter(({ facts }) => facts !== undefined)
      const keys = new Set(good.map(({ facts }) => planKey(facts as PlanFacts)))
      for (const { facts, deleted, stale } of good) {
        const { ...held } = (after.get(planKey(facts as PlanFacts)) as Partial<Plan> | undefined) ?? {}
        delete held.id
        delete held.authorityCode
        assert.deepEqual(held, deleted || stale ? {} : facts, 'a good record is on the index as it stands')
      }
      const back = records.filter(({ facts }) => facts === undefined)
      for (const plan of index) {
        if (keys.has(planKey(plan))) continue
        const isProtected = back.some(
          ({ means }) =>
            means?.nhsNumber === plan.nhsNumber ||
            (means?.localId !== undefined && means.localId === plan.localId),
        )
        const stays = mode === 'delta' || isProtected
        assert.deepEqual(after.get(planKey(plan)), stays ? plan : undefined, 'what no good record names')
      }
      for (const key of after.keys()) assert.ok(keys.has(key) || index.some((plan) => planKey(plan) === key))

      const { added, changed, ended, removed, unchanged } = diff.changes
      assert.equal(index.length + added - removed, after.size)
      assert.equal(changed + ended + added, diff.written.length)
      assert.equal(removed, diff.removed.length)
      const written = new Set(diff.written.map(({ facts }) => planKey(facts)))
      const untouched = index.filter(
        (plan) => after.get(planKey(plan)) === plan && !written.has(planKey(plan)),
      )
      // A delta does not count what it does not speak of.
      const counted = mode === 'full' ? untouched : untouched.filter((plan) => keys.has(planKey(plan)))
      assert.equal(unchanged, counted.length)

      const visible = (plans: Iterable<PlanFacts>) => [...plans].filter((plan) => isVisibleOn(plan, TODAY))
      const visibleAfter = new Set(visible(after.values()).map(planKey))
      assert.equal(diff.visibleBefore, visible(index).length)
      assert.equal(diff.withdrawn, visible(index).filter((plan) => !visibleAfter.has(planKey(plan))).length)
    }),
    1000,
  )
  t.end()
})

t.test('sending the same dataset again changes nothing more', (t) => {
  holds(
    t,
    fc.property(indexes, sentRecords, (old, sent) => {
      const index = anIndex(old)
      const records = checked(sent.map(([good, fault]) => ({ ...good, ...fault })))
      const after = [...applied(index, difference(index, records, 'full', TODAY)).values()]
      const held = after.map((facts, i) => ({
        id: `again-${i}`,
        authorityCode: HALTON as Plan['authorityCode'],
        ...facts,
      }))
      const again = difference(held, records, 'full', TODAY)
      assert.deepEqual(again.changes, { ...NO_CHANGES, unchanged: held.length })
      assert.deepEqual([again.written, again.removed, again.withdrawn], [[], [], 0])
    }),
  )
  t.end()
})

t.test('the shrink guard stops more than half, and more than twenty', (t) => {
  const cases: [number, number, number, boolean][] = [
    // visible before, withdrawn, ratio, stopped
    [42, 21, 0.5, false],
    [42, 22, 0.5, true],
    [41, 21, 0.5, true],
    [100, 50, 0.5, false],
    [100, 51, 0.5, true],
    [20, 20, 0.5, false],
    [21, 21, 0.5, true],
    [21, 20, 0.5, false],
    [0, 0, 0.5, false],
    [100, 21, 0, true],
    [100, 20, 0, false],
    [100, 100, 1, false],
    [1000, 100, 0.1, false],
    [1000, 101, 0.1, true],
  ]
  for (const [visibleBefore, withdrawn, ratio, stopped] of cases) {
    const name = `${withdrawn} of ${visibleBefore} at ${ratio}`
    t.equal(isShrinking({ visibleBefore, withdrawn }, { ratio }), stopped, name)
  }
  t.end()
})

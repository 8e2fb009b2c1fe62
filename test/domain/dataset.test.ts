import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Instant } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import {
  type CheckedDataset,
  checkDataset,
  type DatasetMode,
  decideSequence,
} from '../../src/domain/dataset.js'
import { FINDINGS_LISTED_MAX, FindingList, finding } from '../../src/domain/finding.js'
import { decideOutcome } from '../../src/domain/receipt.js'
import { holds } from '../helpers/properties.js'
import { aRecord, ROBIN, SASHA, TAYLOR } from '../helpers/seed.js'

const TODAY = '2026-11-24' as CalendarDate

function check(
  values: unknown[],
  options: { recordCount?: number; complete?: boolean } = {},
): CheckedDataset {
  const { recordCount = values.length, complete = true } = options
  const extractedAt = '2026-11-24T02:00:00.000Z' as Instant
  const envelope = { sequence: 1, extractedAt, mode: 'full' as const, recordCount }
  const raw = values.map((value, i) => ({ value, line: i + 2 }))
  return checkDataset(envelope, raw, TODAY, { findings: new FindingList(), complete: () => complete })
}

const placed = ({ findings }: CheckedDataset) =>
  findings.inOrder().map(({ record, line, field, code }) => [record, line, field, code])

t.test('a dataset without faults has no findings', (t) => {
  const checked = check([aRecord(), aRecord({ nhsNumber: SASHA }), aRecord({ planType: 'LAC' })])
  t.same(placed(checked), [])
  t.match(checked, { recordCount: 3, faultyCount: 0 })
  t.equal(checked.records.filter(({ facts }) => facts !== undefined).length, 3)
  t.end()
})

t.test('the later of two records with the same key is handed back, and only that', (t) => {
  const checked = check([
    aRecord(),
    aRecord({ startDate: '2026-03-03' }),
    aRecord({ nhsNumber: '999 000 0018', localId: 'H1', endDate: '2026-11-01' }),
  ])
  t.same(placed(checked), [[2, 4, null, 'DUPLICATE_RECORD']])
  t.equal(checked.faultyCount, 1)
  t.same(
    checked.records.map(({ facts }) => facts?.startDate),
    ['2026-03-02', '2026-03-03', undefined],
  )
  t.equal(checked.findings.inOrder()[0]?.localId, 'H1')
  t.equal(checked.records[2]?.means?.nhsNumber, ROBIN, 'it still protects its person')
  t.end()
})

t.test('a faulty record does not make its good twin a duplicate', (t) => {
  const checked = check([aRecord({ endDate: 'soon' }), aRecord()])
  t.same(placed(checked), [[0, 2, 'endDate', 'DATE_FORMAT']])
  t.equal(checked.faultyCount, 1)
  t.end()
})

t.test('every faulty record is found, and a record with several faults counts once', (t) => {
  const checked = check([
    aRecord({ nhsNumber: '9990000019', planType: 'X' }),
    aRecord(),
    aRecord({ nhsNumber: TAYLOR, startDate: null }),
  ])
  t.same(placed(checked), [
    [0, 2, 'planType', 'PLAN_TYPE_UNKNOWN'],
    [0, 2, 'nhsNumber', 'NHS_NUMBER_CHECK_DIGIT'],
    [2, 4, 'startDate', 'START_DATE_MISSING'],
  ])
  t.match(checked, { recordCount: 3, faultyCount: 2 })
  t.end()
})

t.test('a warning hands nothing back', (t) => {
  const checked = check([aRecord({ birthDate: '2000-01-01' })])
  t.same(placed(checked), [[0, 2, 'birthDate', 'OVER_18']])
  t.equal(checked.faultyCount, 0)
  t.equal(checked.findings.errorCount, 0)
  t.end()
})

t.test('another number of records than was announced is a fault of the file', (t) => {
  for (const recordCount of [1, 3, 0]) {
    const checked = check([aRecord(), aRecord({ nhsNumber: SASHA })], { recordCount })
    t.same(placed(checked), [[null, undefined, 'recordCount', 'RECORD_COUNT_MISMATCH']])
    t.equal(checked.findings.fileErrorCount, 1)
  }
  const cut = check([aRecord()], { recordCount: 2, complete: false })
  t.same(placed(cut), [], 'unless reading ended early, which has been said already')
  t.end()
})

t.test('where a dataset stands among those accepted before', (t) => {
  type Case = [string, number, DatasetMode, number | null, string | undefined, string]
  const cases: Case[] = [
    ['the first of all may have any number', 77, 'full', null, undefined, 'next'],
    ['the first of all may be a delta', 77, 'delta', null, undefined, 'next'],
    ['the next number', 6, 'full', 5, undefined, 'next'],
    ['the next number, as a delta', 6, 'delta', 5, undefined, 'next'],
    ['a full list after a gap', 7, 'full', 5, undefined, 'gap'],
    ['a delta after a gap', 7, 'delta', 5, undefined, 'delta-gap'],
    ['the last number with the same content', 5, 'full', 5, 'same', 'repeat'],
    ['the last number with other content', 5, 'full', 5, 'other', 'out-of-sequence'],
    ['an old number with the same content', 3, 'delta', 5, 'same', 'repeat'],
    ['an old number with other content', 3, 'full', 5, 'other', 'out-of-sequence'],
    ['an old number that was skipped', 4, 'full', 5, undefined, 'out-of-sequence'],
    ['an old number that was skipped, as a delta', 4, 'delta', 5, undefined, 'out-of-sequence'],
  ]
  for (const [name, sequence, mode, last, digest, kind] of cases) {
    const accepted = digest === undefined ? undefined : { datasetId: 'first', contentDigest: digest }
    const decision = decideSequence(
      { sequence, mode },
      'same',
      last === null ? null : { sequence: last },
      accepted,
    )
    t.same(decision, kind === 'repeat' ? { kind, datasetId: 'first' } : { kind }, name)
  }
  t.end()
})

t.test('whatever is sent, accepted numbers only rise, and a retry is always known again', (t) => {
  const sent = fc.record({
    sequence: fc.integer({ min: 1, max: 8 }),
    mode: fc.constantFrom<DatasetMode>('full', 'delta'),
    digest: fc.constantFrom('a', 'b'),
  })
  holds(
    t,
    fc.property(fc.array(sent, { maxLength: 20 }), (datasets) => {
      const accepted = new Map<number, { datasetId: string; contentDigest: string }>()
      let last: { sequence: number } | null = null
      for (const [i, { sequence, mode, digest }] of datasets.entries()) {
        const before = accepted.get(sequence)
        const decision = decideSequence({ sequence, mode }, digest, last, before)
        const isAccepted: boolean = decision.kind === 'next' || decision.kind === 'gap'
        if (before?.contentDigest === digest) {
          assert.deepEqual(decision, { kind: 'repeat', datasetId: before.datasetId })
        } else {
          assert.equal(isAccepted || decision.kind === 'delta-gap', last === null || sequence > last.sequence)
        }
        if (!isAccepted) continue
        if (last !== null && mode === 'delta') assert.equal(sequence, last.sequence + 1, 'a delta skips none')
        accepted.set(sequence, { datasetId: `d${i}`, contentDigest: digest })
        last = { sequence }
      }
    }),
  )
  t.end()
})

t.test('the outcome of a dataset follows from its faults and the authority’s setting', (t) => {
  const outcomes: [number, number, number, boolean, string][] = [
    // records, faulty, file errors, partial
    [3, 0, 0, false, 'accepted CPF02 3+0'],
    [3, 0, 0, true, 'accepted CPF02 3+0'],
    [0, 0, 0, false, 'accepted CPF02 0+0'],
    [0, 0, 0, true, 'accepted CPF02 0+0'],
    [3, 1, 0, false, 'returned CPF04 0+3'],
    [3, 1, 0, true, 'partially-accepted CPF03 2+1'],
    [3, 2, 0, true, 'partially-accepted CPF03 1+2'],
    [3, 3, 0, true, 'returned CPF04 0+3'],
    [3, 0, 1, false, 'returned CPF01 0+3'],
    [3, 0, 1, true, 'returned CPF01 0+3'],
    [3, 1, 1, true, 'returned CPF01 0+3'],
    [0, 0, 1, true, 'returned CPF01 0+0'],
  ]
  for (const [recordCount, faultyCount, fileErrorCount, partial, expected] of outcomes) {
    const verdict = decideOutcome({ recordCount, faultyCount, fileErrorCount, partial })
    const { outcome, fileCode, acceptedCount, returnedCount } = verdict
    t.equal(`${outcome} ${fileCode} ${acceptedCount}+${returnedCount}`, expected)
  }
  t.end()
})

t.test('at most 10,000 findings are listed, and the counts are true beyond that', (t) => {
  const ofRecord = (record: number) => finding('NHS_NUMBER_CHECK_DIGIT', { record, field: 'nhsNumber' })
  const findings = new FindingList()
  for (let record = 0; record < FINDINGS_LISTED_MAX; record += 1) findings.add(ofRecord(record))
  t.equal(findings.inOrder().length, 10_000)
  t.equal(findings.inOrder().at(-1)?.record, 9_999)
  for (let record = 10_000; record < 12_345; record += 1) findings.add(ofRecord(record))
  findings.add(finding('OVER_18', { record: 12_345, field: 'birthDate' }))
  t.equal(findings.inOrder().length, 10_000)
  t.match(findings, { count: 12_346, errorCount: 12_345, fileErrorCount: 0 })
  findings.add(finding('RECORD_COUNT_MISMATCH', { record: null, field: 'recordCount' }))
  findings.add(finding('SEQUENCE_GAP', { record: null, field: 'sequence' }))
  const listed = findings.inOrder()
  t.equal(listed.length, 10_000)
  t.same(
    listed.slice(0, 3).map(({ code }) => code),
    ['RECORD_COUNT_MISMATCH', 'SEQUENCE_GAP', 'NHS_NUMBER_CHECK_DIGIT'],
    'what concerns the file stands first and is never crowded out',
  )
  t.match(findings, { count: 12_348, errorCount: 12_346, fileErrorCount: 1 })
  t.end()
})

t.test('warnings do not crowd out the errors for which a dataset is returned', (t) => {
  const findings = new FindingList()
  for (let record = 0; record < FINDINGS_LISTED_MAX; record += 1) {
    findings.add(finding('OVER_18', { record, field: 'birthDate' }))
  }
  findings.add(finding('NHS_NUMBER_CHECK_DIGIT', { record: FINDINGS_LISTED_MAX, field: 'nhsNumber' }))
  const listed = findings.inOrder()
  t.equal(listed.length, FINDINGS_LISTED_MAX)
  t.match(listed.at(-1), { code: 'NHS_NUMBER_CHECK_DIGIT', record: FINDINGS_LISTED_MAX })
  t.match(findings, { count: FINDINGS_LISTED_MAX + 1, errorCount: 1 })
  t.end()
})

t.test('a million findings are counted, and no record keeps its own', (t) => {
  const faulty = Object.fromEntries(Array.from({ length: 28 }, (_, i) => [`unknown${i}`, 1]))
  const checked = check(Array(33_000).fill(faulty))
  t.equal(checked.findings.count, 33_000 * 31)
  t.equal(checked.findings.inOrder().length, FINDINGS_LISTED_MAX)
  t.equal(checked.faultyCount, 33_000)
  const heldFields = new Set(checked.records.flatMap((record) => Object.keys(record)))
  t.notOk(heldFields.has('findings'), 'what is kept of a record is what the difference needs')
  t.end()
})

import t from 'tap'
import type { RawRecord } from '../../src/domain/dataset.js'
import { checkRecord, GIVEN_NAMES_MAX } from '../../src/domain/dataset-record.js'
import { readCsv } from '../../src/intake/read-csv.js'
import { ROBIN } from '../helpers/seed.js'
import { TODAY } from '../helpers/stores.js'

const job = {
  queryFields: { sequence: 1, extractedAt: '2026-11-24T02:00:00Z', recordCount: 1 },
  limits: { bytesMax: 1_000_000, recordsMax: 100 },
}

/** The given names that are read from one cell, and the codes of what is wrong with its record. */
function readGivenNames(cell: string) {
  const csv = `nhs_number,plan_type,start_date,given_names\n${ROBIN},CPP,2026-03-02,${cell}\n`
  const [{ value, line }] = readCsv(Buffer.from(csv), job).records as [RawRecord]
  const { givenNames } = value as { givenNames: string[] }
  const { findings } = checkRecord(value, 0, line, TODAY)
  return { givenNames, codes: findings.map(({ code }) => code) }
}

t.test('a cell of given names is read until there are too many, and no further', async (t) => {
  const names = (count: number, between = ' ') => Array(count).fill('a').join(between)
  for (const cell of [names(30_000), names(GIVEN_NAMES_MAX + 1), ` ${names(9_000, '   ')}`])
    t.same(
      readGivenNames(cell),
      { givenNames: Array(GIVEN_NAMES_MAX + 1).fill('a'), codes: ['FIELD_TOO_LONG'] },
      `${cell.length} characters`,
    )
  const blanks = ' '.repeat(1000)
  t.same(
    readGivenNames(blanks + names(GIVEN_NAMES_MAX, blanks) + blanks),
    { givenNames: Array(GIVEN_NAMES_MAX).fill('a'), codes: [] },
    'blanks are no names',
  )
  t.same(readGivenNames(blanks), { givenNames: [], codes: [] })
  t.same(readGivenNames('Robin  Lee\u00a0Ann'), { givenNames: ['Robin', 'Lee\u00a0Ann'], codes: [] })
})

t.test(
  'a column called like something of JavaScript is an unknown column, once, and is not read',
  async (t) => {
    const names = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf']
    const header = ['nhs_number', 'plan_type', 'start_date', ...names].join()
    const row = [ROBIN, 'CPP', '2026-03-02', ...names.map(() => 'x')].join()
    const { records, findings } = readCsv(Buffer.from(`${header}\n${row}\n${row}\n`), job)
    t.same(
      findings.inOrder().map(({ code, message }) => [code, /column \d+/.exec(message)?.[0]]),
      names.map((_, i) => ['CSV_COLUMN_UNKNOWN', `column ${i + 4}`]),
    )
    const value = { nhsNumber: ROBIN, planType: 'CPP', startDate: '2026-03-02' }
    t.strictSame(records, [
      { value, line: 2 },
      { value, line: 3 },
    ])
    t.same(checkRecord(records[0]?.value, 0, 2, TODAY).findings, [])
  },
)

t.test('a file of blank lines without end is refused before the parser sees it', (t) => {
  const csv = (blank: number) => Buffer.from(`nhs_number,plan_type,start_date\n${' \n'.repeat(blank)}`)
  const read = (blank: number) => () => readCsv(csv(blank), job)
  t.doesNotThrow(read(9_000))
  t.throws(read(20_000), { code: 'DATASET_TOO_LARGE' })
  t.end()
})

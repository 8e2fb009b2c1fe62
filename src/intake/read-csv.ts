import { CsvError, parse } from 'csv-parse/sync'
import type { RawRecord } from '../domain/dataset.js'
import { refuseTooManyRecords } from '../domain/dataset-limits.js'
import { GIVEN_NAMES_MAX } from '../domain/dataset-record.js'
import { FindingList, finding } from '../domain/finding.js'
import { findMonstrousRow } from './csv-rows.js'
import { readCsvFields } from './envelope.js'
import type { IntakeJob } from './intake-job.js'
import { LineCounter } from './line-counter.js'
import type { Submission } from './submission.js'

/** The columns of the CSV form and the fields that they are. */
const COLUMNS = new Map([
  ['nhs_number', 'nhsNumber'],
  ['plan_type', 'planType'],
  ['start_date', 'startDate'],
  ['end_date', 'endDate'],
  ['expected_delivery_date', 'expectedDeliveryDate'],
  ['deleted', 'deleted'],
  ['local_id', 'localId'],
  ['family_name', 'familyName'],
  ['given_names', 'givenNames'],
  ['birth_date', 'birthDate'],
])
const REQUIRED_COLUMNS = ['nhs_number', 'plan_type', 'start_date']

/** Ends the reading where the file can no longer be understood; what was read until there is kept. */
class ReadingEnds extends Error {}

/** Reads a CSV dataset. Its own fields are refused when they have a fault; from the text on, all faults are findings. */
export function readCsv(bytes: Buffer, job: Pick<IntakeJob, 'queryFields' | 'limits'>): Submission {
  const envelope = readCsvFields(job.queryFields)
  const reader = new CsvReader(job.limits.recordsMax)
  const complete = reader.read(bytes)
  return { envelope, records: reader.records, findings: reader.findings, complete }
}

class CsvReader {
  readonly records: RawRecord[] = []
  readonly findings = new FindingList()
  readonly #recordsMax: number
  #fields: (string | undefined)[] | undefined

  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax
  }

  /** Answers whether the file could be read to its end. */
  read(bytes: Buffer): boolean {
    const lines = new LineCounter(bytes)
    const monstrous = findMonstrousRow(bytes, this.#recordsMax)
    try {
      this.#readRows(bytes.subarray(0, monstrous?.start), lines)
      if (monstrous !== undefined) this.#endMalformed(lines.next(), monstrous.why)
    } catch (error) {
      if (error instanceof ReadingEnds) return false
      if (!(error instanceof CsvError)) throw error
      this.#malformed(lines.next())
      return false
    }
    if (this.#fields !== undefined) return true
    this.#readHeader([])
    return false
  }

  #readRows(bytes: Buffer, lines: LineCounter): void {
    parse(bytes, {
      bom: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (row: string[], { bytes: end }) => this.#readRow(row, lines.take(end)),
    })
  }

  /** `line` is the physical line on which the row starts. */
  #readRow(row: string[], line: number): null {
    // To whoever wrote the file, a line of spaces is a blank one.
    if (row.length === 1 && row[0]?.trim() === '') return null
    if (this.#fields === undefined) this.#readHeader(row, line)
    else this.#readRecord(row, line, this.#fields)
    // The parser need not keep it.
    return null
  }

  #readHeader(row: string[], line = 1): void {
    if (row.length === 1 && row[0]?.includes(';')) {
      this.#endMalformed(line, 'The columns seem to be separated by semicolons; separate them by commas.')
    }
    if (new Set(row).size !== row.length) this.#endMalformed(line)
    row.forEach((name, i) => {
      if (COLUMNS.has(name)) return
      // Without a header row this is a person's data, so the column is named by its place alone.
      this.findings.add(finding('CSV_COLUMN_UNKNOWN', { record: null, line }, `It is column ${i + 1}.`))
    })
    const missing = REQUIRED_COLUMNS.filter((name) => !row.includes(name))
    for (const name of missing) {
      const field = COLUMNS.get(name) as string
      this.findings.add(finding('CSV_COLUMN_MISSING', { record: null, line, field }, `It lacks ${name}.`))
    }
    this.#fields = row.map((name) => COLUMNS.get(name))
    if (missing.length > 0 && row.length > 0) throw new ReadingEnds()
  }

  #readRecord(row: string[], line: number, fields: (string | undefined)[]): void {
    if (row.length !== fields.length) this.#endMalformed(line)
    if (this.records.length >= this.#recordsMax) throw refuseTooManyRecords({ recordsMax: this.#recordsMax })
    const value: Record<string, unknown> = {}
    fields.forEach((field, i) => {
      if (field !== undefined) value[field] = cellValue(field, row[i] as string)
    })
    this.records.push({ value, line })
  }

  #malformed(line: number, detail?: string): void {
    this.findings.add(finding('CSV_MALFORMED', { record: null, line }, detail))
  }

  #endMalformed(line: number, detail?: string): never {
    this.#malformed(line, detail)
    throw new ReadingEnds()
  }
}

function cellValue(field: string, cell: string): unknown {
  if (field === 'givenNames') return splitNames(cell)
  if (field === 'deleted' && (cell === 'true' || cell === 'false')) return cell === 'true'
  return cell
}

/** Stops at one name too many: a cell of single letters would take many times its bytes. */
function splitNames(cell: string): string[] {
  const names: string[] = []
  for (const [name] of cell.matchAll(/[^ ]+/g)) {
    names.push(name)
    if (names.length > GIVEN_NAMES_MAX) break
  }
  return names
}

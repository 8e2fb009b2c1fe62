export type Severity = 'error' | 'warning'

/** CP-IS record codes (domain.md section 3.3) that a finding can map to. */
export const RECORD_CODES = ['CPR01', 'CPR02', 'CPR03', 'CPR04', 'CPR05', 'CPR06', 'CPR07'] as const
export type RecordCode = (typeof RECORD_CODES)[number]

interface FindingKind {
  severity: Severity
  recordCode: RecordCode | null
  /** What is wrong and what to do, in plain words; never a value of the record. */
  message: string
}

const error = (recordCode: RecordCode | null, message: string): FindingKind => ({
  severity: 'error',
  recordCode,
  message,
})
const warning = (recordCode: RecordCode | null, message: string): FindingKind => ({
  severity: 'warning',
  recordCode,
  message,
})

/** Every fault that a dataset's records or file can have. The codes are a contract; see docs/errors.md. */
export const FINDING_KINDS = {
  NHS_NUMBER_MISSING: error(
    'CPR04',
    'The NHS number is missing. Add it, or leave the record out until it is known.',
  ),
  NHS_NUMBER_FORMAT: error(
    'CPR04',
    'An NHS number is ten digits, bare or written 3-3-4 with spaces or hyphens. A lost leading zero or a spreadsheet format is the usual cause.',
  ),
  NHS_NUMBER_OLD_STYLE: error(
    'CPR04',
    'This is an old-style NHS number with letters (before 1996). Trace the ten-digit number and send that.',
  ),
  NHS_NUMBER_CHECK_DIGIT: error(
    'CPR01',
    'The last digit of the NHS number does not fit the others (modulus 11): a digit is wrong or two are swapped.',
  ),
  NHS_NUMBER_REPEATED_DIGIT: warning(
    'CPR06',
    'All ten digits of the NHS number are the same. It passes the arithmetic and was taken, but is hardly a person.',
  ),
  PERSON_UNKNOWN: error(
    'CPR01',
    'Nobody is registered under this NHS number. Trace the person, and send the number that is found.',
  ),
  PERSON_SENSITIVE: error(
    'CPR02',
    'The person’s record is a sensitive one, for which no plan may be held. Leave the record out.',
  ),
  PERSON_NOT_VERIFIED: error(
    'CPR03',
    'The register does not have this of the person, or the record lacks it. Check it against the register, or have the register mended.',
  ),
  NHS_NUMBER_SUPERSEDED: error(
    'CPR05',
    'This NHS number was the person’s and has been replaced. Trace the new one, and send that.',
  ),
  NHS_NUMBER_INVALIDATED: error(
    'CPR01',
    'This NHS number has been invalidated, and no other took its place. Trace the person.',
  ),
  PLAN_TYPE_UNKNOWN: error('CPR07', 'The plan type must be CPP, LAC or UCPP, in capitals.'),
  START_DATE_MISSING: error('CPR07', 'The start date is missing.'),
  DATE_FORMAT: error('CPR07', 'Write dates as YYYY-MM-DD.'),
  DATE_NOT_REAL: error('CPR07', 'This date does not exist in the calendar.'),
  START_IN_FUTURE: error(
    'CPR07',
    'The start date lies after today. Send the record once the plan has started.',
  ),
  END_BEFORE_START: error('CPR07', 'The end date lies before the start date.'),
  EXPECTED_DELIVERY_DATE_MISSING: error(
    'CPR07',
    'An unborn child protection plan (UCPP) needs the expected delivery date.',
  ),
  DUPLICATE_RECORD: error(
    'CPR07',
    'The same NHS number, plan type and start date stands in an earlier record of this dataset.',
  ),
  FIELD_TYPE: error(
    'CPR07',
    'The value is of the wrong type: texts in quotes, givenNames a list of texts, deleted true or false, a record an object.',
  ),
  FIELD_TOO_LONG: error('CPR07', 'The value is longer than the field allows.'),
  FIELD_UNKNOWN: error('CPR07', 'A record has no such field. Check its spelling against the dataset schema.'),
  FIELD_CHARACTERS: error(
    'CPR07',
    'The text holds a control character, a line break, or an invisible direction mark. Remove it.',
  ),
  END_OVER_365_DAYS: warning(
    'CPR07',
    'The plan ended more than 365 days ago, so it is not on the index. It can be left out of the list.',
  ),
  DELETE_UNKNOWN: warning('CPR07', 'There is no such plan on the index to delete; the record was ignored.'),
  OVER_18: warning(
    'CPR07',
    'The person is eighteen or older, so the plan is indexed as ended on the eighteenth birthday.',
  ),
  RECORD_COUNT_MISMATCH: error(
    null,
    'recordCount is not the number of records that arrived. The extract may have been cut short.',
  ),
  EMPTY_DATASET: error(
    null,
    'A full dataset without records would withdraw every plan. If that is meant, send it again with confirmShrink=true.',
  ),
  SHRINK_GUARD: error(
    null,
    'This dataset would withdraw an unusually large part of the plans that health can see. If that is meant, send it again with confirmShrink=true.',
  ),
  REGISTER_UNAVAILABLE: error(
    null,
    'The register of people cannot be reached, so no record could be checked. Send the dataset again, with the same sequence number.',
  ),
  CSV_MALFORMED: error(
    null,
    'The CSV cannot be read from this line on: a quote is not closed, a column stands twice, or a row has another number of columns than the header.',
  ),
  CSV_COLUMN_MISSING: error(
    null,
    'The header row lacks a column that is required: nhs_number, plan_type and start_date. Names must match exactly.',
  ),
  CSV_COLUMN_UNKNOWN: error(
    null,
    'The header row has a column that is not known. Names must match exactly; see the dataset documentation.',
  ),
  SEQUENCE_GAP: warning(
    null,
    'Sequence numbers were skipped since the last accepted dataset. A full list makes up for them.',
  ),
  EXTRACT_NOT_NEWER: warning(
    null,
    'The extract is not newer than the last accepted one. Check that the right file was sent.',
  ),
} as const satisfies Record<string, FindingKind>

export type FindingCode = keyof typeof FINDING_KINDS

/** One fault: of the record at `record` (0-based), or of the whole file when that is null. */
export interface Finding {
  record: number | null
  /** The physical line on which the record starts, 1-based; CSV only. */
  line?: number
  localId: string | null
  field: string | null
  severity: Severity
  code: FindingCode
  recordCode: RecordCode | null
  message: string
}

/** Where a finding stands. */
export interface FindingPlace {
  record: number | null
  line?: number | undefined
  localId?: string | null
  field?: string | null
}

/** Makes a finding; `detail` adds what is particular to this one, and never quotes a value of the record. */
export function finding(code: FindingCode, place: FindingPlace, detail?: string): Finding {
  const kind = FINDING_KINDS[code]
  return {
    record: place.record,
    ...(place.line === undefined ? {} : { line: place.line }),
    localId: place.localId ?? null,
    field: place.field ?? null,
    severity: kind.severity,
    code,
    recordCode: kind.recordCode,
    message: detail === undefined ? kind.message : `${kind.message} ${detail}`,
  }
}

/** Findings listed in one receipt; the counts stay true beyond it. */
export const FINDINGS_LISTED_MAX = 10_000

/** Collects findings without growing past what a receipt lists, and counts them all. */
export class FindingList {
  count = 0
  errorCount = 0
  fileErrorCount = 0
  readonly #ofFile: Finding[] = []
  readonly #errors: Placed[] = []
  readonly #warnings: Placed[] = []

  add(found: Finding): void {
    this.count += 1
    const isError = found.severity === 'error'
    if (isError) this.errorCount += 1
    if (found.record === null) {
      if (isError) this.fileErrorCount += 1
      if (this.#ofFile.length < FINDINGS_LISTED_MAX) this.#ofFile.push(found)
      return
    }
    const list = isError ? this.#errors : this.#warnings
    if (list.length < FINDINGS_LISTED_MAX) list.push({ found, record: found.record, order: this.count })
  }

  /**
   * File-level findings first, then in the order of the records. When there are too many, warnings give way to
   * errors, so that a returned dataset always shows why.
   */
  inOrder(): Finding[] {
    const room = Math.max(0, FINDINGS_LISTED_MAX - this.#ofFile.length)
    const ofRecords = [...this.#errors, ...this.#warnings]
      .slice(0, room)
      .sort((a, b) => a.record - b.record || a.order - b.order)
    return [...this.#ofFile, ...ofRecords.map(({ found }) => found)].slice(0, FINDINGS_LISTED_MAX)
  }
}

interface Placed {
  found: Finding
  record: number
  order: number
}

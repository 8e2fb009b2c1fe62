import type { Instant } from '../clock.js'
import type { CalendarDate } from './calendar.js'
import { type CheckedRecord, checkRecord, handBack } from './dataset-record.js'
import { type Finding, type FindingList, finding } from './finding.js'
import type { LastDataset } from './local-authority.js'
import type { NhsNumber } from './nhs-number.js'
import { checkPerson, type Person, type StatedPerson } from './person.js'

/** The two forms in which a dataset is sent. */
export type DatasetFormat = 'json' | 'csv'

export const DATASET_MODES = ['full', 'delta'] as const
/** `full`: the whole current list, so absence withdraws; `delta`: changes only (domain.md section 0 rule 1). */
export type DatasetMode = (typeof DATASET_MODES)[number]

/** A dataset's own fields, beside its records. */
export interface DatasetEnvelope {
  sequence: number
  extractedAt: Instant
  mode: DatasetMode
  recordCount: number
  childrenInScope?: number
}

/** One record as it was read from JSON or CSV, not checked yet. */
export interface RawRecord {
  value: unknown
  /** The physical line on which it starts; CSV only. */
  line?: number
}

export interface CheckedDataset {
  records: CheckedRecord[]
  findings: FindingList
  recordCount: number
  /** How many records have an error and are handed back under partial acceptance. */
  faultyCount: number
}

/** Whoever is registered under a number. */
export type FindPerson = (nhsNumber: NhsNumber) => Person | undefined

/**
 * Checks every record and names every fault of the dataset, however many there are.
 * `reading` holds what went wrong while the file was read; `complete` is false when reading ended early.
 * With `findPerson` every good number is checked against the register as well, deleted and stale ones too.
 */
export function checkDataset(
  envelope: DatasetEnvelope,
  raw: Iterable<RawRecord>,
  today: CalendarDate,
  reading: { findings: FindingList; complete: () => boolean },
  findPerson?: FindPerson,
): CheckedDataset {
  const { findings } = reading
  const records: CheckedRecord[] = []
  const seen = new Set<string>()
  let faultyCount = 0
  for (const { value, line } of raw) {
    const { record, findings: found, person } = checkRecord(value, records.length, line, today)
    if (person !== undefined && findPerson !== undefined) {
      const faults = personFindings(person, record, found, findPerson)
      if (faults.length > 0 && record.facts !== undefined) handBack(record)
      found.push(...faults)
    }
    if (record.key !== undefined && isSeenAgain(seen, record.key)) {
      const place = { record: record.index, line, localId: record.localId }
      found.push(finding('DUPLICATE_RECORD', place))
      handBack(record)
    }
    if (record.facts === undefined) faultyCount += 1
    for (const each of found) findings.add(each)
    records.push(record)
  }
  if (reading.complete() && records.length !== envelope.recordCount) {
    const detail = `${envelope.recordCount} were announced, ${records.length} arrived.`
    findings.add(finding('RECORD_COUNT_MISMATCH', { record: null, field: 'recordCount' }, detail))
  }
  return { records, findings, recordCount: records.length, faultyCount }
}

/** What the register says against a record; not again of a field that has a fault already. */
function personFindings(
  person: StatedPerson,
  { index, line, localId }: CheckedRecord,
  found: readonly Finding[],
  findPerson: FindPerson,
): Finding[] {
  const isFaulty = (field: string) => found.some((each) => each.field === field && each.severity === 'error')
  return checkPerson(person, findPerson(person.nhsNumber))
    .filter(({ field }) => !isFaulty(field))
    .map(({ code, field }) => finding(code, { record: index, line, localId, field }))
}

function isSeenAgain(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return true
  seen.add(key)
  return false
}

export type SequenceDecision =
  | { kind: 'next' }
  | { kind: 'gap' }
  /** Accepted before with the same content: a retry, answered with the first receipt. */
  | { kind: 'repeat'; datasetId: string }
  | { kind: 'out-of-sequence' }
  | { kind: 'delta-gap' }

/**
 * Where a dataset stands among the accepted ones of its authority (domain.md sections 0 and 2.5).
 * `accepted` is the accepted dataset with the same sequence, if there is one.
 */
export function decideSequence(
  envelope: Pick<DatasetEnvelope, 'sequence' | 'mode'>,
  contentDigest: string,
  last: Pick<LastDataset, 'sequence'> | null,
  accepted: { datasetId: string; contentDigest: string } | undefined,
): SequenceDecision {
  if (accepted?.contentDigest === contentDigest) return { kind: 'repeat', datasetId: accepted.datasetId }
  if (last === null || envelope.sequence === last.sequence + 1) return { kind: 'next' }
  if (envelope.sequence <= last.sequence) return { kind: 'out-of-sequence' }
  return envelope.mode === 'delta' ? { kind: 'delta-gap' } : { kind: 'gap' }
}

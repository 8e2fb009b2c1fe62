import { jsonSizeOf } from '../domain/dataset-limits.js'
import { FindingList } from '../domain/finding.js'
import { refuse } from '../domain/problem.js'
import { parseJson } from '../messages/parse-json.js'
import { readEnvelope } from './envelope.js'
import type { IntakeJob } from './intake-job.js'
import type { Submission } from './submission.js'

/** Reads a JSON dataset: a fault of its envelope is refused, its records are left to be checked. */
export function readJson(bytes: Buffer, job: Pick<IntakeJob, 'queryFields' | 'limits'>): Submission {
  const misplaced = Object.keys(job.queryFields)
  if (misplaced.length > 0) {
    const faults = misplaced.map((name) => ({
      pointer: `/${name}`,
      message: 'belongs in the body of a JSON dataset',
    }))
    throw refuse('SCHEMA_VIOLATION', 'Only a CSV dataset has its own fields in the query string.', faults)
  }
  const { envelope, records } = readEnvelope(parseJson(bytes, jsonSizeOf(job.limits)))
  return {
    envelope,
    records: records.map((value) => ({ value })),
    findings: new FindingList(),
    complete: true,
  }
}

import { createHash } from 'node:crypto'
import type { DatasetEnvelope, RawRecord } from '../domain/dataset.js'
import type { FindingList } from '../domain/finding.js'

/** A dataset after its form was read: its own fields, and its records as they stand. */
export interface Submission {
  envelope: DatasetEnvelope
  records: RawRecord[]
  /** What went wrong while the file was read. */
  findings: FindingList
  /** False when reading ended before the file did. */
  complete: boolean
}

/** SHA-256 over the dataset's own fields and its inflated body: equal for a retry, whatever its encoding. */
export function contentDigest(envelope: DatasetEnvelope, bytes: Uint8Array): string {
  const { sequence, extractedAt, mode, recordCount, childrenInScope } = envelope
  const ownFields = JSON.stringify([sequence, extractedAt, mode, recordCount, childrenInScope ?? null])
  return `sha256:${createHash('sha256').update(ownFields).update('\n').update(bytes).digest('hex')}`
}

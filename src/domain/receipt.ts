import type { Instant } from '../clock.js'
import type { DatasetMode } from './dataset.js'
import type { Changes } from './difference.js'
import type { Finding } from './finding.js'
import type { AuthorityCode, DataSteward } from './local-authority.js'

export type ReceiptOutcome = 'accepted' | 'partially-accepted' | 'returned'

/** CP-IS file codes (domain.md section 3.2) that the hub gives. */
export const FILE_CODES = ['CPF01', 'CPF02', 'CPF03', 'CPF04', 'CPF05'] as const
export type FileCode = (typeof FILE_CODES)[number]

/** The hub's answer to a dataset. */
export interface Receipt {
  /** Null for a dry run, and when the register of people cannot be reached: neither leaves a trace. */
  id: string | null
  authorityCode: AuthorityCode
  sequence: number
  outcome: ReceiptOutcome
  fileCode: FileCode
  mode: DatasetMode
  dryRun: boolean
  receivedAt: Instant
  extractedAt: Instant
  contentDigest: string
  recordCount: number
  acceptedCount: number
  returnedCount: number
  changes: Changes
  findingCount: number
  findings: Finding[]
  returnedTo: DataSteward | null
  nextDueAt: Instant | null
}

export type ReceiptSummary = Omit<Receipt, 'findings'>

export interface Verdict {
  outcome: ReceiptOutcome
  fileCode: FileCode
  acceptedCount: number
  returnedCount: number
}

/** Whether a dataset is taken, in part, or returned whole (domain.md section 0 rule 2 and section 3.2). */
export function decideOutcome(checked: {
  recordCount: number
  faultyCount: number
  fileErrorCount: number
  partial: boolean
}): Verdict {
  const { recordCount, faultyCount, fileErrorCount, partial } = checked
  const returned = { outcome: 'returned', acceptedCount: 0, returnedCount: recordCount } as const
  if (fileErrorCount > 0) return { ...returned, fileCode: 'CPF01' }
  if (faultyCount === 0) {
    return { outcome: 'accepted', fileCode: 'CPF02', acceptedCount: recordCount, returnedCount: 0 }
  }
  if (!partial || faultyCount === recordCount) return { ...returned, fileCode: 'CPF04' }
  return {
    outcome: 'partially-accepted',
    fileCode: 'CPF03',
    acceptedCount: recordCount - faultyCount,
    returnedCount: faultyCount,
  }
}

/** Of a dataset that could not be checked, since the register of people cannot be reached (CPF05). */
export function putOff(recordCount: number): Verdict {
  return { outcome: 'returned', fileCode: 'CPF05', acceptedCount: 0, returnedCount: recordCount }
}

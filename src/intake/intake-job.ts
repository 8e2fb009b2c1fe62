import type { Instant } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import type { DatasetFormat } from '../domain/dataset.js'
import type { DatasetLimits } from '../domain/dataset-limits.js'
import type { FreshnessRules } from '../domain/freshness.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { PdsCheck, Person } from '../domain/person.js'

import type { ProblemCode, SchemaFault } from '../domain/problem.js'
import type { Receipt } from '../domain/receipt.js'
import type { PackedPlanChanges } from '../store/plan-changes.js'

/** A dataset as it arrived, with everything that is needed to check it on another thread. */
export interface IntakeJob {
  authorityCode: AuthorityCode
  /** The id that the receipt will bear; null for a dry run. */
  datasetId: string | null
  format: DatasetFormat
  gzipped: boolean
  body: Uint8Array
  /** The dataset's own fields from the query string; for CSV only. */
  queryFields: Record<string, string | number | boolean>
  dryRun: boolean
  confirmShrink: boolean
  now: Instant
  today: CalendarDate
  limits: DatasetLimits
  shrinkGuardRatio: number
  freshness: FreshnessRules
  pdsCheck: PdsCheck
  /** The register of people cannot be reached just now. */
  registerDown: boolean
  /** Who counts as registered beside those that are, and goes before all but those whom a tester put there. */
  people?: readonly Person[]
}

export type IntakeResult =
  | { kind: 'refused'; code: ProblemCode; detail: string; errors: SchemaFault[] | undefined }
  /** Accepted before; the first receipt. */
  | { kind: 'repeat'; receipt: Receipt }
  /** Returned, put off, or a dry run: the index stays as it is. */
  | { kind: 'settled'; receipt: Receipt }
  | {
      kind: 'acceptable'
      receipt: Receipt
      basedOnVersion: number
      childrenInScope: number | null
      changes: PackedPlanChanges
    }

import type { Instant } from '../clock.js'
import type { AccessDecision, AccessEvent } from './access-event.js'
import type { CalendarDate } from './calendar.js'
import type { Idempotency } from './idempotency.js'
import type { AuthorityCode, LocalAuthority } from './local-authority.js'
import type { NhsNumber } from './nhs-number.js'
import type { Plan } from './plan.js'
import type { RequestOrigin } from './request-origin.js'
import type { Requester } from './requester.js'

interface AnyQuestion {
  nhsNumber: NhsNumber
  now: Instant
  today: CalendarDate
  idempotency: Idempotency | undefined
  origin: RequestOrigin
}

/** A scheduled lookup: it reads and leaves no trace, of nobody. */
export interface SilentQuestion extends AnyQuestion {
  silent: true
}

export interface UnscheduledQuestion extends AnyQuestion {
  silent: false
  requester: Requester
  location: string | null
  /** The id of the access event, should this lookup record one. */
  newAccessId: string
  collapseMs: number
}

/** A lookup with everything that its transaction needs to decide. */
export type LookupQuestion = SilentQuestion | UnscheduledQuestion

/** What a lookup shows of the authority that holds a plan: whom to ring, and how old its word is. */
export type ResponsibleAuthority = Pick<
  LocalAuthority,
  'code' | 'name' | 'officeHoursPhone' | 'emergencyDutyPhone' | 'status' | 'visibleToHealth'
> & { lastAcceptedAt: Instant | null }

export interface VisiblePlan {
  plan: Plan
  authority: ResponsibleAuthority
}

export type LookupOutcome =
  | {
      kind: 'answered'
      /** Empty on a miss, and on a replay after the last plan has gone. */
      plans: VisiblePlan[]
      accesses: AccessEvent[]
      /** The access that was recorded or pinned; null when nothing was. */
      access: Omit<AccessDecision, 'toNotify'> | null
      replayed: boolean
      /** The authorities for which a notification was queued; left out when nothing was written. */
      newlyNotified?: AuthorityCode[]
    }
  | { kind: 'key-reused' }

import { epochMs, type Instant } from '../clock.js'
import type { AuthorityCode } from './local-authority.js'
import type { NhsNumber } from './nhs-number.js'
import type { Requester } from './requester.js'

/** The recorded fact that an unscheduled lookup saw a plan. */
export interface AccessEvent extends Requester {
  id: string
  at: Instant
  location: string | null
}

/** An access with the number that it was about. */
export interface ShownAccess {
  nhsNumber: NhsNumber
  access: AccessEvent
}

/** How many accesses a reply carries (domain.md section 0 rule 7). */
export const ACCESSES_SHOWN = 25

export interface RecordedAccess {
  id: string
  at: Instant
  notified: AuthorityCode[]
}

export interface AccessDecision extends RecordedAccess {
  /** Whether this is the recorded event of the same user again, rather than a new one. */
  repeat: boolean
  /** The authorities that have not been told of this access yet. */
  toNotify: AuthorityCode[]
}

/**
 * The collapse (domain.md section 0 rule 6): the same user of the same organisation looking at the same number
 * within the window is one access event, and each authority is told of it once.
 * An event that lies in the future (the clock went back) is not repeated: rather tell twice than not at all.
 */
export function decideAccess(
  now: Instant,
  newAccessId: string,
  previous: RecordedAccess | undefined,
  holders: readonly AuthorityCode[],
  collapseMs: number,
): AccessDecision {
  const ageMs = previous === undefined ? Number.NaN : epochMs(now) - epochMs(previous.at)
  if (previous !== undefined && ageMs >= 0 && ageMs < collapseMs) {
    const toNotify = holders.filter((code) => !previous.notified.includes(code))
    const notified = [...previous.notified, ...toNotify]
    return { id: previous.id, at: previous.at, repeat: true, notified, toNotify }
  }
  return { id: newAccessId, at: now, repeat: false, notified: [...holders], toNotify: [...holders] }
}

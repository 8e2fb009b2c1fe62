import { addMs, epochMs, type Instant, londonDate, SECOND_MS } from '../clock.js'
import type { CalendarDate } from './calendar.js'
import type { ResponsibleAuthority } from './lookup.js'

export interface FreshnessRules {
  /** How long a dataset counts as fresh. */
  freshnessMs: number
  /** How much longer before the authority is overdue. */
  graceMs: number
}

export interface Freshness {
  /** When the next dataset is due. */
  due: Instant
  overdue: boolean
  ageSeconds: number
}

/** How old an authority's last accepted dataset is; null for one that never had any, which is never overdue. */
export function freshnessOf(
  lastAcceptedAt: Instant | undefined,
  now: Instant,
  rules: FreshnessRules,
): Freshness | null {
  if (lastAcceptedAt === undefined) return null
  const ageMs = ageMsOf(lastAcceptedAt, now)
  return {
    due: addMs(lastAcceptedAt, rules.freshnessMs),
    overdue: isOverdue(ageMs, rules),
    ageSeconds: Math.max(0, Math.floor(ageMs / SECOND_MS)),
  }
}

/** Whether the authority became overdue on this day, in Europe/London. */
export function becameOverdueOn(date: CalendarDate, lastAcceptedAt: Instant, rules: FreshnessRules): boolean {
  return londonDate(addMs(lastAcceptedAt, rules.freshnessMs + rules.graceMs)) === date
}

/** Plans are shown as stale when their authority is overdue or suspended. */
export function isStale(
  { status, lastAcceptedAt }: Pick<ResponsibleAuthority, 'status' | 'lastAcceptedAt'>,
  now: Instant,
  rules: FreshnessRules,
): boolean {
  if (status === 'suspended') return true
  return lastAcceptedAt !== null && isOverdue(ageMsOf(lastAcceptedAt, now), rules)
}

function ageMsOf(lastAcceptedAt: Instant, now: Instant): number {
  return epochMs(now) - epochMs(lastAcceptedAt)
}

function isOverdue(ageMs: number, rules: FreshnessRules): boolean {
  return ageMs > rules.freshnessMs + rules.graceMs
}

import { addMs, epochMs, type Instant, londonDate, SECOND_MS } from '../clock.js'
import type { CalendarDate } from './calendar.js'
import type { LocalAuthority } from './local-authority.js'

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
  const ageMs = epochMs(now) - epochMs(lastAcceptedAt)
  return {
    due: addMs(lastAcceptedAt, rules.freshnessMs),
    overdue: ageMs > rules.freshnessMs + rules.graceMs,
    ageSeconds: Math.max(0, Math.floor(ageMs / SECOND_MS)),
  }
}

/** Whether the authority became overdue on this day, in Europe/London. */
export function becameOverdueOn(date: CalendarDate, lastAcceptedAt: Instant, rules: FreshnessRules): boolean {
  return londonDate(addMs(lastAcceptedAt, rules.freshnessMs + rules.graceMs)) === date
}

/** Plans are shown as stale when their authority is overdue or suspended. */
export function isStale(authority: LocalAuthority, now: Instant, rules: FreshnessRules): boolean {
  if (authority.status === 'suspended') return true
  return freshnessOf(authority.lastDataset?.acceptedAt, now, rules)?.overdue ?? false
}

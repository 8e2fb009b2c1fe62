import type { Instant } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import { type FreshnessRules, freshnessOf, isStale } from '../domain/freshness.js'
import type { LastDataset, LocalAuthority } from '../domain/local-authority.js'
import type { VisiblePlan } from '../domain/lookup.js'
import { PLAN_NAMES, type Plan, shownEndOf, statusOn } from '../domain/plan.js'
import type { ProgrammeFreshness } from '../hub/check-freshness.js'
import type { AnsweredLookup } from '../hub/look-up-child.js'
import type { HeldPlan } from '../store/store.js'

// From the domain's shapes to the wire's: what is not named here is not sent.

function lastDatasetReply(last: LastDataset | null) {
  if (last === null) return null
  const { id, sequence, acceptedAt, recordCount } = last
  return { id, sequence, acceptedAt, recordCount }
}

export function authorityReply(authority: LocalAuthority, now: Instant, rules: FreshnessRules) {
  const { visibleToHealth: _, lastReturned: __, version: ___, lastDataset, ...profile } = authority
  return {
    ...profile,
    lastDataset: lastDatasetReply(lastDataset),
    freshness: freshnessOf(lastDataset?.acceptedAt, now, rules),
  }
}

function planReply(plan: Plan, today: CalendarDate) {
  return {
    planType: plan.planType,
    planName: PLAN_NAMES[plan.planType],
    status: statusOn(plan, today),
    startDate: plan.startDate,
    endDate: shownEndOf(plan, today),
    expectedDeliveryDate: plan.expectedDeliveryDate,
  }
}

export function heldPlanReply({ plan, visible }: HeldPlan, today: CalendarDate) {
  const { id, nhsNumber, localId } = plan
  return { id, nhsNumber, localId, ...planReply(plan, today), visible }
}

function visiblePlanReply(
  { plan, authority }: VisiblePlan,
  now: Instant,
  today: CalendarDate,
  rules: FreshnessRules,
) {
  const { code, name, officeHoursPhone, emergencyDutyPhone } = authority
  return {
    ...planReply(plan, today),
    asOf: authority.lastAcceptedAt,
    stale: isStale(authority, now, rules),
    authority: { code, name, officeHoursPhone, emergencyDutyPhone },
  }
}

export function lookupReply(lookup: AnsweredLookup, rules: FreshnessRules) {
  const { now, today } = lookup
  return {
    nhsNumber: lookup.nhsNumber,
    found: lookup.plans.length > 0,
    plans: lookup.plans.map((visible) => visiblePlanReply(visible, now, today, rules)),
    accesses: lookup.accesses,
    access: lookup.access,
  }
}

export function freshnessReply(programme: ProgrammeFreshness, startedAt: Instant) {
  return {
    authorities: programme.authorities.map(({ authority, freshness, queue }) => ({
      code: authority.code,
      name: authority.name,
      status: authority.status,
      lastDataset: lastDatasetReply(authority.lastDataset),
      lastReturned: authority.lastReturned,
      due: freshness?.due ?? null,
      overdue: freshness?.overdue ?? false,
      ageSeconds: freshness?.ageSeconds ?? null,
      queued: queue.queued,
      oldestQueuedAt: queue.oldestQueuedAt,
      attention: queue.attention,
    })),
    hub: { startedAt, lastMaintenanceAt: programme.maintenance.lastMaintenanceAt },
    health: programme.health,
  }
}

import { DAY_MS, epochMs, type Instant } from '../clock.js'
import type { AccessEvent } from './access-event.js'
import type { Attendance } from './attendance.js'
import type { CalendarDate } from './calendar.js'
import type { AuthorityCode } from './local-authority.js'
import type { NumberInactive } from './person.js'
import { PLAN_NAMES, type Plan, type PlanStatus, type PlanType, shownEndOf, statusOn } from './plan.js'

export type NotificationKind = 'access' | 'attendance' | 'dataset-overdue' | 'number-inactive'

export const NOTIFICATION_STATES = ['queued', 'leased', 'acknowledged'] as const
export type NotificationState = (typeof NOTIFICATION_STATES)[number]

export const ATTENTION_ATTEMPTS = 10
export const ATTENTION_AGE_MS = DAY_MS

/** One of the authority's own plans, as it was when the event happened. */
export interface NotifiedPlan {
  planType: PlanType
  planName: string
  status: PlanStatus
  startDate: CalendarDate
  endDate: CalendarDate | null
  expectedDeliveryDate: CalendarDate | null
}

export interface Overdue {
  /** The day, in Europe/London, on which the dataset was missed. */
  date: CalendarDate
  lastAcceptedAt: Instant
  due: Instant
}

/** What a notification tells; each kind has a property of its own. */
export interface NotificationPayload {
  nhsNumber?: string
  localIds?: string[]
  plans?: NotifiedPlan[]
  access?: AccessEvent
  attendance?: Attendance
  overdue?: Overdue
  numberInactive?: NumberInactive
}

export interface NewNotification {
  id: string
  authorityCode: AuthorityCode
  kind: NotificationKind
  createdAt: Instant
  payload: NotificationPayload
}

/** What can be seen of a notification without taking it: no NHS number. */
export interface NotificationSummary {
  id: string
  kind: NotificationKind
  state: NotificationState
  createdAt: Instant
  attempt: number
  attention: boolean
  leasedUntil?: Instant
}

export interface LeasedNotification extends NotificationPayload {
  id: string
  kind: NotificationKind
  createdAt: Instant
  attempt: number
}

/**
 * One event addressed to one authority has one id, so that storing it twice is impossible.
 * `subjectId` is the id of the access, attendance or end of a number, or the day that was missed.
 */
export function notificationId(subjectId: string, authorityCode: AuthorityCode): string {
  return `${subjectId}.${authorityCode}`
}

/** A lease that ran out is as if it had never been. */
export function stateAt(
  stored: { acknowledged: boolean; leasedUntil: Instant | null },
  now: Instant,
): NotificationState {
  if (stored.acknowledged) return 'acknowledged'
  return stored.leasedUntil !== null && stored.leasedUntil > now ? 'leased' : 'queued'
}

/** Tried ten times or a day old and still not acknowledged: someone should look. */
export function needsAttention(
  stored: { acknowledged: boolean; attempt: number; createdAt: Instant },
  now: Instant,
): boolean {
  if (stored.acknowledged) return false
  return stored.attempt >= ATTENTION_ATTEMPTS || epochMs(now) - epochMs(stored.createdAt) >= ATTENTION_AGE_MS
}

/** What each holding authority is told about its own plans; in the order of the plans. */
export function subjectOf(
  plans: readonly Plan[],
  code: AuthorityCode,
  today: CalendarDate,
): NotificationPayload {
  const own = plans.filter((plan) => plan.authorityCode === code)
  return {
    ...(own[0] && { nhsNumber: own[0].nhsNumber }),
    localIds: [...new Set(own.flatMap((plan) => (plan.localId === null ? [] : [plan.localId])))],
    plans: own.map((plan) => ({
      planType: plan.planType,
      planName: PLAN_NAMES[plan.planType],
      status: statusOn(plan, today),
      startDate: plan.startDate,
      endDate: shownEndOf(plan, today),
      expectedDeliveryDate: plan.expectedDeliveryDate,
    })),
  }
}

/** The authorities that hold these plans, each once, in a stable order. */
export function holdersOf(plans: readonly Plan[]): AuthorityCode[] {
  return [...new Set(plans.map((plan) => plan.authorityCode))].sort()
}

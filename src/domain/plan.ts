import { type CalendarDate, dayNumber, eighteenthBirthday } from './calendar.js'
import type { AuthorityCode } from './local-authority.js'
import type { NhsNumber } from './nhs-number.js'

export const PLAN_TYPES = ['CPP', 'LAC', 'UCPP'] as const
export type PlanType = (typeof PLAN_TYPES)[number]

export const PLAN_NAMES: Record<PlanType, string> = {
  CPP: 'Child protection plan',
  LAC: 'Looked after child',
  UCPP: 'Unborn child protection plan',
}

/** Days for which an ended CPP or LAC still shows (domain.md section 0 rule 4). */
export const VISIBLE_DAYS_AFTER_END = 365
/** Days after the expected delivery date for which a UCPP still shows. */
export const VISIBLE_DAYS_AFTER_DELIVERY = 28

/** What an authority said about one plan. A UCPP carries its mother's NHS number. */
export interface PlanFacts {
  nhsNumber: NhsNumber
  planType: PlanType
  startDate: CalendarDate
  endDate: CalendarDate | null
  expectedDeliveryDate: CalendarDate | null
  localId: string | null
  familyName: string | null
  givenNames: string[]
  birthDate: CalendarDate | null
}

/** A plan on the index; `id` is opaque and stays while the plan's key lives. */
export interface Plan extends PlanFacts {
  id: string
  authorityCode: AuthorityCode
}

export type PlanStatus = 'active' | 'ended'

type EndingFacts = Pick<PlanFacts, 'planType' | 'endDate' | 'birthDate'>

/** The key of a plan within its authority (domain.md section 0 rule 3), as one text. */
export function planKey(facts: Pick<PlanFacts, 'nhsNumber' | 'planType' | 'startDate'>): string {
  return `${facts.nhsNumber} ${facts.planType} ${facts.startDate}`
}

/** The day a plan ends or ended: its end date or, for CPP and LAC, the eighteenth birthday if that is sooner. */
export function endOf(plan: EndingFacts): CalendarDate | null {
  if (plan.planType === 'UCPP' || plan.birthDate === null) return plan.endDate
  const birthday = eighteenthBirthday(plan.birthDate)
  return plan.endDate === null || birthday < plan.endDate ? birthday : plan.endDate
}

/**
 * The end as it is shown: a birthday that has not come yet is nobody's business, since it would tell the birth date.
 */
export function shownEndOf(plan: EndingFacts, today: CalendarDate): CalendarDate | null {
  const end = endOf(plan)
  return end !== null && end > today ? plan.endDate : end
}

/** Ended from the end date on, and on the eighteenth birthday itself. */
export function statusOn(plan: EndingFacts, today: CalendarDate): PlanStatus {
  const end = endOf(plan)
  return end !== null && end <= today ? 'ended' : 'active'
}

type ShowingFacts = EndingFacts & Pick<PlanFacts, 'expectedDeliveryDate'>

/** The number of the last day on which the plan itself shows; null when no end of it is known. */
export function lastVisibleDay(plan: ShowingFacts): number | null {
  if (plan.planType === 'UCPP') {
    const due = plan.expectedDeliveryDate
    return due === null ? null : dayNumber(due) + VISIBLE_DAYS_AFTER_DELIVERY
  }
  const end = endOf(plan)
  return end === null ? null : dayNumber(end) + VISIBLE_DAYS_AFTER_END
}

/** Whether the plan itself still shows today; its authority must be visible as well. */
export function isVisibleOn(plan: ShowingFacts, today: CalendarDate): boolean {
  const last = lastVisibleDay(plan)
  return last === null || dayNumber(today) <= last
}

/** The order in which plans are shown: active before ended, then newest start, then a stable tie-break. */
export function byRelevance(today: CalendarDate): (a: Plan, b: Plan) => number {
  const rank = (plan: Plan) => (statusOn(plan, today) === 'active' ? 0 : 1)
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return (a, b) =>
    rank(a) - rank(b) ||
    text(b.startDate, a.startDate) ||
    text(a.authorityCode, b.authorityCode) ||
    text(a.planType, b.planType)
}

import type { Annotation, CareTeam, ContactPoint, Reference } from 'fhir/r4.js'
import type { Instant } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import { type FreshnessRules, isStale } from '../domain/freshness.js'
import type { VisiblePlan } from '../domain/lookup.js'
import type { NhsNumber } from '../domain/nhs-number.js'
import { type Plan, shownEndOf, statusOn } from '../domain/plan.js'
import { fhirText } from './fhir-text.js'
import { planCategory } from './plan-category.js'
import { NHS_NUMBER } from './systems.js'

/** The moment for which a plan is shown, and from when on an authority's word counts as old. */
export interface ShownAt {
  now: Instant
  today: CalendarDate
  freshness: FreshnessRules
}

/**
 * A visible plan as the guide's CareTeam (domain.md section 6.4): whom to ring about the child. Two things that the
 * guide has no place for are kept in R4's own: how old the authority's word is in `meta.lastUpdated`, and a note where
 * that is too old or where an unborn child is expected.
 */
export function careTeamOf({ plan, authority }: VisiblePlan, at: ShownAt): CareTeam {
  const note = notesOn({ plan, authority }, at)
  return {
    resourceType: 'CareTeam',
    id: plan.id,
    ...(authority.lastAcceptedAt !== null && { meta: { lastUpdated: authority.lastAcceptedAt } }),
    status: statusOn(plan, at.today) === 'active' ? 'active' : 'inactive',
    category: [planCategory(plan.planType)],
    name: fhirText(authority.name),
    subject: patientReference(plan.nhsNumber),
    period: periodOf(plan, at.today),
    telecom: [
      phone('work', authority.officeHoursPhone),
      // The guide's place for the emergency duty team.
      phone('mobile', authority.emergencyDutyPhone),
    ],
    ...(note.length > 0 && { note }),
  }
}

/** The child, or of a UCPP its mother: by NHS number alone, since health is not shown names. */
export function patientReference(nhsNumber: NhsNumber): Reference {
  return { identifier: { system: NHS_NUMBER, value: nhsNumber } }
}

/** From when on, and until when; an eighteenth birthday before the start is no end that R4 allows (per-1). */
export function periodOf(plan: Plan, today: CalendarDate): { start: string; end?: string } {
  const { startDate: start } = plan
  const end = shownEndOf(plan, today)
  return { start, ...(end !== null && end >= start && { end }) }
}

function phone(use: 'work' | 'mobile', value: string): ContactPoint {
  return { system: 'phone', value: fhirText(value), use }
}

function notesOn({ plan, authority }: VisiblePlan, { now, freshness }: ShownAt): Annotation[] {
  const texts = []
  if (plan.expectedDeliveryDate !== null) texts.push(`Expected delivery date: ${plan.expectedDeliveryDate}.`)
  if (isStale(authority, now, freshness)) {
    texts.push(
      'This may be out of date: the authority’s list is overdue, or the authority suspended. Ring the authority and ask.',
    )
  }
  return texts.map((text) => ({ text }))
}

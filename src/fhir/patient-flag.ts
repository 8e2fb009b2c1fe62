import type { CarePlan, CareTeam, Flag } from 'fhir/r4.js'
import type { VisiblePlan } from '../domain/lookup.js'
import { type Plan, statusOn } from '../domain/plan.js'
import { careTeamOf, patientReference, periodOf, type ShownAt } from './care-team.js'
import { planCategory } from './plan-category.js'
import { FLAG_CATEGORIES, FLAG_DETAIL } from './systems.js'

/** How the code system spells it, and how earlier drafts of the Patient Flags API did (domain.md section 6.8). */
export const FLAG_CODES: readonly string[] = [
  'child-protection-information-system-flag',
  'child-protection-information-sharing-flag',
]

export interface PatientFlags {
  flag: Flag
  carePlans: CarePlan[]
  careTeams: CareTeam[]
}

/** A child's plans as the Patient Flags API has them (domain.md section 6.8): one flag for all of them; none without. */
export function patientFlagsOf(visible: readonly VisiblePlan[], at: ShownAt): PatientFlags | undefined {
  const [first] = visible
  if (first === undefined) return undefined
  const plans = visible.map(({ plan }) => plan)
  return {
    flag: flagOf(first.plan, plans, at),
    carePlans: plans.map((plan) => carePlanOf(plan, at)),
    careTeams: visible.map((each) => careTeamOf(each, at)),
  }
}

function flagOf(first: Plan, plans: readonly Plan[], { today }: ShownAt): Flag {
  const isActive = plans.some((plan) => statusOn(plan, today) === 'active')
  const starts = plans.map(({ startDate }) => startDate).sort()
  return {
    resourceType: 'Flag',
    // It lives in its bundle alone, and there is no id of a child that tells no number: one of its plans' stands in.
    id: plans.map(({ id }) => id).sort()[0] as string,
    extension: plans.map(({ id }) => ({
      url: FLAG_DETAIL,
      valueReference: { reference: `CarePlan/${id}` },
    })),
    status: isActive ? 'active' : 'inactive',
    code: {
      coding: [
        {
          system: FLAG_CATEGORIES,
          code: FLAG_CODES[0] as string,
          display: 'Child Protection - Information Sharing flag',
        },
      ],
    },
    subject: patientReference(first.nhsNumber),
    period: { start: starts[0] as string },
  }
}

function carePlanOf(plan: Plan, { today }: ShownAt): CarePlan {
  return {
    resourceType: 'CarePlan',
    id: plan.id,
    status: statusOn(plan, today) === 'active' ? 'active' : 'completed',
    intent: 'plan',
    category: [planCategory(plan.planType)],
    subject: patientReference(plan.nhsNumber),
    period: periodOf(plan, today),
    careTeam: [{ reference: `CareTeam/${plan.id}` }],
  }
}

import type { CodeableConcept } from 'fhir/r4.js'
import type { PlanType } from '../domain/plan.js'
import { SNOMED } from './systems.js'

/** The plan types as the value set England-ChildProtectionPlan has them. */
export const PLAN_CONCEPTS: Record<PlanType, { code: string; display: string }> = {
  CPP: { code: '342191000000101', display: 'Subject to child protection plan' },
  LAC: { code: '764841000000100', display: 'Looked after child' },
  UCPP: { code: '818901000000100', display: 'Unborn child subject to child protection plan' },
}

export function planCategory(planType: PlanType): CodeableConcept {
  return { coding: [{ system: SNOMED, ...PLAN_CONCEPTS[planType] }] }
}

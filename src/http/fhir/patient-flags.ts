import type { FastifyInstance } from 'fastify'
import { FLAG_CODES, patientFlagsOf } from '../../fhir/patient-flag.js'
import { PATIENT_PARAMETER } from '../../fhir/search.js'
import { FLAG_CATEGORIES } from '../../fhir/systems.js'
import type { HubContext } from '../../hub/context.js'
import { ref } from '../../messages/common.js'
import { PatientFlagBundleSchema } from '../../messages/fhir/resources.js'
import type { Metrics } from '../metrics.js'
import { registerSearch } from './searches.js'
import { lookUpSilently } from './silent-lookups.js'

const CODE_PARAMETER = {
  name: 'code',
  documentation: `${FLAG_CODES[0]}, alone or behind ${FLAG_CATEGORIES}|, or several with commas; the hub knows no other flag.`,
}

/** PatientFlag: the form of the Patient Flags API, for scheduled care (domain.md section 6.8); always silent. */
export function registerPatientFlags(
  app: FastifyInstance,
  hub: HubContext,
  metrics: Metrics,
  publicUrl: string | undefined,
): void {
  registerSearch(app, publicUrl, {
    type: 'PatientFlag',
    parameters: [PATIENT_PARAMETER, CODE_PARAMETER],
    operationId: 'searchPatientFlags',
    summary: 'The flag of a child, with its CarePlans and CareTeams',
    description: 'The form of the Patient Flags API, for scheduled care. Always silent.',
    headers: [],
    bundle: ref(PatientFlagBundleSchema),
    byForm: false,
    async find({ nhsNumber, codes }, request) {
      const { now, today, plans } = await lookUpSilently(hub, metrics, nhsNumber, request)
      const flags = patientFlagsOf(plans, { now, today, freshness: hub.rules.freshness })
      const isAsked = codes === undefined || codes.some(isOurs)
      if (flags === undefined || !isAsked) return { matches: [] }
      return { matches: [flags.flag], includes: [...flags.carePlans, ...flags.careTeams] }
    },
  })
}

function isOurs(code: string): boolean {
  return FLAG_CODES.some((known) => code === known || code === `${FLAG_CATEGORIES}|${known}`)
}

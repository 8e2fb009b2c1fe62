import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { CPIS_WORDING } from '../../fhir/spine-codes.js'
import type { HubContext } from '../../hub/context.js'
import type { Metrics } from '../metrics.js'
import { registerAuditEvents } from './audit-events.js'
import { FHIR_BASE } from './base.js'
import { registerCareTeams } from './care-teams.js'
import { registerEncounters } from './encounters.js'
import { collectRoutes, registerMetadata } from './metadata.js'
import { registerOutcomes } from './outcomes.js'
import { registerForms, registerParameters, registerResources } from './parameters.js'
import { registerPatientFlags } from './patient-flags.js'

/** The CP-IS FHIR R4 API, as health systems are built against it (domain.md section 6), in reading order. */
export async function registerFhir(
  app: FastifyInstance,
  hub: HubContext,
  metrics: Metrics,
  publicUrl: string | undefined,
): Promise<void> {
  const registerTypes: FastifyPluginCallback = (fhir, _options, done) => {
    registerOutcomes(fhir, hub.machineClock, CPIS_WORDING)
    registerParameters(fhir)
    const routes = collectRoutes(fhir)
    fhir.register(registerSearches)
    fhir.register(registerReports)
    fhir.register((last, _none, lastDone) => {
      registerMetadata(last, hub, routes, publicUrl)
      lastDone()
    })
    done()
  }
  const registerSearches: FastifyPluginCallback = (searches, _options, done) => {
    // A search is asked with a form, if it has a body at all.
    searches.removeAllContentTypeParsers()
    registerForms(searches)
    registerCareTeams(searches, hub, metrics, publicUrl)
    registerAuditEvents(searches, hub, metrics, publicUrl)
    registerPatientFlags(searches, hub, metrics, publicUrl)
    done()
  }
  const registerReports: FastifyPluginCallback = (reports, _options, done) => {
    registerResources(reports)
    registerEncounters(reports, hub, publicUrl)
    done()
  }
  await app.register(registerTypes, { prefix: FHIR_BASE })
}

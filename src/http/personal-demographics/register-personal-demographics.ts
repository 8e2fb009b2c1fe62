import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { PDS_WORDING } from '../../fhir/personal-demographics.js'
import type { HubContext } from '../../hub/context.js'
import { PDS_BASE } from '../fhir/base.js'
import { registerOutcomes } from '../fhir/outcomes.js'
import { registerParameters } from '../fhir/parameters.js'
import { registerHeaders } from './headers.js'
import { registerPatients } from './patients.js'

/** The Personal Demographics Service as its FHIR API is, as far as whoever traces a person needs it. */
export async function registerPersonalDemographics(
  app: FastifyInstance,
  hub: HubContext,
  publicUrl: string | undefined,
): Promise<void> {
  const register: FastifyPluginCallback = (demographics, _options, done) => {
    registerOutcomes(demographics, hub.machineClock, PDS_WORDING)
    registerHeaders(demographics)
    registerParameters(demographics)
    registerPatients(demographics, hub, publicUrl)
    done()
  }
  await app.register(register, { prefix: PDS_BASE })
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { careTeamOf } from '../../fhir/care-team.js'
import { PATIENT_PARAMETER } from '../../fhir/search.js'
import type { HubContext } from '../../hub/context.js'
import { type AnsweredLookup, getNhsNumber, lookUpChild } from '../../hub/look-up-child.js'
import { readPlan } from '../../hub/read-by-id.js'
import { ref } from '../../messages/common.js'
import { CareTeamBundleSchema, CareTeamSchema } from '../../messages/fhir/resources.js'
import { hubFor } from '../hub-for.js'
import type { Metrics } from '../metrics.js'
import { idempotencyWith, originOf } from '../requests.js'
import { FHIR_BASE } from './base.js'
import { REPEATABLE, UNSCHEDULED, WHO_ASKS } from './documented.js'
import { registerRead } from './reads.js'
import { registerSearch } from './searches.js'
import { lookUpSilently } from './silent-lookups.js'
import { isUnscheduled } from './unscheduled.js'
import { warn } from './warnings.js'
import { requesterOf, whoAsks } from './who-asks.js'

const TYPE = 'CareTeam'
// One for both forms of the search, so that a retry may take the other.
const ACTION = `GET ${FHIR_BASE}/${TYPE}`

/** CareTeam: whom to ring about a child (domain.md section 6.4). */
export function registerCareTeams(
  app: FastifyInstance,
  hub: HubContext,
  metrics: Metrics,
  publicUrl: string | undefined,
): void {
  const { freshness } = hub.rules

  registerSearch(app, publicUrl, {
    type: TYPE,
    parameters: [PATIENT_PARAMETER],
    operationId: 'searchCareTeams',
    summary: 'Look a child up: one CareTeam for each visible plan',
    description:
      'Unscheduled, unless IsUnscheduledAccessEvent is false: then a child with a plan is recorded and every responsible authority told, on disk, before the reply is sent.',
    headers: [UNSCHEDULED, ...WHO_ASKS, REPEATABLE],
    bundle: ref(CareTeamBundleSchema),
    byForm: true,
    async find({ nhsNumber }, request, reply) {
      const lookup = isUnscheduled(request.headers, reply)
        ? await lookUpUnscheduled(hub, metrics, nhsNumber, { request, reply })
        : await lookUpSilently(hub, metrics, nhsNumber, request)
      const { now, today, plans } = lookup
      return { matches: plans.map((visible) => careTeamOf(visible, { now, today, freshness })) }
    },
  })

  registerRead(app, {
    type: TYPE,
    operationId: 'readCareTeam',
    summary: 'One CareTeam that a bundle held',
    schema: ref(CareTeamSchema),
    async read(id) {
      const visible = await readPlan(hub, id)
      return visible && careTeamOf(visible, { ...visible, freshness })
    },
  })
}

async function lookUpUnscheduled(
  hub: HubContext,
  metrics: Metrics,
  nhsNumber: string,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<AnsweredLookup> {
  const who = whoAsks(request.headers)
  const requester = requesterOf(who)
  if (who.warning !== undefined) warn(reply, who.warning)
  const answer = await lookUpChild(
    hubFor(request, hub),
    originOf(request, requester.organisation.odsCode, ACTION),
    { nhsNumber, careSetting: 'unscheduled', requester, location: null },
    // However the number is written.
    idempotencyWith(request.headers['x-request-id'], { nhsNumber: getNhsNumber(nhsNumber), requester }),
  )
  metrics.countLookup(answer, 'unscheduled')
  if (answer.replayed) reply.header('idempotency-replayed', 'true')
  return answer
}

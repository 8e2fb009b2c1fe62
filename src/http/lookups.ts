import type { FastifyInstance } from 'fastify'
import type { HubContext } from '../hub/context.js'
import { lookUpChild } from '../hub/look-up-child.js'
import { ref } from '../messages/common.js'
import { idempotencyHeader } from '../messages/headers.js'
import { type LookupBody, LookupReplySchema, LookupSchema } from '../messages/lookup.js'
import { hubFor } from './hub-for.js'
import type { Metrics } from './metrics.js'
import { refuseWhenBusy } from './overload.js'
import { lookupReply } from './replies.js'
import { idempotencyOf, originOf } from './requests.js'
import { JSON_BODY_PROBLEMS, responses } from './responses.js'

const PATH = '/v1/lookups'
const ACTION = `POST ${PATH}`

export function registerLookups(app: FastifyInstance, hub: HubContext, metrics: Metrics): void {
  app.post<{ Body: LookupBody }>(
    PATH,
    {
      schema: {
        tags: ['lookups'],
        operationId: 'lookUpChild',
        summary: 'Look a child up',
        description:
          'A POST, so that no NHS number stands in a URL. An unscheduled hit is recorded and every responsible authority told, on disk, before the reply is sent.',
        headers: idempotencyHeader,
        body: ref(LookupSchema),
        response: responses(
          { 200: ref(LookupReplySchema) },
          ...JSON_BODY_PROBLEMS,
          'INVALID_NHS_NUMBER',
          'IDEMPOTENCY_KEY',
          'IDEMPOTENCY_KEY_REUSED',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => {
      const { nhsNumber, careSetting = 'unscheduled', requester, location = null } = request.body
      if (careSetting === 'scheduled') refuseWhenBusy(hub.load, 'silentLookups')
      const origin = originOf(request, requester.organisation.odsCode, ACTION)
      const lookup = { nhsNumber, careSetting, requester, location }
      const answer = await lookUpChild(hubFor(request, hub), origin, lookup, idempotencyOf(request))
      if (answer.replayed) reply.header('idempotency-replayed', 'true')
      metrics.countLookup(answer, careSetting)
      return lookupReply(answer, hub.rules.freshness)
    },
  )
}

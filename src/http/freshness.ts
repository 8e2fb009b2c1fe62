import type { FastifyInstance } from 'fastify'
import { checkFreshness } from '../hub/check-freshness.js'
import type { HubContext } from '../hub/context.js'
import { ref } from '../messages/common.js'
import { FreshnessSchema } from '../messages/freshness.js'
import { freshnessReply } from './replies.js'
import { responses } from './responses.js'

export function registerFreshness(app: FastifyInstance, hub: HubContext): void {
  app.get(
    '/v1/freshness',
    {
      schema: {
        tags: ['operations'],
        operationId: 'checkFreshness',
        summary: 'The three parties’ 24-hour clocks',
        response: responses({ 200: ref(FreshnessSchema) }, 'SCHEMA_VIOLATION'),
      },
    },
    async () => freshnessReply(await checkFreshness(hub), hub.startedAt),
  )
}

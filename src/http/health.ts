import type { FastifyInstance } from 'fastify'
import type { HubContext } from '../hub/context.js'
import { ref } from '../messages/common.js'
import { HealthSchema } from '../messages/freshness.js'
import { responses } from './responses.js'

export function registerHealth(app: FastifyInstance, hub: HubContext): void {
  const health = ref(HealthSchema)

  app.get(
    '/health/live',
    {
      schema: {
        tags: ['operations'],
        operationId: 'checkLive',
        summary: 'Does the process answer',
        response: responses({ 200: health }, 'SCHEMA_VIOLATION'),
      },
    },
    async () => ({ status: 'ok' }),
  )

  app.get(
    '/health/ready',
    {
      schema: {
        tags: ['operations'],
        operationId: 'checkReady',
        summary: 'Can it read and write its database',
        response: responses({ 200: health, 503: health }, 'SCHEMA_VIOLATION'),
      },
    },
    async (request, reply) => {
      try {
        await hub.store.probe()
        return { status: 'ok' }
      } catch (error) {
        request.log.error({ reason: (error as Error).message }, 'the database cannot be read or written')
        return reply.code(503).send({ status: 'unavailable' })
      }
    },
  )
}

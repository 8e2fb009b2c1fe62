import type { FastifyInstance } from 'fastify'
import { SECOND_MS } from '../clock.js'
import { refuse } from '../domain/problem.js'
import type { HubContext } from '../hub/context.js'
import { ref } from '../messages/common.js'
import { HealthSchema } from '../messages/freshness.js'
import { within } from './deadlines.js'
import { responses } from './responses.js'

// Whoever asks gives up soon, and a disk that stands still is not ready.
const READY_MS_MAX = 5 * SECOND_MS
const tooSlow = () => refuse('STORE_UNAVAILABLE', 'The database has not answered in time.')

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
        await within(hub.machineClock, READY_MS_MAX, hub.store.probe(), tooSlow)
        return { status: 'ok' }
      } catch (error) {
        request.log.error({ reason: (error as Error).message }, 'the database cannot be read or written')
        return reply.code(503).send({ status: 'unavailable' })
      }
    },
  )
}

import type { FastifyInstance } from 'fastify'
import { refuse } from '../../domain/problem.js'
import { Type } from '../../messages/type.js'
import type { TesterControls } from '../../tester/controls.js'
import { responses } from '../responses.js'
import { EventStreams } from './event-streams.js'

const EVENT_STREAM = 'text/event-stream'

/** The live view: what happens in the hub, while it happens. */
export function registerEvents(app: FastifyInstance, controls: TesterControls, closing: AbortSignal): void {
  const streams = new EventStreams(controls.events, controls.hub.machineClock)
  // A stop waits for every answer, and this one has no end of its own.
  closing.addEventListener('abort', () => streams.endAll())

  app.get(
    '/tester/events',
    {
      // It would be a stream without end and without a body.
      exposeHeadRoute: false,
      schema: {
        tags: ['tester'],
        operationId: 'watchEvents',
        summary: 'What happens, as server-sent events',
        description:
          'request, receipt, access, notification, fault and clock, each with an id and JSON: ids, codes, states and counts, no name and no NHS number. Last-Event-ID resumes as far as the hub remembers; an event `dropped` tells of what it does not. A comment comes every 15 seconds.',
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ maxLength: 100, description: 'The id of the last event that was seen.' }),
          ),
        }),
        response: {
          ...responses({}, 'TESTER_LIMIT'),
          200: { description: 'Events.', content: { [EVENT_STREAM]: { schema: Type.String() } } },
        },
      },
    },
    (request, reply) => {
      if (streams.isFull)
        throw refuse('TESTER_LIMIT', 'As many look on as may at once. Close a connection, and try again.')
      reply.header('content-type', EVENT_STREAM).header('cache-control', 'no-store')
      // Whatever comes behind it on this connection would never have its turn.
      reply.raw.shouldKeepAlive = false
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value)
      reply.raw.writeHead(200)
      streams.open(reply.raw, request.headers['last-event-id'] as string | undefined)
    },
  )
}

import type { FastifyInstance } from 'fastify'
import { ref } from '../../messages/common.js'
import { ClockSchema, type ClockWishBody, ClockWishSchema } from '../../messages/tester/clock.js'
import type { TesterControls } from '../../tester/controls.js'
import { setClock, unsetClock } from '../../tester/set-clock.js'
import { clockWishOf } from '../../tester/wishes.js'
import { JSON_BODY_PROBLEMS, responses } from '../responses.js'

const PATH = '/tester/clock'

export function registerClock(app: FastifyInstance, controls: TesterControls): void {
  const clock = ref(ClockSchema)

  app.get(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'readClock',
        summary: 'What time the hub has',
        response: responses({ 200: clock }),
      },
    },
    async () => controls.clock.read(),
  )

  app.put<{ Body: ClockWishBody }>(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'setClock',
        summary: 'Set the hub’s clock, forwards or back',
        description:
          'Every rule follows; timeouts and latencies stay on the machine’s clock. Each midnight (Europe/London) that it moves over has its maintenance, once, as of that midnight.',
        body: ref(ClockWishSchema),
        response: responses({ 200: clock }, ...JSON_BODY_PROBLEMS, 'STORAGE_FULL', 'STORE_UNAVAILABLE'),
      },
    },
    async (request) => setClock(controls, clockWishOf(request.body)),
  )

  app.delete(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'unsetClock',
        summary: 'Back to real time',
        response: responses({ 200: clock }, 'STORAGE_FULL', 'STORE_UNAVAILABLE'),
      },
    },
    async () => unsetClock(controls),
  )
}

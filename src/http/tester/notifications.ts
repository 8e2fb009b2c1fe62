import type { FastifyInstance } from 'fastify'
import { parseInstant } from '../../clock.js'
import { refuse } from '../../domain/problem.js'
import { closed, ref, text } from '../../messages/common.js'
import { NotificationSummarySchema } from '../../messages/notification.js'
import { type NotificationChangeBody, NotificationChangeSchema } from '../../messages/tester/notification.js'
import type { TesterControls } from '../../tester/controls.js'
import { type NotificationChange, setNotification } from '../../tester/set-notification.js'
import { JSON_BODY_PROBLEMS, responses } from '../responses.js'

export function registerNotificationChanges(app: FastifyInstance, controls: TesterControls): void {
  app.patch<{ Params: { notificationId: string }; Body: NotificationChangeBody }>(
    '/tester/notifications/:notificationId',
    {
      schema: {
        tags: ['tester'],
        operationId: 'setNotification',
        summary: 'Run a lease out, or put an acknowledged notification back',
        description: 'Whatever state it was in. Whoever waits for it is told.',
        params: closed({ notificationId: text(80) }),
        body: ref(NotificationChangeSchema),
        response: responses(
          { 200: ref(NotificationSummarySchema) },
          ...JSON_BODY_PROBLEMS,
          'NOTIFICATION_UNKNOWN',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request) => setNotification(controls, request.params.notificationId, changeOf(request.body)),
  )
}

function changeOf({ leasedUntil: text, ...rest }: NotificationChangeBody): NotificationChange {
  if (text === undefined) return rest
  const leasedUntil = parseInstant(text)
  if (leasedUntil !== undefined) return { ...rest, leasedUntil }
  const fault = { pointer: '/leasedUntil', message: 'must be a real RFC 3339 date and time with its offset' }
  throw refuse('SCHEMA_VIOLATION', '`leasedUntil` is not a moment that exists.', [fault])
}

import type { Static } from 'typebox'
import { NOTIFICATION_STATES } from '../../domain/notification.js'
import { closed, InstantSchema, oneOf } from '../common.js'
import { Type } from '../type.js'

const ATTEMPT_MAX = 1_000_000

export const NotificationChangeSchema = closed(
  {
    state: oneOf(NOTIFICATION_STATES),
    attempt: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: ATTEMPT_MAX,
        description: 'How often it counts as leased; left out, as before.',
      }),
    ),
    leasedUntil: Type.Optional(
      InstantSchema({
        description: 'Beside leased: when the lease runs out, or has; left out, in a minute.',
      }),
    ),
  },
  {
    $id: 'NotificationChange',
    title: 'NotificationChange',
    examples: [{ state: 'leased', attempt: 9, leasedUntil: '2026-11-24T09:30:00.000Z' }],
  },
)
export type NotificationChangeBody = Static<typeof NotificationChangeSchema>

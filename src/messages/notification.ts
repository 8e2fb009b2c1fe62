import type { Static } from 'typebox'
import { NOTIFICATION_STATES } from '../domain/notification.js'
import { CallbackSchema, visitFields } from './attendance.js'
import {
  BareNhsNumberSchema,
  closed,
  DateSchema,
  IdSchema,
  InstantSchema,
  nullable,
  oneOf,
  PageQuery,
  pageOf,
  ref,
  text,
} from './common.js'
import {
  acknowledgeReplyExample,
  leaseReplyExample,
  notificationExample,
  notificationSummaryExample,
  releaseReplyExample,
} from './examples.js'
import { accessFields, OrganisationSchema, UserSchema } from './lookup.js'
import { planFields } from './plan.js'
import { Type } from './type.js'

export const LEASE_MAX_DEFAULT = 100
export const LEASE_SECONDS_DEFAULT = 60

const KindSchema = Type.String({
  description:
    'access, attendance, dataset-overdue or number-inactive today. Keep and acknowledge a kind that you do not know: more may come, each with a payload property of its own.',
  examples: ['access'],
})

const NotificationIdSchema = Type.String({
  description: 'Unique; the key by which to recognise one that comes again.',
  examples: ['019b2c1e-0000-7000-8000-000000000001.E06000006'],
})

export const NotificationSummarySchema = closed(
  {
    id: NotificationIdSchema,
    kind: KindSchema,
    state: oneOf(NOTIFICATION_STATES, { description: 'A lease that ran out shows as queued.' }),
    createdAt: InstantSchema(),
    attempt: Type.Integer({ description: 'How often it has been leased.' }),
    attention: Type.Boolean({ description: 'Ten attempts or a day old, and not acknowledged.' }),
    leasedUntil: Type.Optional(InstantSchema()),
  },
  {
    $id: 'NotificationSummary',
    examples: [notificationSummaryExample],
    title: 'NotificationSummary',
    description: 'A notification seen without taking it.',
  },
)

export const NotificationQuery = closed({ state: Type.Optional(oneOf(NOTIFICATION_STATES)), ...PageQuery })
export type NotificationQuery = Static<typeof NotificationQuery>
export const NotificationPage = pageOf(ref(NotificationSummarySchema))

/** Open: a kind of a later version brings a payload property that this schema does not list. */
export const NotificationSchema = Type.Object(
  {
    id: NotificationIdSchema,
    kind: KindSchema,
    createdAt: InstantSchema(),
    attempt: Type.Integer({
      description: '1 the first time; more means that it came before and was not acknowledged.',
    }),
    nhsNumber: Type.Optional(BareNhsNumberSchema),
    localIds: Type.Optional(
      Type.Array(Type.String(), { description: 'The authority’s own ids of the person.' }),
    ),
    plans: Type.Optional(
      Type.Array(closed(planFields), {
        description: 'The authority’s own plans, as they were at the event.',
      }),
    ),
    access: Type.Optional(closed(accessFields, { description: 'Of kind access: who looked.' })),
    attendance: Type.Optional(
      closed(
        {
          id: IdSchema,
          accessId: nullable(Type.String()),
          organisation: OrganisationSchema,
          user: UserSchema,
          ...visitFields,
          safeguardingConcern: nullable(Type.Boolean()),
          note: nullable(Type.String()),
          callback: nullable(CallbackSchema),
        },
        { description: 'Of kind attendance: the visit.' },
      ),
    ),
    overdue: Type.Optional(
      closed(
        {
          date: DateSchema({ description: 'The day, in Europe/London, on which the dataset was missed.' }),
          lastAcceptedAt: InstantSchema(),
          due: InstantSchema(),
        },
        { description: 'Of kind dataset-overdue.' },
      ),
    ),
    numberInactive: Type.Optional(
      closed(
        {
          reason: oneOf(['superseded', 'invalidated'] as const),
          replacedBy: nullable(BareNhsNumberSchema, {
            description: 'The number that took its place; null when none did, or the person was adopted.',
          }),
        },
        { description: 'Of kind number-inactive: the number is in use no longer.' },
      ),
    ),
  },
  {
    $id: 'Notification',
    examples: [notificationExample],
    title: 'Notification',
    description: 'One event addressed to one authority.',
  },
)

export const LeaseSchema = closed({
  max: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: LEASE_MAX_DEFAULT })),
  leaseSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, default: LEASE_SECONDS_DEFAULT })),
  waitSeconds: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 20, default: 0, description: 'How long to wait for the first one.' }),
  ),
})
export type LeaseBody = Static<typeof LeaseSchema>

export const LeaseReplySchema = closed(
  {
    leaseId: nullable(IdSchema, { description: 'Null when there is nothing to give.' }),
    leasedUntil: nullable(InstantSchema()),
    notifications: Type.Array(ref(NotificationSchema), { description: 'Oldest first.' }),
  },
  { $id: 'LeaseReply', examples: [leaseReplyExample], title: 'LeaseReply' },
)

const ids = Type.Array(text(80), { minItems: 1, maxItems: 500 })
const idList = (description: string) => Type.Array(Type.String(), { description })

export const AcknowledgeSchema = closed({ ids })
export type AcknowledgeBody = Static<typeof AcknowledgeSchema>
export const AcknowledgeReplySchema = closed(
  {
    acknowledged: idList('Acknowledged now.'),
    alreadyAcknowledged: idList('Acknowledged before.'),
    unknown: idList('Not this authority’s, or no longer kept.'),
  },
  { $id: 'AcknowledgeReply', examples: [acknowledgeReplyExample], title: 'AcknowledgeReply' },
)

export const ReleaseSchema = closed({
  ids,
  leaseId: Type.Optional(text(80, { description: 'Give back only what this lease holds.' })),
})
export type ReleaseBody = Static<typeof ReleaseSchema>
export const ReleaseReplySchema = closed(
  { released: idList('Queued again.'), unknown: idList('Not this authority’s, or no longer kept.') },
  { $id: 'ReleaseReply', examples: [releaseReplyExample], title: 'ReleaseReply' },
)

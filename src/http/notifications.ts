import type { FastifyInstance, FastifyRequest } from 'fastify'
import { getAuthority } from '../hub/authorities.js'
import type { HubContext } from '../hub/context.js'
import { leaseNotifications } from '../hub/lease-notifications.js'
import { AuthorityParams, PAGE_LIMIT_DEFAULT, ref } from '../messages/common.js'
import {
  type AcknowledgeBody,
  AcknowledgeReplySchema,
  AcknowledgeSchema,
  LEASE_MAX_DEFAULT,
  LEASE_SECONDS_DEFAULT,
  type LeaseBody,
  LeaseReplySchema,
  LeaseSchema,
  NotificationPage,
  NotificationQuery,
  type ReleaseBody,
  ReleaseReplySchema,
  ReleaseSchema,
} from '../messages/notification.js'
import { pause } from '../pause.js'
import { LIST_BODY_MAX_BYTES } from './bodies.js'
import { goneSignal } from './gone-signal.js'
import { hubFor } from './hub-for.js'
import { JSON_BODY_PROBLEMS, responses } from './responses.js'

interface OfAuthority {
  Params: { authorityCode: string }
}

export function registerNotifications(app: FastifyInstance, hub: HubContext, closing: AbortSignal): void {
  app.get<OfAuthority & { Querystring: NotificationQuery }>(
    '/v1/authorities/:authorityCode/notifications',
    {
      schema: {
        tags: ['notifications'],
        operationId: 'listNotifications',
        summary: 'Look at the queue without taking anything',
        params: AuthorityParams,
        querystring: NotificationQuery,
        response: responses({ 200: NotificationPage }, 'SCHEMA_VIOLATION', 'CURSOR', 'AUTHORITY_UNKNOWN'),
      },
    },
    async (request) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const { limit = PAGE_LIMIT_DEFAULT, after, state } = request.query
      return hub.store.listNotifications(code, { limit, after, state, now: hub.clock() })
    },
  )

  app.post<OfAuthority & { Body: LeaseBody }>(
    '/v1/authorities/:authorityCode/notifications/lease',
    {
      preValidation: async (request) => {
        request.body ??= {}
      },
      schema: {
        tags: ['notifications'],
        operationId: 'leaseNotifications',
        summary: 'Take the oldest notifications for a while',
        description:
          'What is not acknowledged when the lease runs out comes back, with a higher attempt. No body means 100, 60 and 0.',
        params: AuthorityParams,
        body: LeaseSchema,
        response: responses(
          { 200: ref(LeaseReplySchema) },
          ...JSON_BODY_PROBLEMS,
          'AUTHORITY_UNKNOWN',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const { max = LEASE_MAX_DEFAULT, leaseSeconds = LEASE_SECONDS_DEFAULT, waitSeconds = 0 } = request.body
      const stop = AbortSignal.any([closing, goneSignal(reply)])
      const wish = { max, leaseSeconds: leaseSecondsFor(request, leaseSeconds), waitSeconds }
      return leaseNotifications(hubFor(request, hub), code, wish, stop)
    },
  )

  app.post<OfAuthority & { Body: AcknowledgeBody }>(
    '/v1/authorities/:authorityCode/notifications/acknowledge',
    {
      bodyLimit: LIST_BODY_MAX_BYTES,
      schema: {
        tags: ['notifications'],
        operationId: 'acknowledgeNotifications',
        summary: 'Say that notifications are kept for good',
        description: 'Idempotent, and good after the lease ran out as well.',
        params: AuthorityParams,
        body: AcknowledgeSchema,
        response: responses(
          { 200: ref(AcknowledgeReplySchema) },
          ...JSON_BODY_PROBLEMS,
          'AUTHORITY_UNKNOWN',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const outcome = await hubFor(request, hub).store.acknowledgeNotifications(
        code,
        request.body.ids,
        hub.clock(),
      )
      pause('L3 acknowledgement durable')
      return outcome
    },
  )

  app.post<OfAuthority & { Body: ReleaseBody }>(
    '/v1/authorities/:authorityCode/notifications/release',
    {
      bodyLimit: LIST_BODY_MAX_BYTES,
      schema: {
        tags: ['notifications'],
        operationId: 'releaseNotifications',
        summary: 'Give notifications back early',
        description: 'With leaseId, never what someone else has leased since.',
        params: AuthorityParams,
        body: ReleaseSchema,
        response: responses(
          { 200: ref(ReleaseReplySchema) },
          ...JSON_BODY_PROBLEMS,
          'AUTHORITY_UNKNOWN',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const { ids, leaseId } = request.body
      return hubFor(request, hub).store.releaseNotifications(code, ids, leaseId, hub.clock())
    },
  )
}

/** A lease that a tester's fault lets run out lasts no moment. */
function leaseSecondsFor({ fault }: FastifyRequest, asked: number): number {
  return fault?.effect.leaseExpiresAtOnce ? 0 : asked
}

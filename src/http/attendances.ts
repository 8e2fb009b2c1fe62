import type { FastifyInstance } from 'fastify'
import { parseInstant } from '../clock.js'
import { refuse } from '../domain/problem.js'
import type { HubContext } from '../hub/context.js'
import { reportAttendance } from '../hub/report-attendance.js'
import { type AttendanceBody, AttendanceReplySchema, AttendanceSchema } from '../messages/attendance.js'
import { ref } from '../messages/common.js'
import { idempotencyHeader } from '../messages/headers.js'
import { hubFor } from './hub-for.js'
import { idempotencyOf, originOf } from './requests.js'
import { JSON_BODY_PROBLEMS, responses } from './responses.js'

const PATH = '/v1/attendances'
const ACTION = `POST ${PATH}`

export function registerAttendances(app: FastifyInstance, hub: HubContext): void {
  app.post<{ Body: AttendanceBody }>(
    PATH,
    {
      schema: {
        tags: ['attendances'],
        operationId: 'reportAttendance',
        summary: 'Report a visit',
        description:
          'Queued for every authority that holds a visible plan, on disk, before the reply is sent.',
        headers: idempotencyHeader,
        body: ref(AttendanceSchema),
        response: responses(
          { 201: ref(AttendanceReplySchema) },
          ...JSON_BODY_PROBLEMS,
          'INVALID_NHS_NUMBER',
          'AT_IN_FUTURE',
          'ACCESS_UNKNOWN',
          'IDEMPOTENCY_KEY',
          'IDEMPOTENCY_KEY_REUSED',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => {
      const visit = visitOf(request.body)
      const origin = originOf(request, visit.organisation.odsCode, ACTION)
      const { id, found, notified, replayed } = await reportAttendance(
        hubFor(request, hub),
        origin,
        visit,
        idempotencyOf(request),
      )
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send({ id, found, notified })
    },
  )
}

function visitOf(body: AttendanceBody) {
  const {
    requester,
    accessId = null,
    safeguardingConcern = null,
    note = null,
    callback = null,
    ...visit
  } = body
  const at = parseInstant(body.at)
  if (at === undefined) {
    const fault = { pointer: '/at', message: 'must be a real RFC 3339 date and time with its offset' }
    throw refuse('SCHEMA_VIOLATION', '`at` is not a moment that exists.', [fault])
  }
  return { ...visit, ...requester, at, accessId, safeguardingConcern, note, callback }
}

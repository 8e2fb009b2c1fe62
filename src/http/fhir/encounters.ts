import type { FastifyInstance } from 'fastify'
import { HubError } from '../../domain/problem.js'
import { momentElementOf, recordedEncounter, visitOf } from '../../fhir/encounter.js'
import { preconditionFailed, wrongElement } from '../../fhir/refusal.js'
import type { HubContext } from '../../hub/context.js'
import { reportAttendance } from '../../hub/report-attendance.js'
import { ref } from '../../messages/common.js'
import {
  type EncounterBody,
  EncounterSchema,
  RecordedEncounterSchema,
} from '../../messages/fhir/encounter.js'
import { Type } from '../../messages/type.js'
import { hubFor } from '../hub-for.js'
import { idempotencyWith, originOf } from '../requests.js'
import { baseUrlOf, FHIR_BASE, FHIR_TYPE } from './base.js'
import { documentedFormat, documentedHeaders, REPEATABLE, WHO_ASKS } from './documented.js'
import { fhirResponses } from './outcomes.js'
import { warn } from './warnings.js'
import { USER_HEADER, whoReports } from './who-asks.js'

const ACTION = `POST ${FHIR_BASE}/Encounter`

/** Encounter: the visit itself, reported. */
export function registerEncounters(
  app: FastifyInstance,
  hub: HubContext,
  publicUrl: string | undefined,
): void {
  app.post<{ Body: EncounterBody }>(
    '/Encounter',
    {
      schema: {
        tags: ['fhir'],
        operationId: 'createEncounter',
        summary: 'Report a visit',
        description:
          'Queued for every authority that holds a visible plan, on disk, before the reply is sent. Who reports comes from the headers, for whom from serviceProvider.',
        headers: documentedHeaders(...WHO_ASKS, REPEATABLE),
        consumes: [FHIR_TYPE, 'application/json'],
        querystring: documentedFormat,
        body: ref(EncounterSchema),
        response: fhirResponses(201, 'Stored.', ref(RecordedEncounterSchema), {
          Location: Type.String({ description: 'Its address, with an id that tells no number.' }),
        }),
      },
    },
    async (request, reply) => {
      const { body, headers } = request
      const { user, warning } = whoReports(headers)
      if (user === undefined) {
        throw preconditionFailed(`a visit says who reports it. Send ${USER_HEADER}, or a bearer token.`)
      }
      if (warning !== undefined) warn(reply, warning)
      const visit = visitOf(body, user)
      const origin = originOf(request, visit.organisation.odsCode, ACTION)
      const idempotency = idempotencyWith(headers['x-request-id'], { body, user })
      const { id, replayed } = await naming(
        momentElementOf(body, visit.event),
        reportAttendance(hubFor(request, hub), origin, visit, idempotency),
      )
      if (replayed) reply.header('idempotency-replayed', 'true')
      reply.header('location', `${baseUrlOf(request, publicUrl)}/Encounter/${id}`)
      return reply.code(201).type(FHIR_TYPE).send(recordedEncounter(id, body))
    },
  )
}

/** The hub’s refusals of a visit, by the elements that they are about. */
async function naming<T>(momentElement: string, reported: Promise<T>): Promise<T> {
  try {
    return await reported
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    if (error.code === 'INVALID_NHS_NUMBER') {
      throw wrongElement('Encounter.subject.identifier.value', `is not a valid NHS number. ${error.detail}`)
    }
    if (error.code === 'AT_IN_FUTURE') {
      throw wrongElement(
        momentElement,
        'may lie at most five minutes ahead of the hub’s clock. Check the offset.',
      )
    }
    throw error
  }
}

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { MachineClock } from '../../clock.js'
import type { HubError } from '../../domain/problem.js'
import { operationOutcomeOf } from '../../fhir/operation-outcome.js'
import { PDS_WORDING } from '../../fhir/personal-demographics.js'
import { FhirRefusal } from '../../fhir/refusal.js'
import { CPIS_WORDING, type Wording } from '../../fhir/spine-codes.js'
import { ref } from '../../messages/common.js'
import { OperationOutcomeSchema } from '../../messages/fhir/resources.js'
import { ProblemSchema } from '../../messages/problem.js'
import { noSuchPath, PROBLEM_TYPE, refusalOf, sendRefusal } from '../problems.js'
import { mayBeEchoed } from '../request-ids.js'
import { FHIR_BASE, FHIR_TYPE, PDS_BASE } from './base.js'

/** Of what stands under this path, if it speaks FHIR. */
export function wordingAt(path: string): Wording | undefined {
  if (path.startsWith(FHIR_BASE)) return CPIS_WORDING
  return path.startsWith(PDS_BASE) ? PDS_WORDING : undefined
}

/** A refusal as one of the FHIR sides has it. */
export function sendOutcome(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: HubError | FhirRefusal,
  wording: Wording,
): FastifyReply {
  const { status, resource } = operationOutcomeOf(refusal, wording)
  echo(request, reply)
  // Bytes, since Fastify would put a charset behind the type of a text.
  const body = Buffer.from(JSON.stringify(resource))
  return sendRefusal(request, reply, { status, type: FHIR_TYPE, body })
}

/** What every reply of a FHIR side has: its type, the caller's own references, and refusals as OperationOutcome. */
export function registerOutcomes(app: FastifyInstance, clock: MachineClock, wording: Wording): void {
  app.setErrorHandler<FastifyError | HubError | FhirRefusal>((error, request, reply) =>
    sendOutcome(
      request,
      reply,
      error instanceof FhirRefusal ? error : refusalOf(error, request, reply, clock),
      wording,
    ),
  )
  app.setNotFoundHandler((request, reply) => sendOutcome(request, reply, noSuchPath(), wording))
  app.addHook('onSend', (request, reply, payload, done) => {
    echo(request, reply)
    // Fastify puts a charset behind it, which clients that compare the whole of it do not expect.
    reply.header('content-type', FHIR_TYPE)
    done(null, payload)
  })
}

const ECHOED = ['x-request-id', 'traceid', 'x-correlation-id'] as const

function echo({ headers }: FastifyRequest, reply: FastifyReply): void {
  for (const name of ECHOED) {
    const given = headers[name]
    if (typeof given === 'string' && mayBeEchoed(given)) reply.header(name, given)
  }
}

const REFUSED: Record<number, string> = {
  400: 'The search, a header or the body is wrong.',
  403: 'A page of another site asks.',
  404: 'There is no such resource.',
  406: 'Another format than JSON is asked for.',
  408: 'The request did not arrive in time.',
  413: 'The body is too large.',
  415: 'The body is of another type or encoding.',
  421: 'The hub is not known under that name.',
  500: 'The hub failed.',
  503: 'Not now: the hub stops, has no room, or is OVERLOADED.',
}
// What cannot be read as HTTP is refused before it is known that it was meant for FHIR.
const AS_PROBLEM = { [PROBLEM_TYPE]: { schema: ref(ProblemSchema) } }
const ALSO_AS_PROBLEM = new Set([400, 408, 413])

/** The answers of a route: the good one, and every refusal. */
export function fhirResponses(
  status: number,
  description: string,
  schema: TSchema,
  headers: Record<string, TSchema> = {},
) {
  const refused = Object.entries(REFUSED).map(([each, why]) => [
    each,
    {
      description: why,
      content: {
        [FHIR_TYPE]: { schema: ref(OperationOutcomeSchema) },
        ...(ALSO_AS_PROBLEM.has(Number(each)) && AS_PROBLEM),
      },
    },
  ])
  return {
    [status]: { description, headers, content: { [FHIR_TYPE]: { schema } } },
    ...Object.fromEntries(refused),
    431: { description: 'The headers are too large.', content: AS_PROBLEM },
  }
}

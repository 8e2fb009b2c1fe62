import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { MachineClock } from '../../clock.js'
import type { HubError } from '../../domain/problem.js'
import { operationOutcomeOf } from '../../fhir/operation-outcome.js'
import { ref } from '../../messages/common.js'
import { OperationOutcomeSchema } from '../../messages/fhir/resources.js'
import { ProblemSchema } from '../../messages/problem.js'
import { PROBLEM_TYPE, registerProblems, sendRefusal } from '../problems.js'
import { isSaneId } from '../request-ids.js'
import { FHIR_TYPE } from './base.js'

/** A refusal as the FHIR side has it. */
export function sendOutcome(request: FastifyRequest, reply: FastifyReply, error: HubError): FastifyReply {
  const { status, resource } = operationOutcomeOf(error)
  return sendRefusal(request, reply, { status, type: FHIR_TYPE, body: JSON.stringify(resource) })
}

const ECHOED = ['traceid', 'x-correlation-id'] as const

/** What every reply of the FHIR side has: its type, the caller's own references, and refusals as OperationOutcome. */
export function registerOutcomes(app: FastifyInstance, clock: MachineClock): void {
  registerProblems(app, clock, sendOutcome)
  app.addHook('onSend', ({ headers }, reply, payload, done) => {
    for (const name of ECHOED) {
      const given = headers[name]
      if (typeof given === 'string' && isSaneId(given)) reply.header(name, given)
    }
    // Fastify puts a charset behind it, which clients that compare the whole of it do not expect.
    reply.header('content-type', FHIR_TYPE)
    done(null, payload)
  })
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
  431: 'The headers are too large.',
  500: 'The hub failed.',
  503: 'Not now.',
}
// What cannot be read as HTTP is refused before it is known that it was meant for FHIR.
const ALSO_AS_PROBLEM = new Set([400, 408, 413, 431])

/** The answers of a route: the good one, and every refusal. */
export function fhirResponses(status: number, description: string, schema: TSchema) {
  const refused = Object.entries(REFUSED).map(([each, why]) => [
    each,
    {
      description: why,
      content: {
        [FHIR_TYPE]: { schema: ref(OperationOutcomeSchema) },
        ...(ALSO_AS_PROBLEM.has(Number(each)) && { [PROBLEM_TYPE]: { schema: ref(ProblemSchema) } }),
      },
    },
  ])
  return {
    [status]: { description, content: { [FHIR_TYPE]: { schema } } },
    ...Object.fromEntries(refused),
  }
}

import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PROBLEMS, type ProblemCode, refuse } from '../../domain/problem.js'
import { simulatedOutcomeOf } from '../../fhir/operation-outcome.js'
import type { Wording } from '../../fhir/spine-codes.js'
import { FHIR_TYPE } from '../fhir/base.js'
import { wordingAt } from '../fhir/outcomes.js'
import { PROBLEM_TYPE, problemOf, sendRefusal } from '../problems.js'

const DETAIL = 'A tester’s fault answered this request, and the hub did nothing. Send it again.'

/** What the hub itself would most likely mean by a status. */
const USUAL: Record<number, ProblemCode> = {
  400: 'SCHEMA_VIOLATION',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  415: 'CONTENT_TYPE',
  500: 'INTERNAL',
  503: 'STORE_UNAVAILABLE',
}

/** Answers as a tester wants it, in the form that refusals of this route have. */
export function sendSimulated(
  request: FastifyRequest,
  reply: FastifyReply,
  route: string,
  {
    status,
    code = USUAL[status] ?? `HTTP_${status}`,
    retryAfterSeconds,
  }: { status: number; code?: string; retryAfterSeconds?: number },
): FastifyReply {
  const wording = wordingAt(route)
  const refused =
    wording === undefined
      ? { type: PROBLEM_TYPE, body: JSON.stringify(simulatedProblem(status, code, request.id)) }
      : { type: FHIR_TYPE, body: Buffer.from(JSON.stringify(simulatedOutcome(wording, status, code))) }
  return sendRefusal(request, reply, { ...refused, status, retryAfterSeconds })
}

function simulatedOutcome(wording: Wording, status: number, code: string) {
  return simulatedOutcomeOf(wording, { status, code }, DETAIL).resource
}

function simulatedProblem(status: number, code: string, instance: string) {
  const title = code in PROBLEMS ? PROBLEMS[code as ProblemCode].title : (STATUS_CODES[status] ?? 'Simulated')
  const type = `urn:cpis-hub:problem:${code}`
  return { ...problemOf(refuse('INTERNAL', DETAIL), instance), type, title, status, code }
}

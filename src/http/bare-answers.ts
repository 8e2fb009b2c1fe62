import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type HubError, PROBLEMS, type ProblemCode, refuse } from '../domain/problem.js'
import { PROBLEM_TYPE, problemOf } from './problems.js'

/** What Node reports of a request that it cannot read. */
export interface BrokenRequest extends Error {
  code?: string
}

const REFUSALS: Record<string, [ProblemCode, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    'REQUEST_TIMEOUT',
    'The request did not arrive in time. Send it again, at once.',
  ],
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers may be 16 KiB in all.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['BODY_TOO_LARGE', 'Send the chunks of the body without extensions.'],
  HPE_UNEXPECTED_CONTENT_LENGTH: [
    'HEADER_REPEATED',
    'Send content-length once, and not with transfer-encoding.',
  ],
}

/** The same in our words; Node's own can quote the request. */
export function refusalOfBroken({ code = '' }: BrokenRequest): HubError {
  return refuse(...(REFUSALS[code] ?? ['SCHEMA_VIOLATION', 'The request is not well-formed HTTP/1.1.']))
}

/** Answers on the bare socket what never became a request, in the form that every refusal has. */
export function answerBare(socket: Socket, refusal: HubError, requestId: string): void {
  const { status } = PROBLEMS[refusal.code]
  const body = JSON.stringify(problemOf(refusal, requestId))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'x-simulated: true',
    'connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
}

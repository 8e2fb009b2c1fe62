import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type MachineClock, SECOND_MS } from '../clock.js'
import { HubError, PROBLEMS, type ProblemCode, refuse } from '../domain/problem.js'
import { decodedPath, pathOf } from './masked-urls.js'
import { shapeOf } from './route-shapes.js'

export const PROBLEM_TYPE = 'application/problem+json'

/** A refusal as RFC 9457 has it. */
export function problemOf(error: HubError, instance: string | undefined) {
  const { title, status } = PROBLEMS[error.code]
  return {
    type: `urn:cpis-hub:problem:${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    ...(instance === undefined ? {} : { instance }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...error.members,
  }
}

/** What Fastify itself refuses, in our words; its own messages can quote the request. */
const FRAMEWORK_REFUSALS: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['CONTENT_TYPE', 'Say content-type: application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['JSON_MALFORMED', 'The body is empty; send a JSON object.'],
  FST_ERR_BAD_URL: ['NOT_FOUND', 'The path cannot be read.'],
  FST_ERR_ASYNC_CONSTRAINT: ['NOT_FOUND', 'There is no such path.'],
}

function toHubError(error: FastifyError | HubError): HubError {
  if (error instanceof HubError) return error
  const known = FRAMEWORK_REFUSALS[error.code]
  if (known !== undefined) return refuse(...known)
  if (error.code?.startsWith('SQLITE_'))
    return refuse(
      'STORE_UNAVAILABLE',
      'The hub cannot read its database. Send the request again in a moment.',
    )
  if ((error.statusCode ?? 500) < 500)
    return refuse('SCHEMA_VIOLATION', STATUS_CODES[error.statusCode ?? 400] ?? '')
  return refuse(
    'INTERNAL',
    'This is the hub’s fault. Send the request again; if it stays, give the operator the instance.',
  )
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: HubError): FastifyReply {
  const { status } = PROBLEMS[error.code]
  const body = JSON.stringify(problemOf(error, request.id))
  return sendRefusal(request, reply, { status, type: PROBLEM_TYPE, body })
}

interface Refused {
  status: number
  type: string
  body: string | Buffer
  retryAfterSeconds?: number | undefined
}

/** Sends a refusal in whichever form, and closes the connection where that is better than reading on. */
export function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, type, body, retryAfterSeconds = status === 503 ? 5 : undefined }: Refused,
): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  // Fastify says so itself where a body could not be read.
  if (isSendingMore(request.raw) || reply.getHeader('connection') === 'close')
    reply.raw.shouldKeepAlive = false
  return reply.code(status).type(type).send(body)
}

// So much of a refused body is read to its end, and the connection kept.
const REFUSED_BODY_KEPT_BYTES = 16 * 1024

/** Whether the caller has more on its way than is worth reading only to keep the connection. */
function isSendingMore({ complete, headers }: IncomingMessage): boolean {
  if (complete !== false) return false
  return (
    headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > REFUSED_BODY_KEPT_BYTES
  )
}

/** One place turns whatever was thrown into a refusal; the cause of a failure goes to the log alone. */
export function registerProblems(app: FastifyInstance, clock: MachineClock): void {
  app.setErrorHandler<FastifyError | HubError>((error, request, reply) =>
    sendProblem(request, reply, refusalOf(error, request, reply, clock)),
  )
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, noSuchPath()))
}

/** What is to be answered to whatever was thrown; notes what failed, and lets whoever was put off rest. */
export function refusalOf(
  error: FastifyError | HubError,
  request: FastifyRequest,
  reply: FastifyReply,
  clock: MachineClock,
): HubError {
  const refusal = toHubError(error)
  // Being put off is no failure; the line of the request tells of it.
  if (refusal.code === 'OVERLOADED') restAfter(request.raw.socket, reply.raw, clock)
  else if (PROBLEMS[refusal.code].status >= 500) {
    const cause = error.cause instanceof Error ? error.cause.message : error.message
    request.log.error({ code: refusal.code, requestId: request.id, reason: cause }, 'a request failed')
  }
  return refusal
}

const REST_MS = SECOND_MS

/**
 * Reads nothing more from a connection for a second after this answer. While thousands of callers send again at once,
 * one turn of the event loop goes on for as long as they do, and Node takes one new connection a turn.
 */
function restAfter(socket: Socket, response: ServerResponse, clock: MachineClock): void {
  // `inject` has none.
  if (!(socket instanceof Socket)) return
  // Node itself reads on when it has sent the answer, to be rid of what is left of the request.
  response.once('close', () =>
    setImmediate(() => {
      socket.pause()
      clock.after(REST_MS, () => socket.resume())
    }),
  )
}

export function noSuchPath(): HubError {
  return refuse('NOT_FOUND', 'There is no such path; /docs lists those there are.')
}

/**
 * Notes which methods each path gets from here on. The function that it answers says why a request that met no route is
 * refused: its path does not have this method (405, and `Allow` is set), or there is no such path. A route for each
 * method that a path does not have took a tenth of a start.
 */
export function watchMethods(
  app: FastifyInstance,
): (request: FastifyRequest, reply: FastifyReply) => HubError {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method, schema }) => {
    if (schema?.hide || url.includes('*')) return
    const known = methodsOf.get(url) ?? new Set()
    methodsOf.set(url, known)
    for (const each of [method].flat()) known.add(each)
  })
  // Compiled when one is first asked for.
  let paths: { pattern: RegExp; allowed: string }[] | undefined
  return ({ raw }, reply) => {
    paths ??= [...methodsOf].map(([url, known]) => ({
      pattern: shapeOf(url),
      allowed: [...known].join(', '),
    }))
    const path = decodedPath(pathOf(raw.url ?? ''))
    const found = paths.find(({ pattern }) => pattern.test(path))
    if (found === undefined) return noSuchPath()
    reply.header('allow', found.allowed)
    return refuse('METHOD_NOT_ALLOWED', `This path takes ${found.allowed}.`)
  }
}

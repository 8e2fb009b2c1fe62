import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Instant, SECOND_MS } from '../../clock.js'
import type { AuthorityCode, AuthorityStatus } from '../../domain/local-authority.js'
import type { TesterControls } from '../../tester/controls.js'
import { ASKED_BY_AUTHORITIES } from './asked-by-authorities.js'
import { ASKED_BY_HEALTH } from './asked-by-health.js'
import { authorityOf, callerOf } from './facts.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What was answered, before it was made text of; only of routes that the checks of callers look at. */
    answer?: unknown
    /** The status of an authority before this request saved it. */
    statusBefore?: AuthorityStatus
  }
}

const NOT_FOUND = 404

/** Keeps of the routes that are registered from here on what the checks of callers look at. */
export function registerObserving(app: FastifyInstance, { hub }: TesterControls): void {
  app.addHook('onRoute', (route) => {
    const operation = operationOf(route.schema)
    if (!(operation in ASKED_BY_AUTHORITIES) && !(operation in ASKED_BY_HEALTH)) return
    route.preSerialization = [...[route.preSerialization ?? []].flat(), keepAnswer]
    if (operation !== 'saveAuthority') return
    const keepStatus = async (request: FastifyRequest) => {
      const before = await hub.store.findAuthority(authorityOf(request) as AuthorityCode)
      if (before !== undefined) request.statusBefore = before.status
    }
    route.preHandler = [...[route.preHandler ?? []].flat(), keepStatus]
  })
}

function keepAnswer(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  request.answer = payload
  done(null, payload)
}

/** Tells the checks of a caller about a request that is settled. */
export function observe(
  { hub, conformance }: TesterControls,
  request: FastifyRequest,
  reply: FastifyReply,
  at: Instant,
): void {
  const operation = operationOf(request.routeOptions.schema)
  const ofAuthority = ASKED_BY_AUTHORITIES[operation]
  const ofHealth = ASKED_BY_HEALTH[operation]
  if (ofAuthority === undefined && ofHealth === undefined) return
  // Made whole by assigning: spreading both took thirteen microseconds of each request.
  const exchange = {
    requestId: request.id,
    at,
    receivedMs: request.receivedAtMs,
    settledMs: hub.machineClock.now(),
    reply: replyOf(request, reply),
    status: reply.statusCode,
    retryAfterMs: retryAfterMsOf(reply),
  } as const
  if (ofAuthority !== undefined) {
    const code = authorityOf(request)
    const asked = ofAuthority(request, reply.statusCode)
    if (asked === undefined || reply.statusCode === NOT_FOUND) return
    if (code !== null) conformance.observeAuthority(code, Object.assign(exchange, asked))
    // Nobody says who reads such a list, so it may have been any of them.
    else if (asked.kind === 'look') conformance.observeEveryAuthority(Object.assign(exchange, asked))
  } else {
    const isReplay = reply.hasHeader('idempotency-replayed')
    const asked = ofHealth?.(request, reply.statusCode, isReplay)
    if (asked !== undefined)
      conformance.observeOrganisation(callerOf(request), Object.assign(exchange, asked))
  }
}

function operationOf(schema: unknown): string {
  return (schema as { operationId?: string } | undefined)?.operationId ?? ''
}

function replyOf({ fault }: FastifyRequest, { raw }: FastifyReply): 'whole' | 'lost' | 'unsure' {
  if (fault?.isReplyLost) return 'lost'
  return fault?.effect.truncate !== undefined || !raw.headersSent ? 'unsure' : 'whole'
}

function retryAfterMsOf(reply: FastifyReply): number | null {
  const seconds = Number(reply.getHeader('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * SECOND_MS : null
}

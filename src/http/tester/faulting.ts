import type { OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { MachineClock } from '../../clock.js'
import type { HubContext } from '../../hub/context.js'
import type { TesterControls } from '../../tester/controls.js'
import type { EffectName, FaultableRequest, FiredFault } from '../../tester/faults.js'
import { hubAtFault } from '../../tester/hub-at-fault.js'
import { mentions } from '../../tester/mentions.js'
import { askedText, authorityOf, callerOf, patternOf } from './facts.js'
import { sendSimulated } from './simulated-refusals.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The tester's fault that happened to it. */
    fault?: FiredFault
  }
}

const NEVER = /^\/(tester|health)(\/|$)/

const FILES = /^\/docs(\/|$)/

type MayWrite = (request: FastifyRequest) => boolean

const always = () => true
const unlessSilent: MayWrite = ({ headers }) =>
  (headers.isunscheduledaccessevent ?? headers.isunscheduledevent) !== 'false'

/** The operations that write, and whether a request of theirs may, as far as it is known before the work. */
const WRITES: Partial<Record<string, MayWrite>> = {
  submitDataset: ({ query }) => (query as { dryRun?: unknown }).dryRun !== 'true',
  saveAuthority: always,
  lookUpChild: ({ body }) => (body as { careSetting?: unknown } | null)?.careSetting !== 'scheduled',
  reportAttendance: always,
  leaseNotifications: always,
  acknowledgeNotifications: always,
  releaseNotifications: always,
  searchCareTeams: unlessSilent,
  searchCareTeamsByForm: unlessSilent,
  createEncounter: always,
}

/** Where an effect can change anything; what is not named here can happen to every route. */
const CAN_HAVE: Partial<Record<EffectName, (route: Faultable, rules: HubContext['rules']) => boolean>> = {
  // A file of the documentation is a stream, and comes whole.
  truncate: ({ method, pattern }) => method !== 'HEAD' && !FILES.test(pattern),
  deliverTwice: ({ operation }) => operation === 'leaseNotifications',
  leaseExpiresAtOnce: ({ operation }) => operation === 'leaseNotifications',
  storageFull: ({ operation }) => operation in WRITES,
  personalDemographicsDown: ({ operation, pattern }, { pdsCheck }) =>
    (operation === 'submitDataset' && pdsCheck === 'registered') ||
    pattern.startsWith('/personal-demographics/'),
}

/** A route that faults can happen to. */
interface Faultable {
  method: string
  pattern: string
  operation: string
}

/**
 * Lets the faults that testers have set happen to requests: of every route that is registered from here on, but those
 * of testers and of health checks. It is decided when the body has been read and before it is validated, so that also a
 * wrong request meets the fault.
 */
export function registerFaulting(app: FastifyInstance, controls: TesterControls, closing: AbortSignal): void {
  app.addHook('onRoute', (route) => {
    if (NEVER.test(route.url)) return
    const faultable = faultableOf(route)
    controls.faults.routes.push({
      method: faultable.method,
      route: faultable.pattern,
      isNamed: !route.schema?.hide && !route.url.includes('*'),
      canHave: (effect) => canHave(effect, faultable, controls.hub.rules),
    })
    route.preValidation = [meetFault(faultable, controls, closing), ...[route.preValidation ?? []].flat()]
    // Behind all others: what they do to the answer is in what is cut.
    route.onSend = [...[route.onSend ?? []].flat(), loseAnswer]
  })
}

function faultableOf({ method, url, schema }: RouteOptions): Faultable {
  const { operationId = '' } = (schema ?? {}) as { operationId?: string }
  return { method: String(method), pattern: patternOf(url), operation: operationId }
}

function canHave(effect: EffectName, route: Faultable, rules: HubContext['rules']): boolean {
  return CAN_HAVE[effect]?.(route, rules) ?? true
}

type Done = (error?: Error) => void

function meetFault(route: Faultable, { hub, faults, again }: TesterControls, closing: AbortSignal) {
  return (request: FastifyRequest, reply: FastifyReply, done: Done) => {
    if (faults.isEmpty) return done()
    const fired = faults.fire(facts(request, route, hub.rules))
    if (fired === undefined) return done()
    request.fault = fired
    const own = hubAtFault(hub, fired.effect, again)
    if (own !== undefined) request.hubAtFault = own
    afterDelay(hub.machineClock, fired.delayMs, closing, () => begin(request, reply, route, done))
  }
}

function facts(request: FastifyRequest, route: Faultable, rules: HubContext['rules']): FaultableRequest {
  let asked: string | undefined
  return {
    method: request.method,
    route: route.pattern,
    authorityCode: () => authorityOf(request),
    caller: () => callerOf(request),
    mentions(nhsNumber) {
      // Once, however many rules ask: a dataset is inflated for it.
      asked ??= askedText(request, rules.limits)
      return mentions(asked, nhsNumber)
    },
    header: (name) => request.headers[name]?.toString(),
    canHave: (effect) =>
      canHave(effect, route, rules) &&
      (effect !== 'storageFull' || WRITES[route.operation]?.(request) === true),
  }
}

/** Waits on the machine's clock, no longer than the hub is open. */
function afterDelay(clock: MachineClock, delayMs: number, closing: AbortSignal, next: () => void): void {
  if (delayMs === 0 || closing.aborted) {
    next()
    return
  }
  // One of its own, since many may wait for the same.
  const stop = AbortSignal.any([closing])
  const go = () => {
    cancel()
    stop.removeEventListener('abort', go)
    next()
  }
  const cancel = clock.after(delayMs, go, true)
  stop.addEventListener('abort', go)
}

/** What happens before the work. */
function begin(request: FastifyRequest, reply: FastifyReply, route: Faultable, done: Done): void {
  const { status, code, retryAfterSeconds, drop } = request.fault?.effect ?? {}
  if (status !== undefined) {
    sendSimulated(request, reply, route.pattern, {
      status,
      ...(code !== undefined && { code }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    })
  } else if (drop === 'before') loseReply(request, reply)
  else done()
}

/** What happens after it; the answer goes no further when it is lost. */
function loseAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload: unknown) => void,
): void {
  const { drop, truncate } = request.fault?.effect ?? {}
  if (drop === 'after') {
    if (payload instanceof Readable) payload.destroy()
    loseReply(request, reply)
  } else if (truncate !== undefined && isWhole(payload)) sendPart(reply, Buffer.from(payload), truncate)
  else done(null, payload)
}

function loseReply({ fault }: FastifyRequest, reply: FastifyReply): void {
  if (fault !== undefined) fault.isReplyLost = true
  cut(reply)
}

/** A file of the documentation is a stream, and comes whole. */
function isWhole(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || Buffer.isBuffer(payload)
}

/** The head promises the whole length, so many bytes come, and then the cut. */
function sendPart(reply: FastifyReply, whole: Buffer, bytes: number): void {
  const { raw, statusCode } = reply
  const headers = reply.header('content-length', whole.length).getHeaders()
  // Fastify has one list of names for requests and answers, and Node one for each.
  raw.writeHead(statusCode, headers as OutgoingHttpHeaders)
  raw.write(whole.subarray(0, bytes), () => cut(reply))
}

/** Ends the connection under an answer; `inject` rejects. */
function cut({ raw }: FastifyReply): void {
  raw.destroy()
  // No answer has ended, so Node says nothing; this is how Fastify learns of one that failed, and calls onResponse.
  raw.emit('error', new Error('A tester’s fault cut the connection.'))
}

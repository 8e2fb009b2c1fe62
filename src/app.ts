import type { IncomingMessage } from 'node:http'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { SECOND_MS } from './clock.js'
import { type HubError, refuse, stopping } from './domain/problem.js'
import { registerAttendances } from './http/attendances.js'
import { registerAuthorities } from './http/authorities.js'
import { BODY_MAX_BYTES, registerBodies } from './http/bodies.js'
import { registerDatasets } from './http/datasets.js'
import { registerContract, registerDocs } from './http/docs.js'
import { Door, type DoorRules } from './http/door.js'
import { drain } from './http/drain.js'
import { sendOutcome, wordingAt } from './http/fhir/outcomes.js'
import { registerFhir } from './http/fhir/register-fhir.js'
import { registerFreshness } from './http/freshness.js'
import { addresseeOf, refusalOfHead } from './http/heads.js'
import { registerHealth } from './http/health.js'
import { registerLookups } from './http/lookups.js'
import { decodedPath, maskUrl } from './http/masked-urls.js'
import { createMetrics, type Metrics, registerMetrics } from './http/metrics.js'
import { registerNotifications } from './http/notifications.js'
import { registerOverload } from './http/overload.js'
import { noteOwnUrls, OwnUrls } from './http/own-urls.js'
import { registerPersonalDemographics } from './http/personal-demographics/register-personal-demographics.js'
import { registerProblems, sendProblem, watchMethods } from './http/problems.js'
import { Receiving } from './http/receiving.js'
import { requestIdOf } from './http/request-ids.js'
import { registerSerialization } from './http/serialization.js'
import { registerFaulting } from './http/tester/faulting.js'
import { registerObserving } from './http/tester/observing.js'
import { recordUnrouted, registerRecording } from './http/tester/recording.js'
import { registerTester } from './http/tester/register-tester.js'
import { registerValidation } from './http/validation.js'
import type { HubContext } from './hub/context.js'
import { NAMED_SCHEMAS } from './messages/named.js'
import { pause } from './pause.js'
import type { TesterControls } from './tester/controls.js'
import { VERSION } from './version.js'

const HEADERS_MS_MAX = 10 * SECOND_MS
const CHECK_EVERY_MS = 2 * SECOND_MS
const REQUEST_MS_MAX = 330 * SECOND_MS
// More than 153 authorities and every hospital keep open at once; each costs some ten kilobytes.
const CONNECTIONS_MAX = 4_096

declare module 'fastify' {
  interface FastifyRequest {
    /** On the machine's clock, in milliseconds. */
    receivedAtMs: number
  }
}

export interface HttpSide {
  app: FastifyInstance
  /** To be called before the app is closed; resolves when every caller has been answered and is gone. */
  drain(): Promise<void>
}

/** How the hub is known from outside. */
export interface Outside {
  door: DoorRules
  /** Where callers reach it, when they do so through something that stands before it. */
  publicUrl: string | undefined
}

/** Assembles the HTTP side of a hub, in reading order; without controls, testers find nothing. Never listens. */
export async function buildApp(
  hub: HubContext,
  closing: AbortSignal,
  outside: Outside,
  controls: TesterControls | undefined,
): Promise<HttpSide> {
  const own = new OwnUrls()
  const app: FastifyInstance = Fastify({
    loggerInstance: hub.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // Each line says its request itself; a logger for each request would cost more than most lines do.
    childLoggerFactory: (logger) => logger,
    bodyLimit: BODY_MAX_BYTES,
    // A net for what Receiving does not see; bodies have limits of their own, which end earlier.
    requestTimeout: REQUEST_MS_MAX,
    // Node would answer a request without Host itself, without what every reply carries.
    http: {
      requireHostHeader: false,
      headersTimeout: HEADERS_MS_MAX,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
    rewriteUrl: (request) => maskUrl(request, own),
    genReqId: (request) => requestIdOf(request, hub.newId),
    // Ours answers in the form that every other refusal has.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => receiving.refuseBroken(error, socket),
    frameworkErrors: (_error, request, reply) => {
      stamp(reply, request.id)
      const refusal = refusalOfHead(request.raw) ?? refusalAtDoor(request.raw)
      const unread = refuse('NOT_FOUND', 'The path cannot be read.')
      const wording = wordingAt(decodedPath(request.raw.url ?? ''))
      // Typed for no route at all, which fits nothing; they are the same objects.
      const [asked, answer] = [request as never, reply as never]
      if (wording === undefined) sendProblem(asked, answer, refusal ?? unread)
      else sendOutcome(asked, answer, refusal ?? unread, wording)
      note(reply.statusCode, request.id)
    },
  })
  app.server.maxConnections = CONNECTIONS_MAX
  // Node would keep the first 2,000 headers alone, and the door would not see the rest; 16 KiB bound them all.
  app.server.maxHeadersCount = 0
  const door = new Door(outside.door)
  const refusalAtDoor: RefusalAtDoor = (request) => door.refusal(addresseeOf(request), request.headers.origin)
  const metrics = createMetrics()
  const note = (status: number, requestId: string) => {
    noteUnrouted(hub, metrics, status, requestId)
    if (controls !== undefined) recordUnrouted(controls, status, requestId)
  }
  const receiving = new Receiving(app.server, hub.machineClock, hub.newId, {
    refusalOfConnect: refusalAtDoor,
    note,
  })
  // Nor is an Expect that Node does not know its to answer; RFC 9110 section 10.1.1 lets it be ignored.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  noteOwnUrls(app, own)
  registerStamps(app, hub, metrics)
  if (controls !== undefined) registerRecording(app, controls)
  const refusalUnrouted = watchMethods(app)
  registerDoor(app, { refusalAtDoor, refusalUnrouted, receiving, closing })
  registerProblems(app, hub.machineClock)
  registerValidation(app)
  registerSerialization(app, NAMED_SCHEMAS)
  registerBodies(app)
  await registerContract(app, NAMED_SCHEMAS, VERSION)
  registerOverload(app, hub.load)
  if (controls !== undefined) {
    registerFaulting(app, controls, closing)
    registerObserving(app, controls)
  }

  registerAuthorities(app, hub)
  await registerDatasets(app, hub, metrics, receiving)
  registerLookups(app, hub, metrics)
  registerAttendances(app, hub)
  registerNotifications(app, hub, closing)
  registerFreshness(app, hub)
  await registerFhir(app, hub, metrics, outside.publicUrl)
  await registerPersonalDemographics(app, hub, outside.publicUrl)
  if (controls !== undefined) registerTester(app, controls, closing)
  registerHealth(app, hub)
  registerMetrics(app, hub, metrics)
  await registerDocs(app)
  await app.ready()
  return { app, drain: () => drain(app.server, receiving, hub.machineClock) }
}

/**
 * What every reply carries, and what is noted of each request: one log line and its latency, by the route's pattern,
 * never its URL. These hooks call back, since each promise would be one more turn for every request.
 */
function registerStamps(app: FastifyInstance, { machineClock, log }: HubContext, metrics: Metrics): void {
  app.decorateRequest('receivedAtMs', 0)
  app.addHook('onRequest', (request, reply, done) => {
    request.receivedAtMs = machineClock.now()
    stamp(reply, request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, id: requestId } = request
    const { url: route = null } = request.routeOptions
    // Of an answer that a tester's fault took away nobody saw a status.
    const status = request.fault?.isReplyLost ? null : reply.statusCode
    const elapsedMs = machineClock.now() - request.receivedAtMs
    metrics.observe(method, route ?? 'none', status ?? 'none', elapsedMs)
    if (log.isLevelEnabled('info')) {
      const durationMs = Math.round(elapsedMs * 10) / 10
      const fault = request.fault && { fault: request.fault.id }
      log.info({ method, route, status, durationMs, requestId, ...fault }, 'answered')
    }
    if (method === 'POST') pause('W5 answered')
    done()
  })
}

/** The same of what was answered without a route, and so without those hooks: nothing of it can be told apart. */
function noteUnrouted({ log }: HubContext, metrics: Metrics, status: number, requestId: string): void {
  metrics.observe('none', 'none', status, 0)
  log.info({ method: null, route: null, status, requestId }, 'answered')
}

/** Why a request with this head is not let in, if it is not. */
type RefusalAtDoor = (request: IncomingMessage) => HubError | undefined

/** Refuses on the head of a request alone, before its body is read. */
function registerDoor(
  app: FastifyInstance,
  {
    refusalAtDoor,
    refusalUnrouted,
    receiving,
    closing,
  }: {
    refusalAtDoor: RefusalAtDoor
    refusalUnrouted: ReturnType<typeof watchMethods>
    receiving: Receiving
    closing: AbortSignal
  },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    if (receiving.isLate(raw)) {
      reply.hijack()
      return
    }
    const broken = refusalOfHead(raw)
    // What stands behind it cannot be trusted to be a request.
    if (broken !== undefined) reply.raw.shouldKeepAlive = false
    const refusal = broken ?? refusalAtDoor(raw)
    if (refusal !== undefined) done(refusal)
    else if (request.is404) done(refusalUnrouted(request, reply))
    else if (closing.aborted) done(stopping())
    else done()
  })
}

function stamp(reply: { header: (name: string, value: string) => unknown }, requestId: string): void {
  reply.header('x-request-id', requestId)
  reply.header('x-simulated', 'true')
}

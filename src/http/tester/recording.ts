import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TesterControls } from '../../tester/controls.js'
import { countBytes } from '../../tester/kept-body.js'
import { callerOf, patternOf, routeOf } from './facts.js'
import { observe } from './observing.js'
import { Recorded } from './recorded.js'

const TESTERS_OWN = /^\/tester(?:[/?]|$)/

/**
 * Writes every request into the journal but those of testers themselves, refused ones too, once it was answered or its
 * connection has gone. These hooks come first, so that whatever refuses a request is seen; they make no text of anything.
 */
export function registerRecording(app: FastifyInstance, controls: TesterControls): void {
  const { hub, journal } = controls
  const parameters = new Map<string | null, string[]>()
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (TESTERS_OWN.test(url)) return
    const route = patternOf(url)
    const methods = journal.routes.get(route) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    journal.routes.set(route, methods)
    const { properties = {} } = (schema?.querystring ?? {}) as { properties?: object }
    parameters.set(route, [...(parameters.get(route) ?? []), ...Object.keys(properties)])
  })
  app.decorateRequest('recorded', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const route = routeOf(request)
    if (!TESTERS_OWN.test(route ?? request.url)) {
      request.recorded = new Recorded(request.raw, hub.clock(), {
        route,
        parameters: parameters.get(route) ?? [],
        bodyBytesMax: journal.bodyBytesMax,
      })
      // A reply that is not sent whole ends without its hooks.
      reply.raw.once('close', () => settle(controls, request, reply))
    }
    done()
  })
  app.addHook('onSend', (request, _reply, payload, done) => {
    request.recorded?.keepAnswered(payload)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    settle(controls, request, reply)
    done()
  })
}

function settle(controls: TesterControls, request: FastifyRequest, reply: FastifyReply): void {
  const { hub, journal } = controls
  const { recorded } = request
  const said = recorded?.take(reply.getHeaders())
  if (recorded === undefined || said === undefined) return
  journal.add({
    at: recorded.at,
    method: request.method,
    route: recorded.route,
    caller: callerOf(request),
    requestId: request.id,
    status: reply.raw.headersSent ? reply.statusCode : null,
    durationMs: Math.round((hub.machineClock.now() - request.receivedAtMs) * 10) / 10,
    fault: request.fault?.id ?? null,
    ...said,
  })
  observe(controls, request, reply, recorded.at)
}

/** The same of what never became a request with a route: nothing of it can be told apart. */
export function recordUnrouted({ hub, journal }: TesterControls, status: number, requestId: string): void {
  const nothing = { headers: {}, body: countBytes(null) }
  journal.add({
    at: hub.clock(),
    method: null,
    route: null,
    caller: null,
    requestId,
    status,
    durationMs: 0,
    fault: null,
    request: { ...nothing, path: null, query: {}, searched: '' },
    response: null,
  })
}

import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import { overloaded, REFUSED_FROM } from '../domain/load.js'
import type { LoadWatch } from '../hub/load-watch.js'

type Kind = keyof typeof REFUSED_FROM

/** By operation; what is not named here is browsing. */
const KINDS: Record<string, Kind | 'never'> = {
  submitDataset: 'datasets',
  lookUpChild: 'promises',
  reportAttendance: 'promises',
  leaseNotifications: 'promises',
  acknowledgeNotifications: 'promises',
  releaseNotifications: 'promises',
  checkLive: 'never',
  checkReady: 'never',
  readMetrics: 'never',
}

/** Puts requests off, before their bodies are read, when the hub is too busy for their kind. */
export function registerOverload(app: FastifyInstance, load: LoadWatch): void {
  app.addHook('onRoute', (route) => {
    const operation = (route.schema as { operationId?: string } | undefined)?.operationId
    if (operation === undefined) return
    const kind = KINDS[operation] ?? 'browsing'
    if (kind === 'never') return
    nameOverloaded(route.schema?.response as ResponseSchemas)
    const level = REFUSED_FROM[kind]
    const putOff: onRequestHookHandler = (_request, _reply, done) =>
      load.level < level ? done() : done(overloaded())
    route.onRequest = [putOff, ...[route.onRequest ?? []].flat()]
  })
}

type ResponseSchemas = Record<string, { description: string }> | undefined

/** Adds the code to what the contract says of the route; its HEAD twin shares the schema. */
function nameOverloaded(responses: ResponseSchemas): void {
  const unavailable = responses?.[503]
  if (unavailable === undefined || unavailable.description.includes('OVERLOADED')) return
  unavailable.description += ', OVERLOADED'
}

/** The same where only the body says of which kind a request is. */
export function refuseWhenBusy(load: LoadWatch, kind: Kind): void {
  if (load.level >= REFUSED_FROM[kind]) throw overloaded()
}

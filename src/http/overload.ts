import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import { overloaded, REFUSED_FROM } from '../domain/load.js'
import type { HubError } from '../domain/problem.js'
import type { LoadWatch } from '../hub/load-watch.js'

type Kind = keyof typeof REFUSED_FROM

/** By operation; what is not named here is browsing, also what has no operation, such as the documentation. */
const KINDS: Record<string, Kind | 'never'> = {
  submitDataset: 'datasets',
  lookUpChild: 'promises',
  searchCareTeams: 'promises',
  searchCareTeamsByForm: 'promises',
  createEncounter: 'promises',
  readCareTeam: 'silentLookups',
  searchAuditEvents: 'silentLookups',
  searchAuditEventsByForm: 'silentLookups',
  readAuditEvent: 'silentLookups',
  readPatient: 'silentLookups',
  searchPatients: 'silentLookups',
  searchPatientFlags: 'silentLookups',
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
  const browsing = new BrowsingLine()
  app.addHook('onListen', (done) => {
    load.listening()
    done()
  })
  app.addHook('onRoute', (route) => {
    const operation = (route.schema as { operationId?: string } | undefined)?.operationId
    const kind = KINDS[operation ?? ''] ?? 'browsing'
    if (kind === 'never') return
    nameOverloaded(route.schema?.response as ResponseSchemas)
    const level = REFUSED_FROM[kind]
    const putOff: onRequestHookHandler = (_request, _reply, done) => {
      if (load.level >= level) done(overloaded())
      else if (kind === 'browsing') browsing.take(done)
      else done()
    }
    route.onRequest = [putOff, ...[route.onRequest ?? []].flat()]
  })
}

const BROWSED_A_TURN = 8
// Some milliseconds each at most, so the last of them waits a second or two.
const BROWSING_MAX = 500

/**
 * Whoever browses stands in a line, of which a few are served in each turn of the event loop: listings take milliseconds,
 * and Node takes one new connection a turn, so a lookup behind hundreds of them would not be let in for minutes.
 */
class BrowsingLine {
  readonly #waiting: ((refusal?: HubError) => void)[] = []

  take(serve: (refusal?: HubError) => void): void {
    if (this.#waiting.length >= BROWSING_MAX) {
      serve(overloaded())
      return
    }
    this.#waiting.push(serve)
    if (this.#waiting.length === 1) setImmediate(() => this.#serveSome())
  }

  #serveSome(): void {
    for (const serve of this.#waiting.slice(0, BROWSED_A_TURN)) serve()
    this.#waiting.splice(0, BROWSED_A_TURN)
    if (this.#waiting.length > 0) setImmediate(() => this.#serveSome())
  }
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

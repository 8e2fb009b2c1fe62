import type { FastifyInstance } from 'fastify'
import type { HttpSide, Outside } from './app.js'
import { type Clock, type MachineClock, SECOND_MS, systemClock } from './clock.js'
import {
  ConfigError,
  completeConfig,
  type HubConfig,
  listAllowedHosts,
  publicUrlOf,
  refuseOpenDoor,
} from './config.js'
import type { HubError } from './domain/problem.js'
import type { HubContext } from './hub/context.js'
import { catchUpMaintenance, runMaintenance, scheduleMaintenance } from './hub/run-maintenance.js'
import type { ClockControl, InProcessControls, ResetWish } from './in-process.js'
import { makeContext } from './make-context.js'
import { pause } from './pause.js'
import { referenceAuthorities } from './reference/authorities.js'
import { SANDBOX_PEOPLE } from './reference/people.js'
import { KEEPS_NOTHING, openSqliteStore } from './store/sqlite/sqlite-store.js'
import { HubClock } from './tester/hub-clock.js'
import { makeParts, storeFor } from './tester/make-parts.js'
import type { Seeded, SeedWish } from './tester/seed.js'
import type { Snapshot } from './tester/snapshots.js'

export { type Clock, fixedClock, type Instant, type MachineClock, systemClock } from './clock.js'
export { ConfigError, type HubConfig, readConfig } from './config.js'
export type { ClockControl, ResetWish } from './in-process.js'
export { backUp } from './store/sqlite/backup.js'
export type { ClockReading } from './tester/hub-clock.js'
export type { Seeded, SeededPlan, SeedFinding, SeedWish } from './tester/seed.js'
export type { Snapshot } from './tester/snapshots.js'

export interface HubOptions extends Partial<HubConfig> {
  /** The hub's clock, which every rule reads; for example `fixedClock('2026-11-24T09:00:00Z')`. */
  clock?: Clock
  /** The machine's clock, which only timeouts and latencies read. */
  machineClock?: MachineClock
  /** Makes the ids of accesses, attendances, datasets, leases and requests; each must be new. */
  newId?: () => string
}

/** A running hub. */
export interface Hub {
  /** The Fastify instance: `app.inject({ method: 'POST', url: '/v1/lookups', payload })`. */
  app: FastifyInstance
  /** Where it listens, such as `http://127.0.0.1:8080`; undefined until it does. */
  readonly url: string | undefined
  /** Listens where the options say, by default on a free port of 127.0.0.1, and answers the URL. */
  listen(at?: { port?: number; host?: string }): Promise<string>
  /**
   * The hub's clock, to be set by a test. It and the other controls throw a ConfigError with `testerControls: false`, and
   * refuse what is no sense with the HubError, code and pointers that their routes have.
   */
  readonly clock: ClockControl
  /** Forgets everything but the snapshots; of one authority, what it sent and was told. */
  reset(authority?: ResetWish): Promise<void>
  /** Fills the index with a world or with plans, through the intake; rejects with a HubError that has every finding. */
  seed(wish: SeedWish): Promise<Seeded>
  /** Keeps the state of the hub under a name, and brings it back. */
  snapshot(name: string): Promise<Snapshot>
  restore(name: string): Promise<void>
  /** Does now what the hub does daily: overdue notices and purging. */
  runMaintenance(): Promise<void>
  /**
   * Calls back once when the hub's disk or database has failed, with the reason: what was being written may be there
   * or not, and nothing more is taken (503). The hub stays up; close it, and create it again to recover.
   */
  onFailure(listener: (reason: string) => void): void
  /** Finishes what is in flight and closes the database. May be called twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A ready hub, for a test or a host process. It keeps nothing and logs nothing unless told otherwise, has the controls
 * of testers unless told otherwise, knows nothing of other hubs in the process, and never ends the process. Rejects when an option is wrong (ConfigError) or the
 * database cannot be opened.
 */
export async function createHub(options: HubOptions = {}): Promise<Hub> {
  const { dataDir = KEEPS_NOTHING, logLevel = 'silent', port = 0 } = options
  const { testerControls = true } = options
  const config = completeConfig({ ...options, dataDir, logLevel, port, testerControls })
  const opening = openSqliteStore(config.dataDir, referenceAuthorities(config.authoritiesStartAs), {
    people: SANDBOX_PEOPLE,
    ...(options.machineClock && { machineClock: options.machineClock }),
  })
  // Loaded while the store's thread starts: that is a quarter of a start.
  const [{ store, file, isOpenToOthers, checked }, { buildApp }, { inProcess }] = await Promise.all([
    opening,
    import('./app.js'),
    import('./in-process.js'),
  ])
  try {
    const clock = config.testerControls ? new HubClock(options.clock ?? systemClock) : undefined
    const parts = clock && makeParts(clock, config)
    const context = await makeContext(
      config,
      clock ? { ...options, clock: clock.now } : options,
      parts ? storeFor(parts, store) : store,
      file,
    )
    const controls = parts && { hub: context, ...parts }
    if (isOpenToOthers) context.log.warn('other users of this machine can look into DATA_DIR')
    void checked?.then((damage) => logCheck(context, damage))
    const closing = new AbortController()
    const http = await buildApp(context, closing.signal, outsideOf(config), controls)
    await runFirstMaintenance(context)
    return hubOf(context, http, config, {
      closing,
      controls: controls && inProcess(controls, closing.signal),
    })
  } catch (error) {
    await store.close()
    throw error
  }
}

function logCheck({ log }: HubContext, damage: string | undefined): void {
  if (damage === undefined) log.info('the hub before was stopped under way; the database is sound')
  else log.fatal({ reason: damage }, 'the hub before was stopped under way; the database is damaged')
}

/** A hub whose disk is full starts all the same: it answers what it can, and recovers when there is room. */
async function runFirstMaintenance(context: HubContext): Promise<void> {
  try {
    await catchUpMaintenance(context)
  } catch (error) {
    const { code, cause } = error as Partial<HubError>
    if (code === 'STORE_UNAVAILABLE') {
      const reason = cause instanceof Error ? cause.message : code
      throw new Error(`The storage has failed (${reason}). Start the hub again to recover.`)
    }
    if (code !== 'STORAGE_FULL') throw error
    context.log.error('there is no room to store anything, and what is due at a start was not done')
  }
}

// A caller who has stopped sending in the middle of a request may not keep the hub from stopping, nor may a dataset that
// takes long to check; whoever waits for that is answered first.
const CLOSE_PATIENCE_MS = 8 * SECOND_MS
const CHECK_PATIENCE_MS = 7 * SECOND_MS

function hubOf(
  context: HubContext,
  { app, drain }: HttpSide,
  config: HubConfig,
  { closing, controls }: { closing: AbortController; controls: InProcessControls | undefined },
): Hub {
  const stopMaintenance = scheduleMaintenance(context)
  context.load.start()
  let url: string | undefined
  let closed: Promise<void> | undefined
  const close = async () => {
    closing.abort()
    pause('T1 stopping')
    context.intake.stop()
    const clock = context.machineClock
    const stopChecking = clock.after(CHECK_PATIENCE_MS, () => void context.intake.close())
    const stopWaiting = clock.after(CLOSE_PATIENCE_MS, () => app.server.closeAllConnections())
    await drain()
    await app.close()
    stopChecking()
    stopWaiting()
    context.load.stop()
    await stopMaintenance()
    await context.intake.close()
    await context.store.keepHealthActivity(context.activity.takeNews()).catch((error: Error) => {
      context.log.error({ reason: error.message }, 'health’s activity could not be kept')
    })
    await context.store.close()
  }
  return {
    app,
    get url() {
      return url
    },
    async listen({ port = config.port, host = config.host } = {}) {
      refuseOpenDoor({ host, authNoneIKnow: config.authNoneIKnow })
      // For localhost Fastify would make a second server on ::1, which none of the limits are put on.
      url = await app.listen({ port, host: host === 'localhost' ? '127.0.0.1' : host })
      return url
    },
    get clock() {
      return given(controls).clock
    },
    reset: async (wish) => given(controls).reset(wish),
    seed: async (wish) => given(controls).seed(wish),
    snapshot: async (name) => given(controls).snapshot(name),
    restore: async (name) => given(controls).restore(name),
    runMaintenance: () => runMaintenance(context),
    onFailure: (listener) => context.store.onFailure(listener),
    close() {
      closed ??= close()
      return closed
    },
    [Symbol.asyncDispose]() {
      return this.close()
    },
  }
}

function given(controls: InProcessControls | undefined): InProcessControls {
  if (controls !== undefined) return controls
  throw new ConfigError('This hub was made with testerControls: false.')
}

function outsideOf(config: HubConfig): Outside {
  const allowedHosts = listAllowedHosts(config)
  return {
    door: { allowedHosts, anyHost: config.authNoneIKnow && allowedHosts.length === 0 },
    publicUrl: publicUrlOf(config),
  }
}

import type { Logger } from 'pino'
import type { Clock, Instant, MachineClock } from '../clock.js'
import type { DatasetLimits } from '../domain/dataset-limits.js'
import type { FreshnessRules } from '../domain/freshness.js'
import type { PdsCheck } from '../domain/person.js'
import type { Intake } from '../intake/intake.js'
import type { Store } from '../store/store.js'
import type { DatasetsInHand } from './datasets-in-hand.js'
import type { HealthActivityLog } from './health-activity.js'
import type { LoadWatch } from './load-watch.js'
import type { OneAtATime } from './one-at-a-time.js'
import type { WaitingLeases } from './waiting-leases.js'

/** The rules that an operator can set, in the units in which they are applied. */
export interface HubRules {
  freshness: FreshnessRules
  collapseMs: number
  retentionMs: number
  shrinkGuardRatio: number
  limits: DatasetLimits
  pdsCheck: PdsCheck
  /** In the register of people. */
  peopleMax: number
}

/** What every verb of the hub works with. */
export interface HubContext {
  store: Store
  intake: Intake
  /** When health organisations last asked and reported. */
  activity: HealthActivityLog
  /** Who waits for notifications. */
  waiting: WaitingLeases
  /** The datasets that are received and not settled. */
  inHand: DatasetsInHand
  load: LoadWatch
  /** Whether the register of people can be reached; a fault takes it away from one request. */
  register: { isDown: boolean }
  rules: HubRules
  /** Maintenance, and what testers do to the whole of the hub: one at a time. */
  upkeep: OneAtATime
  clock: Clock
  /** Testers set the clock: a day whose maintenance has run is not run again after it went back. */
  daysRunOnce: boolean
  machineClock: MachineClock
  newId: () => string
  log: Logger
  startedAt: Instant
}

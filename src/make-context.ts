import { pino } from 'pino'
import { type Clock, DAY_MS, HOUR_MS, type MachineClock, systemClock, systemMachineClock } from './clock.js'
import type { HubConfig } from './config.js'
import type { HubContext, HubRules } from './hub/context.js'
import { DatasetsInHand } from './hub/datasets-in-hand.js'
import { HealthActivityLog } from './hub/health-activity.js'
import { LoadWatch } from './hub/load-watch.js'
import { OneAtATime } from './hub/one-at-a-time.js'
import { WaitingLeases } from './hub/waiting-leases.js'
import { newUuid } from './ids.js'
import { Intake } from './intake/intake.js'
import type { Store } from './store/store.js'

/** Where a hub takes its time and its ids from. */
interface Sources {
  clock?: Clock
  machineClock?: MachineClock
  newId?: () => string
}

// So many datasets of the largest size may be in memory at once; of the usual size, any number that comes in a night.
const DATASETS_IN_HAND_OF_THE_LARGEST = 4

/** What every verb of the hub works with, over a store that is open; `file` is its database, which the intake reads. */
export async function makeContext(
  config: HubConfig,
  { clock = systemClock, machineClock = systemMachineClock, newId = newUuid }: Sources,
  store: Store,
  file: string,
): Promise<HubContext> {
  const log = { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return {
    store,
    intake: new Intake(file, machineClock),
    activity: new HealthActivityLog(await store.readHealthActivity()),
    waiting: new WaitingLeases(store, clock, machineClock),
    inHand: new DatasetsInHand(config.datasetMaxBytes * DATASETS_IN_HAND_OF_THE_LARGEST),
    load: new LoadWatch(store, machineClock),
    register: { isDown: false },
    rules: rulesOf(config),
    upkeep: new OneAtATime(),
    daysRunOnce: config.testerControls,
    clock,
    machineClock,
    newId,
    log: pino(log, pino.destination(2)),
    startedAt: clock(),
  }
}

function rulesOf(config: HubConfig): HubRules {
  return {
    freshness: {
      freshnessMs: config.freshnessHours * HOUR_MS,
      graceMs: config.freshnessGraceHours * HOUR_MS,
    },
    collapseMs: config.collapseHours * HOUR_MS,
    retentionMs: config.retentionDays * DAY_MS,
    shrinkGuardRatio: config.shrinkGuardRatio,
    limits: { bytesMax: config.datasetMaxBytes, recordsMax: config.datasetMaxRecords },
    pdsCheck: config.pdsCheck,
    peopleMax: config.testerPeopleMax,
  }
}

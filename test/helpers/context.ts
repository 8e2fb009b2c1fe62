import { pino } from 'pino'
import type { Test } from 'tap'
import { systemMachineClock } from '../../src/clock.js'
import type { HubContext } from '../../src/hub/context.js'
import { DatasetsInHand } from '../../src/hub/datasets-in-hand.js'
import { HealthActivityLog } from '../../src/hub/health-activity.js'
import { LoadWatch } from '../../src/hub/load-watch.js'
import { OneAtATime } from '../../src/hub/one-at-a-time.js'
import { WaitingLeases } from '../../src/hub/waiting-leases.js'
import { Intake } from '../../src/intake/intake.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { KEEPS_NOTHING, openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Store } from '../../src/store/store.js'
import { countingIds, NOW } from './hub.js'

/** The hub's own context around a real store, which the test may wrap. */
export async function openContext(
  t: Test,
  wrap: (store: Store) => Store = (store) => store,
): Promise<HubContext> {
  const { store, file } = await openSqliteStore(KEEPS_NOTHING, referenceAuthorities('live'))
  const intake = new Intake(file, systemMachineClock)
  t.teardown(async () => {
    await intake.close()
    await store.close()
  })
  const clock = () => NOW
  const wrapped = wrap(store)
  return {
    store: wrapped,
    intake,
    waiting: new WaitingLeases(wrapped, clock, systemMachineClock),
    inHand: new DatasetsInHand(1_000_000),
    load: new LoadWatch(store, systemMachineClock),
    register: { isDown: false },
    activity: new HealthActivityLog(),
    rules: {
      freshness: { freshnessMs: 86_400_000, graceMs: 7_200_000 },
      collapseMs: 86_400_000,
      retentionMs: 365 * 86_400_000,
      shrinkGuardRatio: 0.5,
      limits: { bytesMax: 1_000_000, recordsMax: 10_000 },
      pdsCheck: 'format',
      peopleMax: 1_000,
    },
    upkeep: new OneAtATime(),
    daysRunOnce: false,
    clock,
    machineClock: systemMachineClock,
    newId: countingIds(),
    log: pino({ level: 'silent' }),
    startedAt: NOW,
  }
}

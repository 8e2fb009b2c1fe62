import { HOUR_MS } from '../clock.js'
import type { Store } from '../store/store.js'
import { Conformance } from './conformance/conformance.js'
import type { TesterControls } from './controls.js'
import { Faults } from './faults.js'
import type { HubClock } from './hub-clock.js'
import { HubEvents } from './hub-events.js'
import { Journal } from './journal.js'
import { observedStore } from './observed-store.js'
import { SecondDeliveries, withSecondDeliveries } from './second-deliveries.js'

export type TesterParts = Omit<TesterControls, 'hub'>

/** Settings, as the configuration names them. */
interface Bounds {
  testerJournalMax: number
  testerBodyMaxBytes: number
  testerSnapshotsMax: number
  testerFaultsMax: number
  testerEventsMax: number
  freshnessHours: number
  freshnessGraceHours: number
}

/** What testers do to a hub with, before there is one. */
export function makeParts(clock: HubClock, bounds: Bounds): TesterParts {
  const events = new HubEvents(bounds.testerEventsMax, clock.now)
  const faults = new Faults(bounds.testerFaultsMax)
  faults.onFired(({ id, effect }) => events.publish('fault', { faultId: id, effect: Object.keys(effect) }))
  return {
    clock,
    limits: { snapshotsMax: bounds.testerSnapshotsMax },
    events,
    journal: new Journal(
      { entriesMax: bounds.testerJournalMax, bodyBytesMax: bounds.testerBodyMaxBytes },
      events,
    ),
    faults,
    again: new SecondDeliveries(),
    conformance: new Conformance((bounds.freshnessHours + bounds.freshnessGraceHours) * HOUR_MS),
  }
}

/** The store as a hub with these works with it. */
export function storeFor({ again, events }: TesterParts, store: Store): Store {
  return observedStore(withSecondDeliveries(store, again), events)
}

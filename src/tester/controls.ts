import type { HubContext } from '../hub/context.js'
import type { Conformance } from './conformance/conformance.js'
import type { Faults } from './faults.js'
import type { HubClock } from './hub-clock.js'
import type { HubEvents } from './hub-events.js'
import type { Journal } from './journal.js'
import type { SecondDeliveries } from './second-deliveries.js'

/** How much testers may have the hub keep. */
export interface TesterLimits {
  snapshotsMax: number
}

/** What the verbs of testers work with: the hub, and what they can do to it. */
export interface TesterControls {
  hub: HubContext
  clock: HubClock
  limits: TesterLimits
  journal: Journal
  events: HubEvents
  faults: Faults
  again: SecondDeliveries
  conformance: Conformance
}

import type { HubContext } from '../hub/context.js'
import type { HubClock } from './hub-clock.js'

/** What the verbs of testers work with: the hub, and what they can do to it. */
export interface TesterControls {
  hub: HubContext
  clock: HubClock
}

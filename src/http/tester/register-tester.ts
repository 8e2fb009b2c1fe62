import type { FastifyInstance } from 'fastify'
import type { TesterControls } from '../../tester/controls.js'
import { registerClock } from './clock.js'
import { registerConformance } from './conformance.js'
import { registerEvents } from './events.js'
import { registerFaults } from './faults.js'
import { registerJournal } from './journal.js'
import { refuseUnwantedBodies } from './no-body.js'
import { registerNotificationChanges } from './notifications.js'
import { registerPeople } from './people.js'
import { registerSnapshots } from './snapshots.js'
import { registerState } from './state.js'

/** The routes under `/tester`, in reading order; a hub without controls has none of them. */
export function registerTester(app: FastifyInstance, controls: TesterControls, closing: AbortSignal): void {
  refuseUnwantedBodies(app)
  registerClock(app, controls)
  registerState(app, controls)
  registerSnapshots(app, controls)
  registerJournal(app, controls, closing)
  registerEvents(app, controls, closing)
  registerFaults(app, controls)
  registerNotificationChanges(app, controls)
  registerPeople(app, controls.hub)
  registerConformance(app, controls)
}

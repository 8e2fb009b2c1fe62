import type { FastifyInstance } from 'fastify'
import type { TesterControls } from '../../tester/controls.js'
import { registerClock } from './clock.js'
import { registerPeople } from './people.js'
import { registerSnapshots } from './snapshots.js'
import { registerState } from './state.js'

/** The routes under `/tester`, in reading order; a hub without controls has none of them. */
export function registerTester(app: FastifyInstance, controls: TesterControls): void {
  registerClock(app, controls)
  registerState(app, controls)
  registerSnapshots(app, controls)
  registerPeople(app, controls.hub)
}

import { setEnvironmentData } from 'node:worker_threads'
import type { PausePoint } from '../../src/pause.js'

// A hub as a process of its own that ends, as in a crash, when it has come past a point so many times.

export interface StoppingHub {
  dataDir: string
  point?: PausePoint
  /** How often it may pass before it stops. */
  passes?: number
  /** Where its clock stands. */
  at: string
}

const { dataDir, point, passes = 0, at } = JSON.parse(process.argv[2] as string) as StoppingHub
// Before the hub is loaded: it looks once.
setEnvironmentData('cpis-hub pause', point && { point, passes })
const { createHub, fixedClock } = await import('../../src/index.js')
const hub = await createHub({ dataDir, clock: fixedClock(at), logLevel: 'warn' })
hub.onFailure((reason) => process.stdout.write(`failed: ${reason}\n`))
process.stdout.write(`listens on ${await hub.listen()}\n`)
process.once('SIGTERM', () => void hub.close())

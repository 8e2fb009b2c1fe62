import { getEnvironmentData } from 'node:worker_threads'

/** Where the tests cut the hub off: between what one promise is made of. */
export type PausePoint =
  | 'W1 lookup received'
  | 'W2 event half written'
  | 'W4 lookup durable'
  | 'W5 answered'
  | 'D1 dataset received'
  | 'D2 dataset checked'
  | 'D3 dataset handed over'
  | 'D4 plans half written'
  | 'D5 dataset durable'
  | 'L1 lease durable'
  | 'L3 acknowledgement durable'
  | 'T1 stopping'
  | 'M1 inside a migration'
  | 'B1 backup copied'

// Set by a test's own entry script before it loads the hub, and inherited by threads. Nothing else sets it.
const PAUSE_KEY = 'cpis-hub pause'

const armed = getEnvironmentData(PAUSE_KEY) as { point: PausePoint; passes: number } | undefined
let passes = 0

/** Does nothing; unless a test has asked for this point, where the process then ends as in a crash. */
export function pause(point: PausePoint): void {
  if (armed?.point !== point) return
  passes += 1
  if (passes > armed.passes) process.kill(process.pid, 'SIGKILL')
}

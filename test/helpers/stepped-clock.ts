import { setImmediate } from 'node:timers/promises'
import type { MachineClock } from '../../src/index.js'

export interface SteppedClock extends MachineClock {
  /** Lets time pass in quarters of a second, with a turn of the event loop after each. */
  passSeconds(seconds: number): Promise<void>
  /** Lets time pass as when nothing else could happen meanwhile. */
  block(ms: number): void
}

const STEP_MS = 250

/** A machine's clock that a test moves. */
export function steppedClock(): SteppedClock {
  let now = 0
  let timers: { at: number; callback: () => void }[] = []
  const callDue = () => {
    const due = timers.filter(({ at }) => at <= now)
    timers = timers.filter(({ at }) => at > now)
    for (const { callback } of due) callback()
  }
  return {
    now: () => now,
    after(delayMs, callback) {
      const timer = { at: now + delayMs, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
    async passSeconds(seconds) {
      for (let passed = 0; passed < seconds * 1000; passed += STEP_MS) {
        now += STEP_MS
        callDue()
        await setImmediate()
      }
    },
    block(ms) {
      now += ms
      callDue()
    },
  }
}

import type { Test } from 'tap'
import { type Clock, createHub, type Hub, type HubOptions, type Instant } from '../../src/index.js'

/** The moment at which the tests' world stands: a Tuesday morning in winter. */
export const NOW = '2026-11-24T09:30:00.000Z' as Instant

/** A clock that a test moves by hand. */
export interface SetClock extends Clock {
  set(at: string): void
}

export function setClock(at: string = NOW): SetClock {
  let now = new Date(at).toISOString() as Instant
  return Object.assign(() => now, {
    set(next: string) {
      now = new Date(next).toISOString() as Instant
    },
  })
}

/** Ids that count, in the form of UUIDs: the nth is `00000000-0000-7000-8000-00000000000n`. */
export function countingIds(): () => string {
  let count = 0
  return () => {
    count += 1
    return `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`
  }
}

/** A hub that keeps nothing, whose clock the test moves; closed when the test ends. */
export async function openHub(t: Test, options: HubOptions = {}): Promise<{ hub: Hub; clock: SetClock }> {
  const clock = setClock()
  const hub = await createHub({ clock, newId: countingIds(), ...options })
  t.teardown(() => hub.close())
  return { hub, clock }
}

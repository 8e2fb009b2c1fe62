import type { Instant } from '../clock.js'
import { parseInstant } from '../clock.js'
import type { TesterControls } from './controls.js'
import type { ClockReading } from './hub-clock.js'
import { setClock, unsetClock } from './set-clock.js'

/** The hub's clock as a test sets it; the same as `/tester/clock`. */
export interface ClockControl {
  read(): ClockReading
  /** `{ now: '2026-11-24T09:00:00Z' }` or `{ advance: 'PT25H' }`, each with `frozen` or without, or that alone. */
  set(wish: { now?: string; advance?: string; frozen?: boolean }): Promise<ClockReading>
  /** Back to real time. */
  unset(): Promise<ClockReading>
}

export function clockControl(controls: TesterControls): ClockControl {
  return {
    read: () => controls.clock.read(),
    async set({ now: text, ...rest }) {
      const now = text === undefined ? undefined : parseInstant(text)
      if (text !== undefined && now === undefined) throw new Error('now must be an RFC 3339 instant')
      return setClock(controls, { ...rest, ...(now !== undefined && { now: now as Instant }) })
    },
    unset: () => unsetClock(controls),
  }
}

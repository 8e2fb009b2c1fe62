import { addMs, type Instant, londonDate } from '../clock.js'
import { dayNumber } from '../domain/calendar.js'
import { parseDuration } from '../domain/duration.js'
import { type HubError, refuse } from '../domain/problem.js'
import { catchUpMidnights } from '../hub/run-maintenance.js'
import type { TesterControls } from './controls.js'
import type { ClockReading, HubClock } from './hub-clock.js'

/** Where the hub's clock shall be: at a moment or so much later than it is, standing still or running. */
export interface ClockWish {
  now?: Instant
  /** An ISO 8601 duration of weeks, days and time. */
  advance?: string
  frozen?: boolean
}

// The caller waits for the maintenance of every midnight in between: ten years take about a second.
const AHEAD_DAYS_MAX = 20 * 366
const FIRST_MOMENT = '1900-01-01T00:00:00.000Z'
const LAST_MOMENT = '9000-01-01T00:00:00.000Z'

/**
 * Sets the hub's clock, and runs the maintenance of each midnight that it moved over as of that midnight. Without
 * `frozen` it stands still or runs as before. Refuses SCHEMA_VIOLATION for what is no wish, or too far away.
 */
export function setClock(controls: TesterControls, wish: ClockWish): Promise<ClockReading> {
  return controls.hub.upkeep.run(() =>
    moving(controls, (clock) => {
      const at = wantedMoment(clock, wish)
      refuseTooFarAhead(clock, at)
      clock.set(at, wish.frozen ?? clock.setting.mode === 'frozen')
    }),
  )
}

/** Goes back to real time. */
export function unsetClock(controls: TesterControls): Promise<ClockReading> {
  return controls.hub.upkeep.run(() => moving(controls, (clock) => clock.apply({ mode: 'real' })))
}

/** Moves the clock; back again when what is due then cannot be done. Not to be called while other upkeep goes on. */
export async function moving(
  { hub, clock, events }: TesterControls,
  move: (clock: HubClock) => void,
): Promise<ClockReading> {
  const before = clock.setting
  try {
    move(clock)
    await catchUpMidnights(hub)
  } catch (error) {
    clock.apply(before)
    throw error
  }
  hub.waiting.lookNow()
  const reading = clock.read()
  events.publish('clock', { ...reading })
  return reading
}

function wantedMoment(clock: HubClock, { now, advance, frozen }: ClockWish): Instant {
  if (now !== undefined && advance !== undefined) throw faulty('/advance', 'cannot stand beside now')
  if (now !== undefined) return inRange(now, '/now')
  if (advance !== undefined) {
    const ms = parseDuration(advance)
    if (ms === undefined)
      throw faulty('/advance', 'must be a duration of weeks, days and time, such as PT25H or P1D')
    return inRange(addMs(clock.now(), ms), '/advance')
  }
  if (frozen === undefined) throw faulty('', 'needs now, advance or frozen')
  return clock.now()
}

function inRange(at: Instant, pointer: string): Instant {
  if (at >= FIRST_MOMENT && at <= LAST_MOMENT) return at
  throw faulty(pointer, 'must lead into the years 1900 to 8999')
}

function refuseTooFarAhead(clock: HubClock, at: Instant): void {
  if (dayNumber(londonDate(at)) - dayNumber(londonDate(clock.now())) <= AHEAD_DAYS_MAX) return
  throw faulty('', `moves over more than ${AHEAD_DAYS_MAX} midnights; go there in several steps`)
}

function faulty(pointer: string, message: string): HubError {
  return refuse('SCHEMA_VIOLATION', 'The clock cannot be set so; errors says why.', [{ pointer, message }])
}

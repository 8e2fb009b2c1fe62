import { type HubError, refuse } from './problem.js'

/** How busy the hub is, by the machine's clock. */
export interface Load {
  /** How late the event loop is. */
  eventLoopDelayMs: number
  /** How long the first of the writes that wait has waited. */
  writeWaitMs: number
  writesWaiting: number
}

/** What is put off at a level and at every level above it. */
export const REFUSED_FROM = {
  datasets: 1,
  browsing: 2,
  silentLookups: 3,
  /** Unscheduled lookups, attendances, and what an authority does with its notifications. */
  promises: 4,
} as const

/** From 0, where everything is taken, to 4, where only health checks and metrics are. */
export type LoadLevel = 0 | 1 | 2 | 3 | 4

// Where each level begins; it ends at half of that, so that the hub does not flutter. Every request is to be answered
// within ten seconds, and a write that has waited for eight is given up.
const LEVELS_BEGIN: Record<keyof Load, readonly [number, number, number, number]> = {
  eventLoopDelayMs: [500, 1_000, 1_500, 2_000],
  writeWaitMs: [1_000, 2_000, 4_000, 6_000],
  writesWaiting: [1_000, 2_000, 3_000, 4_000],
}
const ENDS_AT = 0.5

/** The level that follows `level` under this load. */
export function nextLoadLevel(level: LoadLevel, load: Load): LoadLevel {
  const begun = levelOf(load, 1)
  const notEnded = levelOf(load, ENDS_AT)
  return Math.max(begun, Math.min(level, notEnded)) as LoadLevel
}

// A hundred lookups take a few milliseconds, and the longest listing as many. New connections are taken one a turn, so
// turns must be short where many browse.
const TURN_LEVELS_BEGIN_MS = [200, 200, 500, 1_000]

/** The level that a turn of the event loop comes to which has taken requests for so long. */
export function levelOfTurn(turnMs: number): LoadLevel {
  return TURN_LEVELS_BEGIN_MS.filter((begin) => turnMs >= begin).length as LoadLevel
}

function levelOf(load: Load, share: number): number {
  const levels = Object.entries(LEVELS_BEGIN).map(
    ([measure, begins]) => begins.filter((begin) => load[measure as keyof Load] >= begin * share).length,
  )
  return Math.max(...levels)
}

export function overloaded(): HubError {
  return refuse(
    'OVERLOADED',
    'The hub has more to do than it can in time; nothing was stored. Send the same request again in a moment.',
  )
}

import type { Static, TSchema } from 'typebox'
import { type HubError, refuse } from './domain/problem.js'
import { parseJson } from './messages/parse-json.js'
import { ClockWishSchema } from './messages/tester/clock.js'
import { ResetSchema, SEED_BYTES_MAX, SeedSchema, SnapshotParams } from './messages/tester/state.js'
import { checkerOf } from './messages/validators.js'
import type { TesterControls } from './tester/controls.js'
import type { ClockReading } from './tester/hub-clock.js'
import { reset } from './tester/reset.js'
import { type Seeded, type SeedWish, seed } from './tester/seed.js'
import { setClock, unsetClock } from './tester/set-clock.js'
import { keepSnapshot, restoreSnapshot, type Snapshot } from './tester/snapshots.js'
import { clockWishOf, seedWishOf } from './tester/wishes.js'

/** The hub's clock as a test sets it; the same as `/tester/clock`. */
export interface ClockControl {
  read(): ClockReading
  /**
   * `{ now: '2026-11-24T09:00:00Z' }` or `{ advance: 'PT25H' }`, each with `frozen` or without, or that alone. Rejects
   * with a HubError, SCHEMA_VIOLATION, for anything else.
   */
  set(wish: { now?: string; advance?: string; frozen?: boolean }): Promise<ClockReading>
  /** Back to real time. */
  unset(): Promise<ClockReading>
}

/** An authority's code, or what `POST /tester/reset` takes. */
export type ResetWish = string | { authorityCode?: string }

/**
 * The controls of a hub in process. What they are given is checked as the same request would be, and so refused; once
 * the hub is being closed all that change anything reject with an Error that says so.
 */
export interface InProcessControls {
  clock: ClockControl
  reset(wish?: ResetWish): Promise<void>
  seed(wish: SeedWish): Promise<Seeded>
  snapshot(name: string): Promise<Snapshot>
  restore(name: string): Promise<void>
}

export function inProcess(controls: TesterControls, closing: AbortSignal): InProcessControls {
  /** Rejects for a closed hub, and for what the work refuses, at once or later. */
  const open = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (closing.aborted) throw new Error('This hub is closed. Create another.')
    return work()
  }
  return {
    clock: {
      read: () => controls.clock.read(),
      set: (wish) => open(() => setClock(controls, clockWishOf(checkedClock(wish)))),
      unset: () => open(() => unsetClock(controls)),
    },
    reset: (wish = {}) =>
      open(() => reset(controls, checkedReset(typeof wish === 'string' ? { authorityCode: wish } : wish))),
    seed: (wish) => open(() => seed(controls, seedWishOf(checkedSeed(wish)), 'seed')),
    snapshot: (name) => open(() => keepSnapshot(controls, checkedName({ name }).name)),
    restore: (name) => open(() => restoreSnapshot(controls, checkedName({ name }).name)),
  }
}

const checkedClock = checkedBy(ClockWishSchema, 'setting of the clock')
const checkedReset = checkedBy(ResetSchema, 'reset')
const checkedSeed = checkedBy(SeedSchema, 'seed', SEED_BYTES_MAX)
const checkedName = checkedBy(SnapshotParams, 'name of the snapshot')

function checkedBy<S extends TSchema>(
  schema: S,
  what: string,
  bytesMax = Number.POSITIVE_INFINITY,
): (given: unknown) => Static<S> {
  const refusalOf = checkerOf(schema, what)
  return (given) => {
    const sent = asSent(given, what, bytesMax)
    const refusal = refusalOf(sent)
    if (refusal !== undefined) throw refusal
    return sent as Static<S>
  }
}

/** What would come if it were sent: a copy that cannot change any more, with nothing in it that JSON cannot say. */
function asSent(given: unknown, what: string, bytesMax: number): unknown {
  let json: string | undefined
  try {
    json = JSON.stringify(given)
  } catch {
    throw noJson(what)
  }
  const bytes = Buffer.from(json ?? 'null')
  if (bytes.length > bytesMax) throw refuse('BODY_TOO_LARGE', `The ${what} is too large; give less at once.`)
  return parseJson(bytes)
}

function noJson(what: string): HubError {
  const fault = { pointer: '', message: 'must be what can be written as JSON' }
  return refuse('SCHEMA_VIOLATION', `The ${what} cannot be written as JSON.`, [fault])
}

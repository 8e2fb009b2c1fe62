import type { TesterControls } from './controls.js'
import { firstOf } from './first-of.js'
import type { Journal } from './journal.js'
import type { JournalEntry } from './journal-entry.js'
import { differencesOf, type FilterField, fits, type RequestFilter } from './request-filter.js'

/** How many requests there are to be. */
export interface Bound {
  kind: 'count' | 'atLeast' | 'atMost'
  requests: number
}

export interface Expectation {
  filter: RequestFilter
  bound: Bound
  /** How many of the requests are shown at most. */
  limit: number
  /** How long to wait, by the machine's clock. */
  withinMs: number
}

/** A request that is not one of those that are meant, and in which fields it is not. */
export interface NearMiss {
  entry: JournalEntry
  differs: FilterField[]
}

export interface ExpectationOutcome {
  isMet: boolean
  /** How many there have been, also those that the journal no longer has. */
  matched: number
  /** Newest first. */
  items: JournalEntry[]
  /** Closest first; none when it is met. */
  nearMisses: NearMiss[]
}

const NEAR_MISSES_MAX = 10

/**
 * Waits until so many requests have come as are expected, or can no longer, or the time is over, or `stop` aborts. What
 * is bounded above alone is known to hold at the end only. Refuses OVERLOADED when too many wait.
 */
export async function expectRequests(
  { journal, hub }: Pick<TesterControls, 'journal' | 'hub'>,
  { filter, bound, limit, withinMs }: Expectation,
  stop: AbortSignal,
): Promise<ExpectationOutcome> {
  const matches = new Matches(journal, filter, limit)
  if (isOpen(bound, matches.count) && withinMs > 0) {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isOpen(bound, matches.count)) end()
      }
      const end = () => {
        unwatch()
        cancel()
        stop.removeEventListener('abort', end)
        resolve()
      }
      const unwatch = journal.watch({
        added: (entry) => matches.add(entry) && look(),
        emptied: () => {
          matches.clear()
          look()
        },
      })
      const cancel = hub.machineClock.after(withinMs, end)
      stop.addEventListener('abort', end)
      if (stop.aborted) end()
    })
  }
  const isMet = holds(bound, matches.count)
  const nearMisses = isMet ? [] : nearMissesIn(journal, filter)
  return { isMet, matched: matches.count, items: matches.newest, nearMisses }
}

function holds({ kind, requests }: Bound, count: number): boolean {
  if (kind === 'count') return count === requests
  return kind === 'atLeast' ? count >= requests : count <= requests
}

/** Whether a request more, or the end, can still decide it. */
function isOpen(bound: Bound, count: number): boolean {
  return bound.kind === 'atMost' ? count <= bound.requests : count < bound.requests
}

/** The requests that fit, counted as they come: a full journal forgets, and an expectation must not. */
class Matches {
  readonly #filter: RequestFilter
  readonly #limit: number
  count = 0
  newest: JournalEntry[] = []

  constructor(journal: Journal, filter: RequestFilter, limit: number) {
    this.#filter = filter
    this.#limit = limit
    const found = [...journal.fitting(filter)]
    this.count = found.length
    this.newest = firstOf(found, limit).shown
  }

  add(entry: JournalEntry): boolean {
    if (!fits(entry, this.#filter)) return false
    this.count += 1
    this.newest = firstOf([entry, ...this.newest], this.#limit).shown
    return true
  }

  clear(): void {
    this.count = 0
    this.newest = []
  }
}

function nearMissesIn(journal: Journal, filter: RequestFilter): NearMiss[] {
  const closest = [...journal.entries()]
    .map((entry) => ({ entry, differs: differencesOf(entry, filter) }))
    .filter(({ differs }) => differs.length > 0)
    .sort((a, b) => a.differs.length - b.differs.length)
    .slice(0, NEAR_MISSES_MAX)
  const { shown } = firstOf(
    closest.map(({ entry }) => entry),
    NEAR_MISSES_MAX,
  )
  return closest.slice(0, shown.length)
}

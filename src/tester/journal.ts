import { overloaded } from '../domain/load.js'
import type { HubEvents } from './hub-events.js'
import type { JournalEntry } from './journal-entry.js'
import { fits, type RequestFilter } from './request-filter.js'
import { Ring } from './ring.js'

/** Who waits for what the journal will hold. */
export interface JournalWatcher {
  added(entry: JournalEntry): void
  emptied(): void
}

const WATCHERS_MAX = 100

/**
 * The latest requests, in memory alone: what came, and what was answered. A request stands in it from the moment on in
 * which it was answered, or its connection cut.
 */
export class Journal {
  /** The patterns that a filter may name: the routes whose requests can stand here. */
  readonly routes = new Set<string>()
  /** How much of each body is kept. */
  readonly bodyBytesMax: number
  readonly #events: HubEvents
  readonly #entries: Ring<JournalEntry>
  readonly #watchers = new Set<JournalWatcher>()
  #lastId = 0

  constructor(limits: { entriesMax: number; bodyBytesMax: number }, events: HubEvents) {
    this.bodyBytesMax = limits.bodyBytesMax
    this.#events = events
    this.#entries = new Ring(limits.entriesMax)
  }

  add(request: Omit<JournalEntry, 'id'>): void {
    this.#lastId += 1
    const entry = { id: this.#lastId, ...request }
    this.#entries.add(entry)
    // Written out, since every request comes past here and copying with a rest takes longer.
    const { id, at, method, route, caller, requestId, status, durationMs, fault } = entry
    this.#events.publish('request', { id, at, method, route, caller, requestId, status, durationMs, fault })
    for (const watcher of this.#watchers) watcher.added(entry)
  }

  /** How many requests it no longer has. */
  get dropped(): number {
    return this.#entries.dropped
  }

  /** All that it has, newest first. */
  entries(): Iterable<JournalEntry> {
    return this.#entries.newestFirst()
  }

  /** The newest that fit, up to `limit`, newest first. */
  find(filter: RequestFilter, limit: number): JournalEntry[] {
    const found: JournalEntry[] = []
    for (const entry of this.entries()) {
      if (found.length >= limit) break
      if (fits(entry, filter)) found.push(entry)
    }
    return found
  }

  /** Tells of each request until the function that this answers is called; refuses OVERLOADED when too many watch. */
  watch(watcher: JournalWatcher): () => void {
    if (this.#watchers.size >= WATCHERS_MAX) throw overloaded()
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Forgets all; what has gone is no longer counted, and ids go on. */
  clear(): void {
    this.#entries.clear()
    for (const watcher of this.#watchers) watcher.emptied()
  }
}

import { overloaded } from '../domain/load.js'
import { firstOf } from './first-of.js'
import type { HubEvents } from './hub-events.js'
import { bytesOf, type JournalEntry } from './journal-entry.js'
import { fits, type RequestFilter } from './request-filter.js'
import { Ring } from './ring.js'

/** Who waits for what the journal will hold. */
export interface JournalWatcher {
  added(entry: JournalEntry): void
  emptied(): void
}

const WATCHERS_MAX = 100
// Whatever the settings are: a thousand whole datasets would be gigabytes.
const KEPT_BYTES_MAX = 134_217_728

/**
 * The latest requests, in memory alone: what came, and what was answered. A request stands in it from the moment on in
 * which it was answered, or its connection cut.
 */
export class Journal {
  /** The patterns that a filter may name, and their methods: the routes whose requests can stand here. */
  readonly routes = new Map<string, Set<string>>()
  /** How much of each body is kept. */
  readonly bodyBytesMax: number
  readonly #events: HubEvents
  readonly #entries: Ring<JournalEntry>
  readonly #watchers = new Set<JournalWatcher>()
  #lastId = 0
  #keptBytes = 0

  constructor(limits: { entriesMax: number; bodyBytesMax: number }, events: HubEvents) {
    this.bodyBytesMax = limits.bodyBytesMax
    this.#events = events
    this.#entries = new Ring(limits.entriesMax)
  }

  add(request: Omit<JournalEntry, 'id'>): void {
    this.#lastId += 1
    const entry = { id: this.#lastId, ...request }
    this.#keep(entry)
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

  /** All that fit, newest first. */
  *fitting(filter: RequestFilter): Generator<JournalEntry> {
    for (const entry of this.entries()) if (fits(entry, filter)) yield entry
  }

  /** The newest that fit, as many as one answer may show; and whether there are more. */
  find(filter: RequestFilter, limit: number) {
    return firstOf(this.fitting(filter), limit)
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
    this.#keptBytes = 0
    for (const watcher of this.#watchers) watcher.emptied()
  }

  #keep(entry: JournalEntry): void {
    this.#keptBytes += bytesOf(entry)
    let gone = this.#entries.add(entry)
    for (;;) {
      if (gone !== undefined) this.#keptBytes -= bytesOf(gone)
      if (this.#keptBytes <= KEPT_BYTES_MAX) return
      gone = this.#entries.dropOldest()
    }
  }
}

import type { LocalAuthority } from '../../domain/local-authority.js'
import type { Person } from '../../domain/person.js'
import type { ErrandName } from './errands.js'
import type { StoreFault } from './store-fault.js'
import type { WriteName } from './writes/writes.js'

// What crosses between the main thread and the writer thread: values only.

export interface WriterSettings {
  file: string
  /** Made known to a new database. */
  authorities: LocalAuthority[]
  /** Made known to a register that has nobody. */
  people: readonly Person[]
  /** For tests: the database may not grow beyond these pages, nor beyond what it has. */
  pagesMax?: number
}

export interface WriteRequest {
  name: WriteName
  input: unknown
}

export type WriteResult =
  | { kind: 'done'; output: unknown }
  /** The store failed, so nothing can be said about the outcome. */
  | { kind: StoreFault; reason: string }
  /** A fault of the hub itself; this write was undone, its neighbours were not. */
  | { kind: 'failed'; reason: string }

export type ToWriter =
  | { kind: 'batch'; requests: WriteRequest[] }
  | { kind: 'errand'; name: ErrandName; input: unknown }
  | { kind: 'close' }

export type FromWriter =
  | { kind: 'ready' }
  | { kind: 'cannot-open'; reason: string }
  | { kind: 'results'; results: WriteResult[] }
  /** The disk failed while nobody waited. */
  | { kind: 'broken'; reason: string }

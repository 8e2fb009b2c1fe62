import { statSync } from 'node:fs'
import type { MachineClock } from '../../clock.js'
import type { Connection } from './open.js'
import { storeFaultOf } from './store-fault.js'
import { ERASE_DUE, eraseDue, keepEraseDue } from './writes/erase-due.js'

const IDLE_MS = 300
const WORTHWHILE_FRAMES = 1_000
const LARGE_LOG_BYTES = 16 * 1_048_576
// A hub that is never idle folds its log in all the same, or the log would fill the disk.
const FRAMES_MAX = 32_768
const LOOK_EVERY_BATCHES = 64

interface LogState {
  busy: 0 | 1
  log: number
  checkpointed: number
}

/**
 * Folds the log into the file when nobody waits. SQLite would do it inside whichever commit comes past a thousand
 * pages, where a lookup waits for it, and would keep an I/O error there to itself.
 */
export class Checkpoints {
  readonly #connection: Connection
  readonly #clock: MachineClock
  readonly #onError: (error: unknown) => void
  #cancel: () => void = () => {}
  #batches = 0
  #readerInTheWay = false

  constructor(connection: Connection, clock: MachineClock, onError: (error: unknown) => void) {
    this.#connection = connection
    this.#clock = clock
    this.#onError = onError
    connection.pragma('wal_autocheckpoint = 0')
  }

  /** To be called after each batch of writes. */
  afterBatch(): void {
    this.stop()
    this.#cancel = this.#clock.after(IDLE_MS, () => this.#attempt(() => this.#whenIdle()))
    this.#batches += 1
    if (this.#batches % LOOK_EVERY_BATCHES !== 0) return
    this.#attempt(() => {
      if (this.#waiting() > FRAMES_MAX) this.#run('PASSIVE')
    })
  }

  /**
   * Leaves nothing of removed rows in the file or its log. `secure_delete` alone does not: SQLite moves rows between
   * pages as they fill, and blanks only the last place of each. Answers false when there is no room for a second
   * copy, or when a reader was in the way, and then tries the log again.
   */
  erase(): boolean {
    if (eraseDue(this.#connection) === ERASE_DUE.pages && !this.#erasePages()) return false
    return this.#eraseLog()
  }

  #erasePages(): boolean {
    try {
      this.#connection.exec('vacuum')
    } catch (error) {
      if (storeFaultOf(error) !== 'full') throw error
      return false
    }
    keepEraseDue(this.#connection, ERASE_DUE.log)
    return true
  }

  /** Rows that were removed after the pages were written anew leave their bytes in pages again, and stay due. */
  #eraseLog(): boolean {
    const due = eraseDue(this.#connection)
    if (due === ERASE_DUE.nowhere) return true
    const { busy } = this.#withoutWaiting(() => this.#run('TRUNCATE'))
    this.#readerInTheWay = busy === 1
    if (this.#readerInTheWay) this.afterBatch()
    else if (due === ERASE_DUE.log) keepEraseDue(this.#connection, ERASE_DUE.nowhere)
    return !this.#readerInTheWay
  }

  /** On a full disk the log itself may be what fills it. */
  makeRoom(): void {
    try {
      this.#withoutWaiting(() => this.#run('TRUNCATE'))
    } catch (error) {
      if (storeFaultOf(error) !== 'full') throw error
    }
  }

  stop(): void {
    this.#cancel()
    this.#cancel = () => {}
  }

  #whenIdle(): void {
    if (this.#readerInTheWay) {
      this.#eraseLog()
    } else if (this.#logBytes() > LARGE_LOG_BYTES) {
      this.#withoutWaiting(() => this.#run('TRUNCATE'))
    } else if (this.#waiting() >= WORTHWHILE_FRAMES) {
      this.#run('PASSIVE')
    }
  }

  /** Whoever writes next waits behind this, so it does not wait for readers itself. */
  #withoutWaiting<T>(work: () => T): T {
    const timeout = this.#connection.pragma('busy_timeout', { simple: true })
    this.#connection.pragma('busy_timeout = 0')
    try {
      return work()
    } finally {
      this.#connection.pragma(`busy_timeout = ${timeout}`)
    }
  }

  /** Frames of the log that are not in the file yet. */
  #waiting(): number {
    const { log, checkpointed } = this.#run('NOOP')
    return log - checkpointed
  }

  #run(mode: 'NOOP' | 'PASSIVE' | 'TRUNCATE'): LogState {
    const [state] = this.#connection.pragma(`wal_checkpoint(${mode})`) as LogState[]
    return state as LogState
  }

  #logBytes(): number {
    return statSync(`${this.#connection.name}-wal`, { throwIfNoEntry: false })?.size ?? 0
  }

  /** A full disk is no loss here: the log stays, and the next write will say so. */
  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (storeFaultOf(error) !== 'full') this.#onError(error)
    }
  }
}

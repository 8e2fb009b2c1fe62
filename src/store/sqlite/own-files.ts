import { renameSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LOCK } from './data-directory.js'
import type { Connection } from './open.js'

/**
 * Tells whether the database, its log and the lock are still under their names. SQLite goes on writing to a file that
 * was removed or replaced, and nothing of that would be there after the next start; without the lock another hub may
 * have started beside this one.
 */
export class OwnFiles {
  readonly #connection: Connection
  readonly #file: string
  readonly #log: string
  readonly #lock: string
  readonly #fileBefore: Stats | undefined
  readonly #logBefore: Stats | undefined
  readonly #lockBefore: Stats | undefined

  /** To be made when the connection has written or read, so that all are there. */
  constructor(connection: Connection) {
    this.#connection = connection
    this.#file = connection.name
    this.#log = `${connection.name}-wal`
    this.#lock = join(dirname(connection.name), LOCK)
    this.#fileBefore = look(this.#file)
    this.#logBefore = look(this.#log)
    this.#lockBefore = look(this.#lock)
  }

  /** What has become of them, once that is settled; undefined while all are in place. Costs three looks at names. */
  findLoss(): string | undefined {
    const [file, log] = [look(this.#file), look(this.#log)]
    const [isFileOurs, isLogOurs] = [isSame(file, this.#fileBefore), isSame(log, this.#logBefore)]
    if (isFileOurs && isLogOurs) return this.#findLossOfLock()
    if (isFileOurs) {
      // The log is still open, so what was promised can be saved.
      if (log === undefined) this.#connection.pragma('wal_checkpoint(PASSIVE)')
      return 'hub.db-wal was removed or replaced under the running hub'
    }
    // The next start would write this log into a database that it does not belong to.
    if (file !== undefined && isLogOurs)
      renameSync(this.#log, `${this.#log}.of-file-${this.#fileBefore?.ino}`)
    return 'hub.db was removed or replaced under the running hub'
  }

  #findLossOfLock(): string | undefined {
    if (isSame(look(this.#lock), this.#lockBefore)) return undefined
    return 'hub.lock was removed or replaced under the running hub'
  }
}

function look(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.dev === b?.dev
}

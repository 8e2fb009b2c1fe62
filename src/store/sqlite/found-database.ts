import { closeSync, openSync, readSync, statSync } from 'node:fs'

// In the header of every file of SQLite: how it is written, by a rollback journal (1, which every copy has) or by a
// log (2, which every hub's own has). See sqlite.org/fileformat2.html, 1.3.3.
const WRITE_VERSION_OFFSET = 18
const WRITTEN_BY_LOG = 2

/**
 * Looks at what is in a directory before SQLite opens it and settles it in its own way: with an empty hub, which would
 * tell everybody that no child is at risk, or with the log of one database read into another. Answers whether the hub
 * before did not close its database; throws with one line when no hub may be started on what is there.
 */
export function examineFound(directory: string, file: string): boolean {
  const [database, log] = [sizeOf(file), sizeOf(`${file}-wal`)]
  // The last connection that closes removes the log; a hub that was stopped under way leaves it, empty as it may be.
  if (log === undefined) return false
  if (database === undefined || (database === 0 && log > 0)) {
    throw new Error(lostDatabase(directory, database !== undefined))
  }
  if (log > 0 && writeVersionOf(file) !== WRITTEN_BY_LOG) throw new Error(logOfAnother(directory))
  return true
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size
}

function writeVersionOf(file: string): number | undefined {
  const descriptor = openSync(file, 'r')
  try {
    const byte = Buffer.alloc(1)
    return readSync(descriptor, byte, 0, 1, WRITE_VERSION_OFFSET) === 1 ? byte[0] : undefined
  } finally {
    closeSync(descriptor)
  }
}

function lostDatabase(directory: string, isThere: boolean): string {
  const lost = isThere ? 'and hub.db is empty' : 'and no hub.db'
  return `DATA_DIR ${directory} holds the log of a database, hub.db-wal, ${lost}. Put hub.db back or restore a backup; to begin with nothing, move hub.db-wal away.`
}

function logOfAnother(directory: string): string {
  return `DATA_DIR ${directory} holds a hub.db that is a backup (or another program's copy), and beside it the log of another database, hub.db-wal, which would undo or damage it. Move hub.db-wal and hub.db-shm away, then start the hub again.`
}

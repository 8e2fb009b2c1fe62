import { existsSync, statSync } from 'node:fs'

/**
 * Looks at what is in a directory before SQLite opens it and settles it in its own way: with an empty hub, which would
 * tell everybody that no child is at risk. Answers whether the hub before did not close its database; throws with one
 * line when no hub may be started on what is there.
 */
export function examineFound(directory: string, file: string): boolean {
  // The last connection that closes removes the log; a hub that was stopped under way leaves what is in it.
  if (sizeOf(`${file}-wal`) === 0) return false
  if (sizeOf(file) === 0) throw new Error(lostDatabase(directory, existsSync(file)))
  return true
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function lostDatabase(directory: string, isThere: boolean): string {
  const lost = isThere ? 'and hub.db is empty' : 'and no hub.db'
  return `DATA_DIR ${directory} holds the log of a database, hub.db-wal, ${lost}. Put hub.db back or restore a backup; to begin with nothing, move hub.db-wal away.`
}

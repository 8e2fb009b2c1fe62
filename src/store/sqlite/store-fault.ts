/** What an error of SQLite means for the store; undefined when it is the statement's own fault. */
export type StoreFault =
  /** No room: nothing more can be written until there is. */
  | 'full'
  /** The file or the disk failed: what was being written may or may not be there, and nothing more may be. */
  | 'broken'
  /** Nothing can be said about this one; the next may succeed. */
  | 'unavailable'

// The shared memory beside the log is a file too, and grows with it.
const FULL = /^SQLITE_(FULL|IOERR_SHMSIZE)$/
const BROKEN = /^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN|READONLY_DBMOVED)/

export function storeFaultOf(error: unknown): StoreFault | undefined {
  const code = String((error as { code?: unknown }).code ?? '')
  if (!code.startsWith('SQLITE_') || code.startsWith('SQLITE_CONSTRAINT')) return undefined
  if (FULL.test(code)) return 'full'
  return BROKEN.test(code) ? 'broken' : 'unavailable'
}

/** What went wrong, for the log: never a value that was written. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code?.startsWith('SQLITE_') ? `${code}: ${message}` : (message ?? 'unknown')
}

/** Why a database could not be opened, and for want of room what to do: nothing else in its reason would tell. */
export function openingReasonOf(error: unknown): string {
  if (storeFaultOf(error) !== 'full') return reasonOf(error)
  return `there is no room in DATA_DIR (${reasonOf(error)}). Make some, 1 MiB at least, then start the hub again.`
}

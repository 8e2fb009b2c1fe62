import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { examineFound } from './found-database.js'
import { syncPath } from './sync-path.js'

const DATABASE = 'hub.db'
/** Held by the hub that has the directory. */
export const LOCK = 'hub.lock'
// SQLite gives those that it makes itself the rights of the database.
const FILES = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, LOCK]

const NOBODY_ELSE_DIRECTORY = 0o700
const NOBODY_ELSE_FILE = 0o600
const RIGHTS = 0o777
const STICKY = 0o1000

/** A data directory that this hub alone has, until it is released. */
export interface HeldDirectory {
  file: string
  /** The hub before did not close its database. */
  wasUnclean: boolean
  /** Others may read it, and that could not be changed or is not the hub's to change. */
  isOpenToOthers: boolean
  release(): void
}

/** Makes the directory if it is not there, takes it for this hub alone, and closes it to other users. */
export function holdDirectory(directory: string): HeldDirectory {
  makeDirectory(directory)
  const isOpenToOthers = !closeToOthers(directory)
  refuseLinks(directory)
  const release = lock(directory)
  try {
    const file = join(directory, DATABASE)
    const wasUnclean = examineFound(directory, file)
    for (const name of FILES) makePrivate(join(directory, name), name === DATABASE)
    return { file, wasUnclean, isOpenToOthers, release }
  } catch (error) {
    release()
    throw error
  }
}

function makeDirectory(directory: string): void {
  try {
    const first = mkdirSync(directory, { recursive: true, mode: NOBODY_ELSE_DIRECTORY })
    if (first !== undefined) syncNames(resolve(first), resolve(directory))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw Object.assign(new Error(`DATA_DIR ${directory} cannot be used: ${message}`), { code })
  }
}

/** Through a link two directories, and so two hubs, would have one database, each with a lock and names of its own. */
function refuseLinks(directory: string): void {
  for (const name of FILES) {
    const found = lstatSync(join(directory, name), { throwIfNoEntry: false })
    if (found?.isSymbolicLink()) {
      throw new Error(
        `DATA_DIR ${directory} holds a ${name} that is a symbolic link. The files of a hub must be in the directory itself: give DATA_DIR the name of the directory in which they are.`,
      )
    }
    if ((found?.nlink ?? 1) > 1) {
      throw new Error(
        `DATA_DIR ${directory} holds a ${name} that has a second name (a hard link). The files of a hub must have one name each: copy the file instead.`,
      )
    }
  }
}

/** SQLite syncs the names in the directory; a power cut could still take the directories that were made for it. */
function syncNames(first: string, last: string): void {
  for (let made = last; made.length >= first.length; made = dirname(made)) syncPath(dirname(made))
}

/** A directory that is another's as well (/tmp, somebody's home) stays as it is. */
function closeToOthers(directory: string): boolean {
  const { mode } = statSync(directory)
  if ((mode & RIGHTS & ~NOBODY_ELSE_DIRECTORY) === 0) return true
  const others = readdirSync(directory).filter((name) => name !== 'lost+found')
  if ((mode & STICKY) !== 0 || (others.length > 0 && !others.includes(DATABASE))) return false
  return tryToChange(directory, NOBODY_ELSE_DIRECTORY)
}

function makePrivate(file: string, make: boolean): void {
  if (make && !existsSync(file)) closeSync(openSync(file, 'wx', NOBODY_ELSE_FILE))
  if (existsSync(file)) tryToChange(file, NOBODY_ELSE_FILE)
}

function tryToChange(path: string, mode: number): boolean {
  try {
    chmodSync(path, mode)
    return true
  } catch (error) {
    // Not ours: some mounts belong to another user, and know no rights at all.
    if (['EPERM', 'ENOTSUP', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** SQLite's own lock: it knows the connections of this process too, and is free again however the holder ended. */
function lock(directory: string): () => void {
  const file = join(directory, LOCK)
  if (!existsSync(file)) closeSync(openSync(file, 'a', NOBODY_ELSE_FILE))
  const holder = new Database(file, { timeout: 0 })
  try {
    // Nothing is ever written, so no journal is needed beside it.
    holder.pragma('journal_mode = MEMORY')
    holder.exec('begin exclusive')
  } catch (error) {
    holder.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new Error(
      `DATA_DIR ${directory} is in use by another hub. Stop that one, or give this one a directory of its own.`,
    )
  }
  return () => {
    if (!holder.open) return
    holder.exec('rollback')
    holder.close()
  }
}

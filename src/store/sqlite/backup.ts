import { closeSync, existsSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pause } from '../../pause.js'
import { type Connection, openReader } from './open.js'
import { syncPath } from './sync-path.js'

const PRIVATE = 0o600

// Some file systems (FAT, some network ones) know no second name for a file.
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/**
 * Copies what a data directory holds at one moment into one new file that nobody else can read, and checks the copy;
 * also while a hub runs on it. Until it is whole and on the disk it is called `file`.part, also if the process ends
 * under way. Throws with one line when that cannot be done, and leaves no file then.
 */
export function backUp(directory: string, file: string): void {
  const source = openSource(directory)
  const part = `${file}.part`
  try {
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw new Error(isThere(file))
    // Of a backup that was stopped under way.
    rmSync(part, { force: true })
    // Empty, which is what SQLite takes for a new one.
    closeSync(openSync(part, 'wx', PRIVATE))
    try {
      source.prepare('vacuum into ?').run(part)
      pause('B1 backup copied')
      check(part)
      // SQLite does not wait for the disk when it writes a copy.
      syncPath(part)
      giveName(part, file)
      syncPath(dirname(file))
    } catch (error) {
      rmSync(part, { force: true })
      throw error
    }
  } finally {
    source.close()
  }
}

/** Never over another file: a second name is refused where there is one, which a rename is not. */
function giveName(part: string, file: string): void {
  try {
    linkSync(part, file)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new Error(isThere(file))
    if (!NO_LINKS.includes(code)) throw error
    closeSync(openSync(file, 'wx', PRIVATE))
    renameSync(part, file)
  }
  rmSync(part, { force: true })
}

function isThere(file: string): string {
  return `${file} is there already. A backup never overwrites: name another file.`
}

function openSource(directory: string): Connection {
  const database = join(directory, 'hub.db')
  if (!existsSync(database))
    throw new Error(`DATA_DIR ${directory} holds no hub.db, so there is nothing to back up.`)
  return openReader(database)
}

function check(file: string): void {
  const copy = openReader(file)
  try {
    const [first] = copy.pragma('integrity_check(1)') as { integrity_check: string }[]
    if (first?.integrity_check !== 'ok') throw new Error(`The copy is damaged: ${first?.integrity_check}`)
  } finally {
    copy.close()
  }
}

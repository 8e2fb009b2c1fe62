import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Connection, openReader } from './open.js'
import { syncPath } from './sync-path.js'

const PRIVATE = 0o600

/**
 * Copies what a data directory holds at one moment into one new file that nobody else can read, and checks the copy;
 * also while a hub runs on it. Throws with one line when that cannot be done, and leaves no file then.
 */
export function backUp(directory: string, file: string): void {
  const source = openSource(directory)
  try {
    makeNew(file)
    try {
      source.prepare('vacuum into ?').run(file)
      check(file)
      // SQLite does not wait for the disk when it writes a copy.
      syncPath(file)
      syncPath(dirname(file))
    } catch (error) {
      rmSync(file, { force: true })
      throw error
    }
  } finally {
    source.close()
  }
}

function openSource(directory: string): Connection {
  const database = join(directory, 'hub.db')
  if (!existsSync(database))
    throw new Error(`DATA_DIR ${directory} holds no hub.db, so there is nothing to back up.`)
  return openReader(database)
}

/** Empty, which is what SQLite takes for a new one. */
function makeNew(file: string): void {
  try {
    closeSync(openSync(file, 'wx', PRIVATE))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Error(`${file} is there already. A backup never overwrites: name another file.`)
  }
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

import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { instantAt } from '../../clock.js'
import { SNAPSHOT_NAME_PATTERN } from '../../domain/snapshot-name.js'
import type { KeptSnapshot, RestoreOutcome } from '../store.js'
import type { Connection } from './open.js'
import { reasonOf, storeFaultOf } from './store-fault.js'
import { syncPath } from './sync-path.js'
import { exportWorld, importWorld, prepareSnapshot, readNote } from './world.js'

const FOLDER = 'snapshots'
const SUFFIX = '.db'
// Nobody could ask for a file of another name.
const NAME = new RegExp(SNAPSHOT_NAME_PATTERN)
const PART = '.part'
const PRIVATE_DIRECTORY = 0o700
const PRIVATE = 0o600

/** The snapshots of a data directory, one file each. */
export class Snapshots {
  readonly #folder: string

  constructor(directory: string) {
    this.#folder = join(directory, FOLDER)
  }

  list(): KeptSnapshot[] {
    return this.#names().map((name) => {
      const file = this.#fileOf(name)
      const { size, mtimeMs } = statSync(file)
      return { name, note: noteOf(file), bytes: size, writtenAt: instantAt(Math.trunc(mtimeMs)) }
    })
  }

  /** Writes a snapshot, in the place of one of the same name; it has its name when it is whole and on the disk. */
  keep(connection: Connection, name: string, note: string): void {
    this.#makeFolder()
    this.#removeParts()
    const part = `${this.#fileOf(name)}${PART}`
    try {
      closeSync(openSync(part, 'wx', PRIVATE))
      writeSnapshot(connection, part, note)
      syncPath(part)
      renameSync(part, this.#fileOf(name))
      syncPath(this.#folder)
    } finally {
      this.#removeParts()
    }
  }

  /** Puts the world of a snapshot in the place of the one that is there. */
  restore(connection: Connection, name: string): RestoreOutcome {
    if (!this.#has(name)) return { kind: 'unknown' }
    const file = this.#fileOf(name)
    let note: string
    try {
      note = prepareSnapshot(file)
    } catch (error) {
      return { kind: 'damaged', reason: reasonOf(error) }
    }
    importWorld(connection, file)
    return { kind: 'restored', note }
  }

  /** Answers whether there was one. */
  remove(name: string): boolean {
    if (!this.#has(name)) return false
    rmSync(this.#fileOf(name))
    syncPath(this.#folder)
    return true
  }

  #has(name: string): boolean {
    return this.#names().includes(name)
  }

  #fileOf(name: string): string {
    return join(this.#folder, `${name}${SUFFIX}`)
  }

  #names(): string[] {
    const found = lstatSync(this.#folder, { throwIfNoEntry: false })
    if (found === undefined || !found.isDirectory()) return []
    const files = readdirSync(this.#folder).filter((file) => file.endsWith(SUFFIX))
    return files
      .map((file) => file.slice(0, -SUFFIX.length))
      .filter((name) => NAME.test(name))
      .sort()
  }

  /** Through a link, what is written here would lie outside of the data directory. */
  #makeFolder(): void {
    mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_DIRECTORY })
    if (!lstatSync(this.#folder).isDirectory())
      throw new Error('DATA_DIR holds a link called snapshots; a folder of the hub must be in it itself.')
    chmodSync(this.#folder, PRIVATE_DIRECTORY)
  }

  /** Of a hub that was stopped while it wrote one. */
  #removeParts(): void {
    const parts = readdirSync(this.#folder).filter((file) => file.includes(`${SUFFIX}${PART}`))
    for (const file of parts) rmSync(join(this.#folder, file), { force: true })
  }
}

/** A snapshot that cannot be written says nothing of the database; unless there is no room, which both share. */
function writeSnapshot(connection: Connection, file: string, note: string): void {
  try {
    exportWorld(connection, file, note)
  } catch (error) {
    if (storeFaultOf(error) === 'full') throw error
    throw new Error(`the snapshot cannot be written (${reasonOf(error)})`)
  }
}

function noteOf(file: string): string | undefined {
  try {
    return readNote(file)
  } catch {
    return undefined
  }
}

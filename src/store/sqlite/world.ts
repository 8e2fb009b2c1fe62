import Database from 'better-sqlite3'
import { migrate } from './migrate.js'
import { type Connection, statement } from './open.js'
import { noteEraseDue } from './writes/erase-due.js'

/**
 * The tables that hold the world: what a reset empties and a snapshot keeps. Each stands behind those that its rows refer
 * to. Whatever is not the world, such as who may ask, is not among them.
 */
export const WORLD_TABLES = [
  'authorities',
  'plans',
  'off_index',
  'receipts',
  'access_events',
  'attendances',
  'notifications',
  'idempotency_keys',
  'health_activity',
  'people',
  'days_run',
  'days_undone',
  'hub_state',
] as const

/** Copies the world into a new file, with a note of the caller's beside it. The file is no one's until it has its name. */
export function exportWorld(connection: Connection, file: string, note: string): void {
  const copy = new Database(file)
  try {
    // It is synced once, when it is whole.
    copy.pragma('journal_mode = MEMORY')
    copy.pragma('synchronous = OFF')
    migrate(copy)
    copy.exec('create table note (text text not null) strict')
    copy.prepare('insert into note values (?)').run(note)
  } finally {
    copy.close()
  }
  beside(connection, file, () => {
    connection.pragma('snapshot.journal_mode = MEMORY')
    connection.pragma('snapshot.synchronous = OFF')
    connection.transaction(() => copyWorld(connection, 'main', 'snapshot'))()
  })
}

/** The note that a file was written with; throws when it is damaged or no snapshot. */
export function readNote(file: string): string {
  const copy = new Database(file, { readonly: true, fileMustExist: true })
  try {
    return noteIn(copy)
  } finally {
    copy.close()
  }
}

function noteIn(copy: Connection): string {
  const note = copy.prepare('select text from note').pluck().get()
  if (typeof note !== 'string') throw new Error('it has no note')
  return note
}

/** Brings a file of an earlier version up to date, and answers its note; throws when it is damaged or no snapshot. */
export function prepareSnapshot(file: string): string {
  const copy = new Database(file, { fileMustExist: true })
  try {
    const [first] = copy.pragma('quick_check(1)') as { quick_check: string }[]
    if (first?.quick_check !== 'ok') throw new Error(`${first?.quick_check}`)
    const note = noteIn(copy)
    migrate(copy)
    return note
  } finally {
    copy.close()
  }
}

/** Puts the world of a file in the place of the one that is there; all of it or nothing. */
export function importWorld(connection: Connection, file: string): void {
  beside(connection, file, () =>
    connection
      .transaction(() => {
        const version = nextVersion(connection)
        emptyWorld(connection)
        copyWorld(connection, 'snapshot', 'main')
        takeVersion(connection, version)
        noteEraseDue(connection)
      })
      .immediate(),
  )
}

/** Puts a new world in the place of the one that is there. */
export function resetWorld(connection: Connection, fill: (connection: Connection) => void): void {
  connection
    .transaction(() => {
      const version = nextVersion(connection)
      emptyWorld(connection)
      statement(connection, 'delete from sqlite_sequence').run()
      statement(connection, 'insert into hub_state (id, probes) values (1, 0)').run()
      fill(connection)
      takeVersion(connection, version)
      noteEraseDue(connection)
    })
    .immediate()
}

function emptyWorld(connection: Connection): void {
  for (const table of WORLD_TABLES.toReversed()) connection.exec(`delete from main.${table}`)
}

type Schema = 'main' | 'snapshot'

function copyWorld(connection: Connection, from: Schema, to: Schema): void {
  // Both were brought to the same schema by the same steps, so their columns stand in the same order.
  connection.exec(`delete from ${to}.hub_state`)
  for (const table of WORLD_TABLES)
    connection.exec(`insert into ${to}.${table} select * from ${from}.${table}`)
  // Where each table counts on, since a place in a listing is such a number.
  connection.exec(`delete from ${to}.sqlite_sequence`)
  connection.exec(`insert into ${to}.sqlite_sequence select name, seq from ${from}.sqlite_sequence`)
}

/**
 * A dataset that was checked against another world must not pass for one that was checked against this: authorities go
 * on under versions that none of them had.
 */
function nextVersion(connection: Connection): number {
  return 1 + (statement<number>(connection, 'select max(version) from authorities').pluck().get() ?? 0)
}

function takeVersion(connection: Connection, version: number): void {
  statement(connection, 'update authorities set version = max(version, ?)').run(version)
}

function beside(connection: Connection, file: string, work: () => void): void {
  connection.prepare('attach ? as snapshot').run(file)
  try {
    work()
  } finally {
    connection.exec('detach snapshot')
  }
}

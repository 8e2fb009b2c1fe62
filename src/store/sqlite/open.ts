import assert from 'node:assert'
import Database from 'better-sqlite3'
import type { RawRow } from './rows.js'

export type Connection = Database.Database

const BUSY_TIMEOUT_MS = 5_000
// Below this, SQLite can lose commits when two connections share a WAL (sqlite.org/wal.html, the reset bug).
const SQLITE_VERSION_MIN = [3, 51, 3] as const
const SYNCHRONOUS_FULL = 2
// The default of better-sqlite3 is 16,000, which a night fills; with a quarter of it England was loaded as fast.
const WRITER_CACHE_KIB = 4_000

/** Opens the one connection that writes, and makes the file if there is none. */
export function openWriter(file: string): Connection {
  const connection = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  assertVersion(connection)
  connection.pragma('journal_mode = WAL')
  configure(connection)
  // What is deleted is written over, or it could be read from the file's free pages for years.
  connection.pragma('secure_delete = ON')
  connection.pragma(`cache_size = -${WRITER_CACHE_KIB}`)
  return connection
}

/** Opens a connection that cannot write; the file must be there. */
export function openReader(file: string): Connection {
  const connection = new Database(file, { timeout: BUSY_TIMEOUT_MS, readonly: true, fileMustExist: true })
  configure(connection)
  return connection
}

function configure(connection: Connection): void {
  // Each connection to a WAL file starts at NORMAL, whatever the others were told, and a power cut would then
  // lose commits that were acknowledged.
  connection.pragma('synchronous = FULL')
  connection.pragma('foreign_keys = ON')
  connection.pragma('trusted_schema = OFF')
  connection.pragma('cell_size_check = ON')
  // Else SQLite puts what it sorts and rewrites, names and numbers, into files outside of the data directory.
  connection.pragma('temp_store = MEMORY')
  assert.equal(
    connection.pragma('synchronous', { simple: true }),
    SYNCHRONOUS_FULL,
    'synchronous must be FULL',
  )
}

function assertVersion(connection: Connection): void {
  const text = connection.prepare('select sqlite_version()').pluck().get() as string
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number)
  const [minMajor, minMinor, minPatch] = SQLITE_VERSION_MIN
  const isRecent = major - minMajor || minor - minMinor || patch - minPatch
  assert.ok(isRecent >= 0, `SQLite ${text} is older than ${SQLITE_VERSION_MIN.join('.')}`)
}

type Prepared = Database.Statement<unknown[], unknown>

const prepared = new WeakMap<Connection, Map<string, Prepared>>()

/** A statement, prepared once for each connection. The text is a constant of the code, never built from input. */
export function statement<Row = unknown>(
  connection: Connection,
  sql: string,
): Database.Statement<unknown[], Row> {
  return (find(connection, sql) ?? keep(connection, sql, connection.prepare(sql))) as Database.Statement<
    unknown[],
    Row
  >
}

/** A read whose rows come as arrays in the order of its columns, at a third of the cost of objects. */
export function rawStatement(connection: Connection, sql: string): Database.Statement<unknown[], RawRow> {
  return (find(connection, sql) ??
    keep(connection, sql, connection.prepare(sql).raw())) as Database.Statement<unknown[], RawRow>
}

function find(connection: Connection, sql: string): Prepared | undefined {
  return prepared.get(connection)?.get(sql)
}

function keep(connection: Connection, sql: string, made: Prepared): Prepared {
  const known = prepared.get(connection) ?? new Map<string, Prepared>()
  prepared.set(connection, known)
  known.set(sql, made)
  return made
}

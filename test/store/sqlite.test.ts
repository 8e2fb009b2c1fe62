import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { AuthorityCode } from '../../src/domain/local-authority.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openIndexReader } from '../../src/store/sqlite/index-reader.js'
import { migrate } from '../../src/store/sqlite/migrate.js'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.js'
import { type Connection, openReader, openWriter } from '../../src/store/sqlite/open.js'
import { KEEPS_NOTHING, openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Store } from '../../src/store/store.js'
import { NOW } from '../helpers/hub.js'
import {
  aPlan,
  aQuestion,
  aReceipt,
  aVisitEntry,
  HAL,
  ORIGIN,
  putOnIndex,
  seenOf,
} from '../helpers/stores.js'

const SYNCHRONOUS_FULL = 2
const TEMPORARY_IN_MEMORY = 2
const AUTHORITIES = referenceAuthorities('live')

const pragma = (connection: Connection, name: string) => connection.pragma(name, { simple: true })

/** Opens a store and answers its writer thread as well, so that a test can watch it. */
async function openWatched(t: Test, directory = KEEPS_NOTHING) {
  const started = new Promise<Worker>((resolve) => process.once('worker', resolve))
  const { store, file } = await openSqliteStore(directory, AUTHORITIES)
  t.teardown(() => store.close())
  return { store, file, thread: await started }
}

t.test('every connection to a file that is opened again waits for the disk', (t) => {
  const file = join(t.testdir(), 'hub.db')
  const first = openWriter(file)
  migrate(first)
  first.close()
  // What the hub guards against: a plain connection to a WAL file starts at NORMAL.
  const plain = new Database(file)
  t.not(pragma(plain, 'synchronous'), SYNCHRONOUS_FULL)
  plain.close()
  const connections = { writer: openWriter(file), reader: openReader(file), another: openReader(file) }
  for (const [name, connection] of Object.entries(connections)) {
    t.equal(pragma(connection, 'synchronous'), SYNCHRONOUS_FULL, name)
    t.equal(pragma(connection, 'foreign_keys'), 1, name)
    t.equal(pragma(connection, 'journal_mode'), 'wal', name)
    t.equal(pragma(connection, 'temp_store'), TEMPORARY_IN_MEMORY, `${name} puts nothing into other folders`)
  }
  t.throws(() => connections.reader.exec('delete from hub_state'), { code: 'SQLITE_READONLY' })
  for (const connection of Object.values(connections)) connection.close()
  t.end()
})

t.test('a reader does not make a file that is not there', (t) => {
  const file = join(t.testdir(), 'hub.db')
  t.throws(() => openReader(file), { code: 'SQLITE_CANTOPEN' })
  t.equal(existsSync(file), false)
  t.end()
})

t.test('an SQLite in which a shared log can lose commits is refused by its version', (t) => {
  const prepare = Database.prototype.prepare
  t.teardown(() => {
    Database.prototype.prepare = prepare
  })
  const openAs = (version: string) => {
    Database.prototype.prepare = function (this: Connection, sql: string) {
      return prepare.call(this, sql.replace('sqlite_version()', `'${version}'`))
    } as typeof prepare
    openWriter(join(t.testdir(), 'hub.db')).close()
  }
  for (const version of ['3.51.2', '3.50.9', '2.99.9']) {
    t.throws(() => openAs(version), { message: `SQLite ${version} is older than 3.51.3` })
  }
  for (const version of ['3.51.3', '3.52.0', '3.100.0', '4.0.0'])
    t.doesNotThrow(() => openAs(version), version)
  t.end()
})

/** The schema as text, in an order of its own; what SQLite makes by itself is left out. */
function dump(connection: Connection): string {
  const sql = `select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' order by type desc, name`
  return connection
    .prepare<[], string>(sql)
    .pluck()
    .all()
    .map((text) => `${text.replace(/\n {2}/g, '\n')};\n`)
    .join('\n')
}

const SCHEMA_FILE = join(dirname(fileURLToPath(import.meta.url)), '../../../test/store/schema.sql')

t.test('each migration makes the schema that is on file for it', (t) => {
  const connection = openWriter(join(t.testdir(), 'hub.db'))
  const sections = MIGRATIONS.map((_, i) => {
    migrate(connection, MIGRATIONS.slice(0, i + 1))
    t.equal(pragma(connection, 'user_version'), i + 1)
    return `-- Schema ${i + 1}\n\n${dump(connection)}`
  })
  connection.close()
  const made = sections.join('\n')
  // After adding a migration: npx tap build/test/store/sqlite.test.js --test-arg=--write, and read what changed.
  if (process.argv.includes('--write')) writeFileSync(SCHEMA_FILE, made)
  t.equal(made, readFileSync(SCHEMA_FILE, 'utf8'))
  t.end()
})

t.test('migrating twice changes nothing', (t) => {
  const connection = openWriter(join(t.testdir(), 'hub.db'))
  t.teardown(() => connection.close())
  migrate(connection)
  const before = [dump(connection), pragma(connection, 'user_version'), pragma(connection, 'schema_version')]
  migrate(connection)
  t.same([dump(connection), pragma(connection, 'user_version'), pragma(connection, 'schema_version')], before)
  t.end()
})

t.test('a starter that another overtook does not migrate a second time', (t) => {
  const file = join(t.testdir(), 'hub.db')
  const [slow, quick] = [openWriter(file), openWriter(file)]
  const exec = slow.exec.bind(slow)
  slow.exec = (sql) => {
    slow.exec = exec
    migrate(quick)
    return exec(sql)
  }
  migrate(slow)
  t.equal(pragma(slow, 'user_version'), MIGRATIONS.length)
  t.equal(dump(slow), dump(quick))
  slow.close()
  quick.close()
  t.end()
})

t.test('a migration that fails leaves the version before, whole', (t) => {
  const connection = openWriter(join(t.testdir(), 'hub.db'))
  t.teardown(() => connection.close())
  migrate(connection)
  const before = dump(connection)
  const good = 'create table more (id integer primary key) strict;'
  const bad = 'create table half (id integer primary key) strict; insert into nowhere values (1);'
  t.throws(() => migrate(connection, [...MIGRATIONS, good, bad]), { message: /no such table: nowhere/ })
  t.equal(pragma(connection, 'user_version'), MIGRATIONS.length + 1)
  t.equal(dump(connection).includes('half'), false)
  t.equal(connection.inTransaction, false)
  t.not(dump(connection), before, 'the good one before it stays')
  migrate(connection, [...MIGRATIONS, good, 'create table whole (id integer primary key) strict;'])
  t.equal(pragma(connection, 'user_version'), MIGRATIONS.length + 2)
  t.end()
})

t.test(
  'a database of a newer hub is refused with a line that says what to do, and left as it is',
  async (t) => {
    const directory = t.testdir()
    const connection = openWriter(join(directory, 'hub.db'))
    migrate(connection, [...MIGRATIONS, 'create table tomorrow (id integer primary key) strict;'])
    const before = dump(connection)
    const known = MIGRATIONS.length
    await t.rejects(openSqliteStore(directory, AUTHORITIES), {
      message: `The database cannot be opened: The database is of a newer hub (schema ${known + 1}, this one knows ${known}). Start the newer hub, or restore a backup.`,
    })
    t.equal(dump(connection), before)
    connection.close()
  },
)

t.test('what is no database is refused, and not written over', async (t) => {
  const directory = t.testdir({ 'hub.db': 'This is a letter to the council.\n'.repeat(40) })
  await t.rejects(openSqliteStore(directory, AUTHORITIES), {
    message: /^The database cannot be opened: SQLITE_NOTADB/,
  })
  t.match(readFileSync(join(directory, 'hub.db'), 'utf8'), /^This is a letter/)
})

t.test('authorities are made known once; later starts leave them as they are', async (t) => {
  const directory = t.testdir()
  const first = await openSqliteStore(directory, referenceAuthorities('registered'))
  await first.store.close()
  const { store } = await openSqliteStore(directory, referenceAuthorities('live'))
  t.teardown(() => store.close())
  t.same(
    await store.listAuthorities(),
    referenceAuthorities('registered').sort((a, b) => (a.code < b.code ? -1 : 1)),
  )
})

t.test('lookups that wait together share a few commits, and each is answered', async (t) => {
  const { store, thread } = await openWatched(t)
  await putOnIndex(store, [aPlan()])
  let batches = 0
  const post = thread.postMessage.bind(thread)
  thread.postMessage = (...message: Parameters<typeof post>) => {
    batches += 1
    post(...message)
  }
  const ids = Array.from({ length: 300 }, (_, i) => `a${i}`)
  const outcomes = await Promise.all(ids.map((id) => store.lookUp(aQuestion(id, { collapseMs: 0 }))))
  t.same(
    outcomes.map((outcome) => outcome.kind === 'answered' && outcome.access?.id),
    ids,
  )
  t.equal(batches, 6, 'half of those who wait each time, and sixteen at least')
  const { items } = await store.listNotifications(HAL, {
    limit: 500,
    after: undefined,
    state: undefined,
    now: NOW,
  })
  t.same(
    items.map(({ id }) => id),
    ids.map((id) => `${id}.${HAL}`),
  )
})

t.test('a write that fails is undone whole, and its neighbours in the batch are not', async (t) => {
  const { store } = await openWatched(t)
  await putOnIndex(store, [aPlan()])
  const before = (await seenOf(store)) as { halton: { authority: object } }
  const stranger = 'E06000999' as AuthorityCode
  const results = await Promise.allSettled([
    store.probe(),
    store.recordAttendance(aVisitEntry('v1')),
    // Its id is taken, which shows only after the authority has been written.
    store.keepReturned(aReceipt({ id: `dataset-${HAL}-1`, sequence: 7, outcome: 'returned' }), ORIGIN),
    store.keepReturned(aReceipt({ id: 'lost', authorityCode: stranger, outcome: 'returned' }), ORIGIN),
    store.recordAttendance(aVisitEntry('v2')),
  ])
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    t.match(result.reason, { message: /^keepReturned failed: / })
    t.equal(result.reason.code, undefined, 'a fault of the hub, not of the store: a retry would not help')
  }
  const after = (await seenOf(store)) as typeof before & { depths: unknown }
  t.same(after.halton.authority, before.halton.authority)
  t.match(after.depths, [{ authorityCode: HAL, queued: 2 }])
})

t.test('when the writer thread has died, what waits and what comes later is STORE_UNAVAILABLE', async (t) => {
  const { store, thread } = await openWatched(t)
  await putOnIndex(store, [aPlan()])
  const waiting = Array.from({ length: 300 }, (_, i) => store.lookUp(aQuestion(`a${i}`, { collapseMs: 0 })))
  const settled = Promise.allSettled(waiting)
  await thread.terminate()
  const results = await settled
  const rejected = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  t.equal(results.length, 300)
  t.ok(rejected.length > 0, 'the last of them never reached the thread')
  for (const reason of rejected) t.match(reason, { name: 'HubError', code: 'STORE_UNAVAILABLE' })
  await t.rejects(store.recordAttendance(aVisitEntry('v1')), { code: 'STORE_UNAVAILABLE' })
  await t.rejects(store.probe(), { code: 'STORE_UNAVAILABLE' })
  t.equal((await store.listAuthorities()).length, 153, 'reading goes on')
  const { items } = await store.listNotifications(HAL, {
    limit: 500,
    after: undefined,
    state: undefined,
    now: NOW,
  })
  const kept = new Set(items.map(({ id }) => id))
  const promised = results.flatMap((result, i) => (result.status === 'fulfilled' ? [`a${i}.${HAL}`] : []))
  t.same(
    promised.filter((id) => !kept.has(id)),
    [],
    'what was answered is there',
  )
})

t.test('a store that is closed writes all that waits first', async (t) => {
  const { store } = await openWatched(t)
  await putOnIndex(store, [aPlan()])
  const ids = Array.from({ length: 100 }, (_, i) => `v${i}`)
  const writes = ids.map((id) => store.recordAttendance(aVisitEntry(id)))
  await store.close()
  t.match(
    await Promise.all(writes),
    ids.map(() => ({ kind: 'recorded' })),
  )
})

t.test('a store that is closed finishes what it has begun and refuses the rest', async (t) => {
  const directory = t.testdir()
  const { store } = await openSqliteStore(directory, AUTHORITIES)
  await putOnIndex(store, [aPlan()])
  const begun = store.recordAttendance(aVisitEntry('v1'))
  const closed = store.close()
  t.match(await begun, { kind: 'recorded', id: 'v1' })
  await closed
  await t.rejects(store.probe(), { code: 'STORE_UNAVAILABLE' })
  t.same(existsSync(join(directory, 'hub.db-wal')), false, 'the log was folded into the file')
  const again: Store = (await openSqliteStore(directory, AUTHORITIES)).store
  t.match(await again.listQueueDepths(NOW), [{ authorityCode: HAL, queued: 1 }])
  await again.close()
})

t.test(
  'a store that keeps nothing has a directory of its own, and removes it when it is closed',
  async (t) => {
    const stores = await Promise.all([1, 2].map(() => openSqliteStore(KEEPS_NOTHING, AUTHORITIES)))
    const [one, other] = stores as [(typeof stores)[0], (typeof stores)[0]]
    t.not(one.file, other.file)
    await putOnIndex(one.store, [aPlan()])
    t.match(await other.store.findAuthority(HAL), { lastDataset: null }, 'they do not know of each other')
    t.equal(existsSync(one.file), true)
    await one.store.close()
    t.equal(existsSync(dirname(one.file)), false)
    t.equal(existsSync(dirname(other.file)), true)
    await other.store.close()
    t.equal(existsSync(dirname(other.file)), false)
  },
)

t.test('the intake reads one consistent moment of an authority, and cannot write', async (t) => {
  const { store, file } = await openWatched(t)
  await putOnIndex(store, [aPlan()])
  const reader = openIndexReader(file)
  t.teardown(() => reader.close())
  const seen = reader.readForIntake(HAL, 1, ({ authority, accepted, plans }) => ({
    version: authority.version,
    accepted,
    plans: plans(),
  }))
  t.same(seen, {
    version: 1,
    accepted: { datasetId: `dataset-${HAL}-1`, contentDigest: `sha256:dataset-${HAL}-1` },
    plans: [aPlan()],
  })
  t.equal(
    reader.readForIntake(HAL, 2, ({ accepted }) => accepted === undefined),
    true,
  )
  t.equal(
    reader.readForIntake('E06000999' as AuthorityCode, 1, () => 'read'),
    undefined,
  )
  t.match(reader.findReceipt(HAL, `dataset-${HAL}-1`), { sequence: 1 })
})

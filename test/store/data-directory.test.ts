import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { backUp } from '../../src/store/sqlite/backup.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { changeAuthority, HAL } from '../helpers/stores.js'

const AUTHORITIES = referenceAuthorities('live')
const [AT_BACKUP, AFTER_BACKUP] = ['01632 960111', '01632 960222'] as const
const MODULE = new URL('../../src/store/sqlite/sqlite-store.js', import.meta.url).href

async function open(t: Test, directory: string) {
  const opened = await openSqliteStore(directory, AUTHORITIES)
  t.teardown(() => opened.store.close())
  return opened
}

const rightsOf = (path: string) => (statSync(path).mode & 0o7777).toString(8)

t.test('a directory has one hub: the second is refused with one line, in this process as well', async (t) => {
  const directory = t.testdir()
  const line = `DATA_DIR ${directory} is in use by another hub. Stop that one, or give this one a directory of its own.`
  const first = await open(t, directory)
  await t.rejects(openSqliteStore(directory, AUTHORITIES), { message: line })
  t.equal((await first.store.listAuthorities()).length, 153, 'the first goes on')
  await first.store.probe()
  await first.store.close()
  await t.resolves(open(t, directory), 'and once it is closed the directory is free')
})

t.test('a hub that was killed leaves the directory free for the next', async (t) => {
  const directory = t.testdir()
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(MODULE)})
    await openSqliteStore(${JSON.stringify(directory)}, [])
    process.stdout.write('open')
    setInterval(() => {}, 1000)`
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], { env: {} })
  t.teardown(() => other.kill('SIGKILL'))
  await once(other.stdout, 'data')
  await t.rejects(openSqliteStore(directory, AUTHORITIES), {
    message: /^DATA_DIR .+ is in use by another hub/,
  })
  other.kill('SIGKILL')
  await once(other, 'close')
  await t.resolves(open(t, directory))
})

t.test('nobody else can read what the hub keeps, whatever the umask', async (t) => {
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const directory = join(t.testdir(), 'made/by/the/hub')
  const { store, isOpenToOthers } = await open(t, directory)
  await store.probe()
  t.equal(isOpenToOthers, false)
  t.equal(rightsOf(directory), '700')
  const files = readdirSync(directory).sort()
  t.same(files, ['hub.db', 'hub.db-shm', 'hub.db-wal', 'hub.lock'])
  for (const file of files) t.equal(rightsOf(join(directory, file)), '600', file)
})

t.test('a directory that was there is closed to others, and so are its files', async (t) => {
  const directory = t.testdir()
  chmodSync(directory, 0o755)
  await (await openSqliteStore(directory, AUTHORITIES)).store.close()
  t.equal(rightsOf(directory), '700', 'an empty one')
  chmodSync(directory, 0o777)
  for (const file of ['hub.db', 'hub.lock']) chmodSync(join(directory, file), 0o644)
  writeFileSync(join(directory, 'note.txt'), '')
  await open(t, directory)
  t.equal(rightsOf(directory), '700', 'and the hub’s own of before')
  for (const file of ['hub.db', 'hub.lock']) t.equal(rightsOf(join(directory, file)), '600', file)
})

t.test('a directory that others use too keeps its rights, and the hub knows that it is open', async (t) => {
  const shared = t.testdir({ 'somebody-elses.txt': '' })
  chmodSync(shared, 0o755)
  const { isOpenToOthers } = await open(t, shared)
  t.equal(isOpenToOthers, true)
  t.equal(rightsOf(shared), '755')

  const everybodys = join(t.testdir(), 'tmp')
  mkdirSync(everybodys)
  chmodSync(everybodys, 0o1777)
  t.equal((await open(t, everybodys)).isOpenToOthers, true)
  t.equal(rightsOf(everybodys), '1777')
  t.equal(rightsOf(join(everybodys, 'hub.db')), '600', 'its files are the hub’s alone all the same')
  t.ok(existsSync(join(everybodys, 'hub.lock')))
})

/** What a hub that was killed leaves: a copy of the files of one that is running. */
async function aKilledDirectory(t: Test) {
  const running = t.testdir({ running: {}, killed: {} })
  const { store } = await open(t, join(running, 'running'))
  await store.probe()
  for (const file of ['hub.db', 'hub.db-wal']) {
    copyFileSync(join(running, 'running', file), join(running, 'killed', file))
  }
  return join(running, 'killed')
}

t.test('a database that was emptied beside its log is not taken for a new one', async (t) => {
  const directory = await aKilledDirectory(t)
  const file = join(directory, 'hub.db')
  truncateSync(file)
  const log = readFileSync(`${file}-wal`)
  await t.rejects(openSqliteStore(directory, AUTHORITIES), {
    message: `DATA_DIR ${directory} holds the log of a database, hub.db-wal, and hub.db is empty. Put hub.db back or restore a backup; to begin with nothing, move hub.db-wal away.`,
  })
  t.equal(statSync(file).size, 0)
  t.same(readFileSync(`${file}-wal`), log, 'and the log is as it was')
})

/** A backup in the place of the database, and beside it the log of a hub that wrote on and was killed. */
async function aRestoredDirectory(t: Test) {
  const folder = t.testdir({ running: {}, restored: {} })
  const [running, directory] = [join(folder, 'running'), join(folder, 'restored')]
  const { store } = await open(t, running)
  const save = (officeHoursPhone: string) => changeAuthority(store, { officeHoursPhone })
  await save(AT_BACKUP)
  backUp(running, join(directory, 'hub.db'))
  await save(AFTER_BACKUP)
  copyFileSync(join(running, 'hub.db-wal'), join(directory, 'hub.db-wal'))
  return { directory, file: join(directory, 'hub.db') }
}

t.test(
  'a backup that was put beside the log of another database is refused until the log is away',
  async (t) => {
    const { directory, file } = await aRestoredDirectory(t)
    const before = [file, `${file}-wal`].map((path) => readFileSync(path))
    await t.rejects(openSqliteStore(directory, AUTHORITIES), {
      message: `DATA_DIR ${directory} holds a hub.db that is a backup (or another program's copy), and beside it the log of another database, hub.db-wal, which would undo or damage it. Move hub.db-wal and hub.db-shm away, then start the hub again.`,
    })
    t.same(
      [file, `${file}-wal`].map((path) => readFileSync(path)),
      before,
      'and nothing was touched',
    )
    renameSync(`${file}-wal`, join(directory, 'old-log'))
    const { store } = await open(t, directory)
    t.equal((await store.findAuthority(HAL))?.officeHoursPhone, AT_BACKUP)
  },
)

t.test('what that refusal is for: SQLite by itself reads the old log into the backup', async (t) => {
  const { file } = await aRestoredDirectory(t)
  const raw = new Database(file)
  t.teardown(() => raw.close())
  const phone = raw.prepare('select office_hours_phone from authorities where code = ?').pluck().get(HAL)
  t.equal(phone, AFTER_BACKUP)
})

t.test(
  'a link in the place of a file of the hub is refused: two directories would have one database',
  async (t) => {
    const folder = t.testdir({ real: {}, linked: {} })
    const [real, linked] = [join(folder, 'real'), join(folder, 'linked')]
    await open(t, real)
    for (const name of ['hub.db', 'hub.db-wal', 'hub.lock']) {
      symlinkSync(join(real, name), join(linked, name))
      await t.rejects(openSqliteStore(linked, AUTHORITIES), {
        message: `DATA_DIR ${linked} holds a ${name} that is a symbolic link. The files of a hub must be in the directory itself: give DATA_DIR the name of the directory in which they are.`,
      })
      t.same(readdirSync(linked), [name], 'and nothing was made beside it')
      unlinkSync(join(linked, name))
    }
    symlinkSync(join(folder, 'nowhere.db'), join(linked, 'hub.db'))
    await t.rejects(openSqliteStore(linked, AUTHORITIES), { message: /hub\.db that is a symbolic link/ })
  },
)

t.test('nor may a file of the hub have a second name in another directory', async (t) => {
  const folder = t.testdir({ real: {}, linked: {} })
  const [real, linked] = [join(folder, 'real'), join(folder, 'linked')]
  const first = await open(t, real)
  linkSync(join(real, 'hub.db'), join(linked, 'hub.db'))
  const message = /holds a hub\.db that has a second name \(a hard link\)/
  await t.rejects(openSqliteStore(linked, AUTHORITIES), { message })
  t.same(readdirSync(linked), ['hub.db'], 'and nothing was made beside it')
  await first.store.close()
})

t.test('a directory may be a link, and has one hub under all its names', async (t) => {
  const folder = t.testdir({ real: {} })
  const [real, linked] = [join(folder, 'real'), join(folder, 'linked')]
  symlinkSync(real, linked)
  const first = await open(t, linked)
  await t.rejects(openSqliteStore(real, AUTHORITIES), { message: /is in use by another hub/ })
  await first.store.close()
  await open(t, real)
  await t.rejects(openSqliteStore(linked, AUTHORITIES), { message: /is in use by another hub/ })
})

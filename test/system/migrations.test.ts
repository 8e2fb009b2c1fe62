import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.js'
import { aFolder, ROOT, start } from '../helpers/process.js'

const SCRIPT = fileURLToPath(new URL('../faults/stopping-migration.js', import.meta.url))
const LANDED = join(ROOT, 'test/store/landed')
// A database with something in it for each schema but the newest, and an empty one.
const FROM = ['', ...readdirSync(LANDED).sort().slice(0, -1)]

/** What there is in a database: its schema, its number and every row. */
function contentOf(file: string) {
  const database = new Database(file)
  const schema = database.prepare('select type, name, tbl_name, sql from sqlite_schema order by name').all()
  const tables = database
    .prepare("select name from sqlite_schema where type = 'table' order by name")
    .pluck()
    .all()
  const rows = tables.map((name) => [
    name,
    database
      .prepare(`select * from "${name}"`)
      .all()
      // Schema 3 gives plans ids that nobody can guess.
      .map((row) => (name === 'plans' ? { ...(row as object), id: undefined } : row)),
  ])
  const version = database.pragma('user_version', { simple: true })
  const integrity = database.pragma('integrity_check', { simple: true })
  database.close()
  return { schema, rows, version, integrity }
}

function aDatabase(t: Test, from: string): string {
  const file = join(aFolder(t), 'hub.db')
  if (from === '') return file
  const database = new Database(file)
  database.exec(readFileSync(join(LANDED, from), 'utf8'))
  database.close()
  return file
}

const migrateUntil = (t: Test, file: string, before: number, ...isBare: 'bare'[]) =>
  start(t, process.execPath, [SCRIPT, file, String(before), ...isBare], { env: {} }).ended

for (const from of FROM) {
  t.test(
    `M1: a crash before any statement of a migration of ${from || 'nothing'} ends in the same database`,
    async (t) => {
      const whole = aDatabase(t, from)
      const { code, stdout } = await migrateUntil(t, whole, 0)
      t.equal(code, 0)
      const statements = Number(stdout)
      t.ok(statements > (MIGRATIONS.length - FROM.indexOf(from)) * 3, `${statements} statements`)
      const expected = contentOf(whole)
      t.match(expected, { version: MIGRATIONS.length, integrity: 'ok' })
      for (let n = 1; n <= statements; n += 1) {
        const file = aDatabase(t, from)
        t.equal((await migrateUntil(t, file, n)).signal, 'SIGKILL', `it ended before statement ${n}`)
        const again = await migrateUntil(t, file, 0)
        t.match(again, { code: 0, stderr: '' })
        t.same(contentOf(file), expected)
      }
    },
  )
}

t.test('the same shows a migration without a transaction', async (t) => {
  const file = aDatabase(t, '')
  t.equal((await migrateUntil(t, file, 5, 'bare')).signal, 'SIGKILL')
  t.match(await migrateUntil(t, file, 0), { code: 1, stderr: /table \w+ already exists/ })
})

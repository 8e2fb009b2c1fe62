import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import t from 'tap'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { WORLD_TABLES } from '../../src/store/sqlite/world.js'
import { NOW } from '../helpers/hub.js'
import { aPlan, HAL, openStore, putOnIndex, STORES, seenOf, TODAY } from '../helpers/stores.js'

const LANDED = join(dirname(fileURLToPath(import.meta.url)), '../../../test/store/landed')
t.test('every table that there is belongs to the world', async (t) => {
  const schema = readFileSync(join(LANDED, '..', 'schema.sql'), 'utf8')
  const tables = Array.from(schema.matchAll(/create table "?(\w+)"?/gi), ([, name]) => name as string)
  t.ok(tables.length >= 10)
  t.same([...new Set(tables)].sort(), [...WORLD_TABLES].sort())
})

for (const kind of STORES) {
  t.test(
    `${kind.name}: what was kept comes back, and authorities go on under versions that none had`,
    async (t) => {
      const store = await openStore(t, kind, t.testdir())
      await putOnIndex(store, [aPlan()])
      const before = (await seenOf(store)) as { halton: { authority: { version: number } } }
      await store.keepSnapshot('one', 'a note')
      await putOnIndex(store, [], { removed: [aPlan()] })
      const after = await store.findAuthority(HAL)
      t.same(await store.restoreSnapshot('one'), { kind: 'restored', note: 'a note' })
      const restored = (await seenOf(store)) as typeof before
      const version = restored.halton.authority.version
      t.ok(version > (after?.version ?? 0), 'a difference that was computed before does not fit any more')
      t.strictSame(
        {
          ...restored,
          halton: {
            ...restored.halton,
            authority: { ...restored.halton.authority, version: before.halton.authority.version },
          },
        }.halton,
        before.halton,
      )
      t.same(await store.restoreSnapshot('two'), { kind: 'unknown' })
      t.same(await store.removeSnapshot('two'), false)
      await store.resetWorld()
      t.ok(((await store.findAuthority(HAL))?.version ?? 0) > version)
      t.match(await store.listSnapshots(), [{ name: 'one', note: 'a note' }])
    },
  )

  t.test(`${kind.name}: what is seeded at once is there at once, or nothing of it`, async (t) => {
    const store = await openStore(t, kind)
    await putOnIndex(store, [aPlan()])
    const before = await seenOf(store)
    const stale = { authorityCode: HAL, basedOnVersion: 99 } as never
    const nobody = { people: [], peopleMax: 0, now: NOW, today: TODAY, newEventId: 'e1' }
    t.same(await store.acceptDatasets([stale], nobody), { kind: 'superseded' })
    t.strictSame(await seenOf(store), before)
  })
}

t.test('a snapshot of each schema that has landed is brought up to date and restored', async (t) => {
  for (const dump of ['0001.sql', '0002.sql', '0003.sql']) {
    const directory = t.testdir()
    mkdirSync(join(directory, 'snapshots'))
    const old = new Database(join(directory, 'snapshots', 'old.db'))
    old.exec(readFileSync(join(LANDED, dump), 'utf8'))
    old.exec(`create table note (text text not null) strict; insert into note values ('of ${dump}')`)
    old.close()
    const { store } = await openSqliteStore(directory, referenceAuthorities('live'))
    t.same(await store.restoreSnapshot('old'), { kind: 'restored', note: `of ${dump}` })
    t.equal(
      (
        await store.listPlans(HAL, {
          limit: 5,
          after: undefined,
          visible: undefined,
          today: '2026-11-24' as never,
        })
      ).items.length > 0,
      true,
    )
    await store.close()
  }
})

t.test('a snapshot of a newer hub, or a file that is none, is damaged, and the store goes on', async (t) => {
  const directory = t.testdir({ snapshots: { 'text.db': 'no database', 'empty.db': '' } })
  const newer = new Database(join(directory, 'snapshots', 'newer.db'))
  newer.exec(
    "create table note (text text not null) strict; insert into note values ('n'); pragma user_version = 999",
  )
  newer.close()
  const { store } = await openSqliteStore(directory, referenceAuthorities('live'))
  t.teardown(() => store.close())
  await putOnIndex(store, [aPlan()])
  const before = await seenOf(store)
  for (const name of ['text', 'empty', 'newer'])
    t.match(await store.restoreSnapshot(name), { kind: 'damaged' }, name)
  t.strictSame(await seenOf(store), before)
  await store.probe()
})

t.test('no snapshot is written through a link out of the data directory', async (t) => {
  const elsewhere = t.testdir({ elsewhere: {}, data: {} })
  symlinkSync(join(elsewhere, 'elsewhere'), join(elsewhere, 'data', 'snapshots'))
  const { store } = await openSqliteStore(join(elsewhere, 'data'), referenceAuthorities('live'))
  t.teardown(() => store.close())
  await t.rejects(store.keepSnapshot('one', ''), /link called snapshots/)
  writeFileSync(join(elsewhere, 'elsewhere', 'one.db'), '')
  t.same(await store.listSnapshots(), [])
  await store.probe()
})

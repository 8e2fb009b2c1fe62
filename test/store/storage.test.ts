import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import { createHub, type MachineClock } from '../../src/index.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { StorageState } from '../../src/store/sqlite/storage-state.js'
import type { Store } from '../../src/store/store.js'
import { openHub } from '../helpers/hub.js'
import { aDataset, aRecord, HALTON, lookUp, NOBODY, ROBIN, submit } from '../helpers/seed.js'
import { aPlan, aQuestion, aVisitEntry, putOnIndex } from '../helpers/stores.js'

const AUTHORITIES = referenceAuthorities('live')

/** A machine's clock whose timers the test sets off. */
function handClock() {
  const due = new Set<() => void>()
  const clock: MachineClock = {
    now: () => 0,
    after(_delayMs, callback) {
      due.add(callback)
      return () => due.delete(callback)
    },
  }
  const fire = () => {
    for (const callback of [...due]) {
      due.delete(callback)
      callback()
    }
  }
  return { clock, fire, due }
}

/** A store whose file cannot grow, with something in it that can be taken away to make room. */
async function openFull(t: Test) {
  const directory = t.testdir()
  const before = await openSqliteStore(directory, AUTHORITIES)
  await putOnIndex(before.store, [aPlan()])
  await before.store.close()
  const other = new Database(join(directory, 'hub.db'))
  other.exec('create table filler (bytes blob) strict; insert into filler values (zeroblob(2000000)); vacuum')
  const { clock, fire, due } = handClock()
  const { store } = await openSqliteStore(directory, AUTHORITIES, { machineClock: clock, pagesMax: 1 })
  t.teardown(() => store.close())
  const makeRoom = () => {
    other.exec('drop table filler')
    other.close()
  }
  t.teardown(() => other.close())
  return { store, makeRoom, fire, due }
}

async function fill(store: Store): Promise<number> {
  for (let n = 0; ; n += 1) {
    try {
      await store.recordAttendance(aVisitEntry(`v${n}`))
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORAGE_FULL') throw error
      return n
    }
  }
}

const FULL = { name: 'HubError', code: 'STORAGE_FULL' }
const miss = (id: string, fields = {}) => aQuestion(id, { nhsNumber: NOBODY as NhsNumber, ...fields })

t.test('a full disk refuses every write and every unscheduled lookup, until there is room', async (t) => {
  const { store, makeRoom, fire, due } = await openFull(t)
  t.match(await store.lookUp(miss('m1')), { kind: 'answered', plans: [] }, 'a miss is answered before')
  const stored = await fill(store)
  t.ok(stored > 0, 'something was stored')

  await t.rejects(store.lookUp(aQuestion('a1')), FULL, 'a hit')
  await t.rejects(store.lookUp(miss('m2')), FULL, 'a miss, which would tell which are hits')
  await t.rejects(
    store.keepHealthActivity({ changed: [], forgotten: [] }),
    FULL,
    'a write that would find room, too',
  )
  await t.rejects(store.probe(), FULL)
  t.match(await store.lookUp(aQuestion('s1', { silent: true })), { kind: 'answered', plans: [{}] })
  t.match(await store.lookUp(miss('s2', { silent: true })), { kind: 'answered', plans: [] })
  t.match(await store.listQueueDepths(aQuestion('').now), [{ queued: stored }], 'what was promised is there')

  fire()
  await t.rejects(store.probe(), FULL, 'a probe on the clock finds no room')
  t.ok(due.size > 0, 'and comes again')
  makeRoom()
  await t.rejects(store.lookUp(miss('m3')), FULL, 'until a probe has found room it stays full')
  fire()
  await store.probe()
  t.match(await store.lookUp(aQuestion('a2')), { access: { id: 'a2' } })
  t.match(await store.recordAttendance(aVisitEntry('last')), { kind: 'recorded' })
  fire()
  t.equal(due.size, 0, 'nothing more is looked for')
})

t.test('a look at readiness finds the room too, without waiting for the clock', async (t) => {
  const { store, makeRoom } = await openFull(t)
  await fill(store)
  makeRoom()
  await store.probe()
  t.match(await store.lookUp(aQuestion('a2')), { access: { id: 'a2' } })
})

t.test('a hub whose writer thread has died stays up, refuses writes and says so', async (t) => {
  const started = new Promise<Worker>((resolve) => process.once('worker', resolve))
  const hub = await createHub()
  t.teardown(() => hub.close())
  const thread = await started
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const reasons: string[] = []
  hub.onFailure((reason) => reasons.push(reason))
  await thread.terminate()
  t.same(reasons, ['the writer thread has ended'])
  hub.onFailure((reason) => reasons.push(reason))
  t.same((await lookUp(hub, ROBIN)).json().code, 'STORE_UNAVAILABLE')
  t.same((await lookUp(hub, NOBODY)).json().code, 'STORE_UNAVAILABLE')
  t.equal((await lookUp(hub, ROBIN, { careSetting: 'scheduled' })).json().found, true)
  t.equal((await hub.app.inject('/health/ready')).statusCode, 503)
  t.equal((await hub.app.inject('/health/live')).statusCode, 200)
  t.equal(reasons.length, 2, 'who asks later is told as well, each once')
})

/** Spoils the last page of an index, which nothing reads at a start, and leaves a log as a crash would. */
async function aDamagedDirectory(t: Test): Promise<string> {
  const directory = t.testdir()
  const { store } = await openSqliteStore(directory, AUTHORITIES)
  for (let n = 0; n < 200; n += 1) await store.recordAttendance(aVisitEntry(`v${n}`))
  await store.close()
  const file = join(directory, 'hub.db')
  const db = new Database(file)
  const index = db
    .prepare("select rootpage from sqlite_schema where name = 'attendances'")
    .pluck()
    .get() as number
  db.close()
  const bytes = readFileSync(file)
  bytes.fill(0xaa, (index - 1) * 4096, index * 4096)
  writeFileSync(file, bytes)
  writeFileSync(`${file}-wal`, Buffer.alloc(32))
  return directory
}

t.test('after an unclean stop a damaged file stops the start', async (t) => {
  const directory = await aDamagedDirectory(t)
  await t.rejects(openSqliteStore(directory, AUTHORITIES), {
    message: /^The database is damaged: .+\. Restore a backup\.$/s,
  })
  await t.rejects(
    openSqliteStore(directory, AUTHORITIES),
    { message: /^The database is damaged: / },
    'and every start after it, which also finds the directory free',
  )
})

t.test('a large damaged file is found in the background, and counts as failed', async (t) => {
  const directory = await aDamagedDirectory(t)
  const { store, checked } = await openSqliteStore(directory, AUTHORITIES, { checkInBackgroundBytes: 1 })
  t.teardown(() => store.close())
  const reason = new Promise<string>((resolve) => store.onFailure(resolve))
  t.equal((await store.listAuthorities()).length, 153, 'meanwhile the hub works')
  t.type(await checked, 'string')
  t.match(await reason, /^The database is damaged: /)
  await t.rejects(store.probe(), { code: 'STORE_UNAVAILABLE' })
})

t.test('a sound file is checked after an unclean stop only', async (t) => {
  const directory = t.testdir()
  const first = await openSqliteStore(directory, AUTHORITIES)
  t.equal(first.checked, undefined)
  await first.store.close()
  // What is in the log has no part in it: after a night it is emptied, and stays beside the database.
  for (const bytes of [32, 0]) {
    writeFileSync(join(directory, 'hub.db-wal'), Buffer.alloc(bytes))
    const { store, checked } = await openSqliteStore(directory, AUTHORITIES)
    t.not(checked, undefined, `a log of ${bytes} bytes`)
    t.equal(await checked, undefined, 'and found sound')
    await store.close()
  }
})

t.test('a start that was cut off before it had made anything is not an unclean database', async (t) => {
  const directory = t.testdir({ 'hub.db': '', 'hub.db-wal': '' })
  const { store } = await openSqliteStore(directory, AUTHORITIES)
  t.teardown(() => store.close())
  t.equal((await store.listAuthorities()).length, 153)
})

t.test('a database that was taken away beside its emptied log is missed', async (t) => {
  const directory = t.testdir({ 'hub.db-wal': '' })
  await t.rejects(openSqliteStore(directory, AUTHORITIES), { message: /and no hub\.db\./ })
})

t.test('what retention removed is in no byte of the database or its log', async (t) => {
  const dataDir = t.testdir()
  const { hub, clock } = await openHub(t, { dataDir })
  const bytes = () =>
    Buffer.concat(
      ['hub.db', 'hub.db-wal'].map((name) => join(dataDir, name)).map((file) => readFileSync(file)),
    ).toString('latin1')
  const [gone, stays] = [ROBIN, '9990000026']
  await submit(hub, HALTON, aDataset(1, [aRecord({ nhsNumber: gone }), aRecord({ nhsNumber: stays })]))
  await lookUp(hub, gone)
  await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: stays })]))
  t.ok(existsSync(join(dataDir, 'hub.db-wal')))
  t.ok(bytes().includes(gone), 'the number was there')
  clock.set('2028-11-24T09:30:00.000Z')
  const leased = (
    await hub.app.inject({
      method: 'POST',
      url: `/v1/authorities/${HALTON}/notifications/lease`,
      payload: { max: 500 },
    })
  ).json()
  await hub.app.inject({
    method: 'POST',
    url: `/v1/authorities/${HALTON}/notifications/acknowledge`,
    payload: { ids: leased.notifications.map(({ id }: { id: string }) => id) },
  })
  clock.set('2029-11-24T09:30:00.000Z')
  await hub.runMaintenance()
  t.notOk(bytes().includes(gone), 'and is gone')
  t.ok(bytes().includes(stays), 'while another is there')
})

/** Overwrites the first page of an index, as a disk that rots does. */
function damage(file: string, index: string): void {
  const connection = new Database(file)
  const page = connection.prepare('select rootpage from sqlite_schema where name = ?').pluck().get(index)
  const size = connection.pragma('page_size', { simple: true }) as number
  connection.close()
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xff, ((page as number) - 1) * size, (page as number) * size))
}

t.test('damage that a lookup meets while it reads counts as failed', async (t) => {
  const directory = t.testdir()
  const before = await openSqliteStore(directory, AUTHORITIES)
  await putOnIndex(before.store, [aPlan()])
  await before.store.close()
  damage(join(directory, 'hub.db'), 'plans_by_number')
  const { store } = await openSqliteStore(directory, AUTHORITIES)
  t.teardown(() => store.close())
  const reasons: string[] = []
  store.onFailure((reason) => reasons.push(reason))
  await t.rejects(store.lookUp(aQuestion('s', { silent: true })), { code: /^SQLITE_CORRUPT/ })
  await t.rejects(store.recordAttendance(aVisitEntry('v')), { code: 'STORE_UNAVAILABLE' })
  t.match(reasons, [/SQLITE_CORRUPT/])
})

t.test('those who wait are answered before a listener hears of the failure', async (t) => {
  const state = new StorageState(handClock().clock, async () => {})
  const heard: string[] = []
  state.onFailure((reason) => heard.push(reason))
  state.noteFailed('gone')
  t.same([state.refusal()?.code, heard], ['STORE_UNAVAILABLE', []])
  await Promise.resolve()
  t.same(heard, ['gone'])
})

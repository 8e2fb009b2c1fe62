import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { addMs, DAY_MS } from '../../src/clock.js'
import type { AuthorityCode } from '../../src/domain/local-authority.js'
import { checkDigitFor, type NhsNumber } from '../../src/domain/nhs-number.js'
import type { Plan } from '../../src/domain/plan.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { Checkpoints } from '../../src/store/sqlite/checkpoints.js'
import { migrate } from '../../src/store/sqlite/migrate.js'
import { openReader, openWriter } from '../../src/store/sqlite/open.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { noteEraseDue } from '../../src/store/sqlite/writes/erase-due.js'
import type { Store } from '../../src/store/store.js'
import { NOW } from '../helpers/hub.js'
import { steppedClock } from '../helpers/stepped-clock.js'
import { aPlan, aQuestion, HAL, putOnIndex, WAR } from '../helpers/stores.js'

const AUTHORITIES = referenceAuthorities('live')
const MUCH_LATER = addMs(NOW, 3_000 * DAY_MS)

/** Numbers that lie all over the range, as real ones do, so that pages of the indexes fill and split. */
function scatteredNumbers(count: number): NhsNumber[] {
  const numbers = new Set<string>()
  for (let i = 1; numbers.size < count; i += 1) {
    const nine = String(999_000_000 + ((i * 611_953) % 1_000_000))
    const digit = checkDigitFor(nine)
    if (digit !== undefined) numbers.add(`${nine}${digit}`)
  }
  return [...numbers] as NhsNumber[]
}

async function open(t: Test, directory: string): Promise<Store> {
  const { store } = await openSqliteStore(directory, AUTHORITIES)
  t.teardown(() => store.close())
  return store
}

/** A store in which a third of the children left and was looked up before; answers their numbers. */
async function fillAndLeave(store: Store, count: number): Promise<NhsNumber[]> {
  const plans = scatteredNumbers(count).map((nhsNumber, i) =>
    aPlan({ nhsNumber, authorityCode: i % 2 === 0 ? HAL : WAR, familyName: 'Synthetic' }),
  )
  const ofAuthority = (code: AuthorityCode) => (plan: Plan) => plan.authorityCode === code
  for (const code of [HAL, WAR]) await putOnIndex(store, plans.filter(ofAuthority(code)), { code })
  const gone = plans.filter((_, i) => i % 3 === 0)
  await Promise.all(
    gone.map(({ nhsNumber }, i) => store.lookUp(aQuestion(`access-${i}`, { nhsNumber, collapseMs: 0 }))),
  )
  for (const code of [HAL, WAR]) {
    const { notifications } = await leaseAll(store, code)
    await store.acknowledgeNotifications(code, notifications, NOW)
    await putOnIndex(store, [], { code, removed: gone.filter(ofAuthority(code)) })
  }
  return gone.map(({ nhsNumber }) => nhsNumber)
}

async function leaseAll(store: Store, authorityCode: AuthorityCode): Promise<{ notifications: string[] }> {
  const request = { authorityCode, leaseId: 'lease', max: 100_000, now: NOW, leasedUntil: MUCH_LATER }
  return { notifications: (await store.leaseNotifications(request)).map(({ id }) => id) }
}

async function purgeAll(store: Store): Promise<void> {
  const before = { events: MUCH_LATER, acknowledged: MUCH_LATER, receipts: NOW, idempotencyKeys: MUCH_LATER }
  while ((await store.purge(before)) > 0);
}

function leftIn(directory: string, numbers: readonly string[]): number {
  const files = ['hub.db', 'hub.db-wal'].map((name) => join(directory, name)).filter(existsSync)
  const bytes = Buffer.concat(files.map((file) => readFileSync(file))).toString('latin1')
  return numbers.filter((number) => bytes.includes(number)).length
}

function eraseDue(directory: string): unknown {
  const other = new Database(join(directory, 'hub.db'), { readonly: true })
  const due = other.prepare('select erase_due from hub_state').pluck().get()
  other.close()
  return due
}

t.test('of thousands that retention removed, none is in any byte', async (t) => {
  const directory = t.testdir()
  const store = await open(t, directory)
  const gone = await fillAndLeave(store, 6_000)
  t.equal(leftIn(directory, gone), gone.length, 'they were there')
  await purgeAll(store)
  t.equal(await store.eraseRemoved(), true)
  t.equal(leftIn(directory, gone), 0)
})

t.test('a hub that was killed before it had erased does so after the next start', async (t) => {
  const directory = t.testdir()
  const first = await open(t, directory)
  const gone = await fillAndLeave(first, 60)
  await purgeAll(first)
  await first.close()
  t.equal(eraseDue(directory), 1, 'that it is due outlives the process')
  const second = await open(t, directory)
  t.equal(await second.eraseRemoved(), true)
  t.equal(leftIn(directory, gone), 0)
  t.equal(eraseDue(directory), 0)
})

t.test('a reader in the way puts the erasing off', async (t) => {
  const directory = t.testdir()
  const store = await open(t, directory)
  const gone = await fillAndLeave(store, 60)
  await purgeAll(store)
  const other = new Database(join(directory, 'hub.db'), { readonly: true })
  other.exec('begin; select count(*) from plans')
  other.prepare('select count(*) from plans').get()
  t.equal(await store.eraseRemoved(), false)
  other.close()
  t.equal(await store.eraseRemoved(), true)
  t.equal(leftIn(directory, gone), 0)
})

/** An erasing that a reader was in the way of, and the clock that tries its log again. */
function halfErased(t: Test) {
  const directory = t.testdir()
  const writer = openWriter(join(directory, 'hub.db'))
  t.teardown(() => writer.close())
  migrate(writer)
  noteEraseDue(writer)
  const clock = steppedClock()
  const checkpoints = new Checkpoints(writer, clock, (error) => t.fail(error as Error))
  const reader = openReader(writer.name)
  reader.exec('begin; select count(*) from plans')
  t.equal(checkpoints.erase(), false)
  return { directory, writer, clock, checkpoints, goneReader: () => reader.close() }
}

t.test('once the reader has gone the log is emptied by itself, and nothing is due', async (t) => {
  const { directory, clock, goneReader } = halfErased(t)
  goneReader()
  await clock.passSeconds(1)
  t.equal(eraseDue(directory), 0)
})

t.test('what is removed while a reader is in the way is not taken for erased with the log', async (t) => {
  const { directory, writer, clock, checkpoints, goneReader } = halfErased(t)
  noteEraseDue(writer)
  goneReader()
  await clock.passSeconds(1)
  t.equal(eraseDue(directory), 1)
  t.equal(checkpoints.erase(), true)
  t.equal(eraseDue(directory), 0)
})

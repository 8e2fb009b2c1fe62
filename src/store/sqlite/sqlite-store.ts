import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MachineClock } from '../../clock.js'
import type { LocalAuthority } from '../../domain/local-authority.js'
import type { Person } from '../../domain/person.js'
import { Bell } from '../bell.js'
import type { Store } from '../store.js'
import { findDamage } from './check-file.js'
import { type HeldDirectory, holdDirectory } from './data-directory.js'
import { type Connection, openReader } from './open.js'
import { ReadTurn } from './read-turn.js'
import { findShownAccess } from './reads/accesses.js'
import { findAuthority, listAuthorities } from './reads/authorities.js'
import { readLookup } from './reads/look-up.js'
import { listDaysRun, readHealthActivity, readMaintenanceMark } from './reads/maintenance.js'
import { hasLeasable, listNotifications, listQueueDepths } from './reads/notifications.js'
import { findPerson, findPresentPerson, searchPeople } from './reads/people.js'
import { findVisiblePlan, listDepartures, listPlans } from './reads/plans.js'
import { findReceipt, listReceipts } from './reads/receipts.js'
import { Snapshots } from './snapshots.js'
import { reasonOf, storeFaultOf } from './store-fault.js'
import { makeTemporary, removeTemporary } from './temporary-folder.js'
import { Writer } from './writer.js'

/** A directory that keeps nothing: it is temporary, and gone when the hub is closed. */
export const KEEPS_NOTHING = ':memory:'

export interface OpenStore {
  store: Store
  /** Where the database is, for the threads that open it themselves. */
  file: string
  /** Other users of the machine can look into the directory. */
  isOpenToOthers: boolean
  /** After an unclean stop: resolves when the file has been read through, with what is wrong with it. */
  checked: Promise<string | undefined> | undefined
}

export interface StoreOptions {
  /** Made known to a register that has nobody. */
  people?: readonly Person[]
  machineClock?: MachineClock
  /** For tests: the database may not grow beyond these pages, nor beyond what it has. */
  pagesMax?: number
  /** After an unclean stop a file from this size on is checked once it is open. */
  checkInBackgroundBytes?: number
}

// Read from memory at more than a gigabyte a second, so a start does not notice.
const CHECK_IN_BACKGROUND_BYTES = 16 * 1_048_576

/**
 * Opens the hub's database in `directory`, making both if they are not there.
 * Reads run here, on this thread's own connection; writes go to the writer thread.
 */
export async function openSqliteStore(
  directory: string,
  authorities: LocalAuthority[],
  {
    people = [],
    machineClock,
    pagesMax,
    checkInBackgroundBytes = CHECK_IN_BACKGROUND_BYTES,
  }: StoreOptions = {},
): Promise<OpenStore> {
  const keepsNothing = directory === KEEPS_NOTHING
  const folder = keepsNothing ? makeTemporary() : directory
  let held: HeldDirectory | undefined
  const leave = () => {
    held?.release()
    if (keepsNothing) removeTemporary(folder)
  }
  try {
    held = holdDirectory(folder)
    const { file, isOpenToOthers, wasUnclean } = held
    const writer = await Writer.start(
      { file, authorities, people, ...(pagesMax !== undefined && { pagesMax }) },
      machineClock,
    )
    const reader = await openReaderBeside(writer, file)
    const store = sqliteStore(reader, writer, leave)
    const check = wasUnclean ? await startCheck(file, writer, store, checkInBackgroundBytes) : undefined
    return { store, file, isOpenToOthers, checked: check?.checking }
  } catch (error) {
    leave()
    throw error
  }
}

/**
 * Reads the file through. Damage that is found before the store is used stops the start; found in the background it
 * is as a disk that failed.
 */
async function startCheck(file: string, writer: Writer, store: Store, inBackgroundBytes: number) {
  const isLarge = statSync(file).size >= inBackgroundBytes
  const checking = findDamage(file, isLarge)
  if (isLarge) {
    void checking.then((damage) => damage !== undefined && writer.fail(damaged(damage)))
    return { checking }
  }
  const damage = await checking
  if (damage === undefined) return { checking }
  // So that the log stays, and the next start finds the same.
  writer.fail(damaged(damage))
  await store.close()
  throw new Error(`${damaged(damage)} Restore a backup.`)
}

function damaged(damage: string): string {
  return `The database is damaged: ${damage}.`
}

async function openReaderBeside(writer: Writer, file: string): Promise<Connection> {
  try {
    return openReader(file)
  } catch (error) {
    await writer.close()
    throw error
  }
}

function sqliteStore(reader: Connection, writer: Writer, afterClose: () => void): Store {
  const bell = new Bell()
  const turn = new ReadTurn(reader)
  const snapshots = new Snapshots(dirname(reader.name))
  // Damage that a read meets is the store's as much as one that a write meets: no more is taken.
  const noteDamage = (error: unknown): never => {
    if (storeFaultOf(error) === 'broken') writer.fail(reasonOf(error))
    throw error
  }
  const read = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      return noteDamage(error)
    }
  }
  const snapshot = <T>(work: () => T): Promise<T> => read(() => reader.transaction(work)())
  return {
    listAuthorities: () => read(() => listAuthorities(reader)),
    findAuthority: (code) => read(() => findAuthority(reader, code)),
    saveAuthority: (change) => writer.run('saveAuthority', change),

    listPlans: (code, page) => snapshot(() => listPlans(reader, code, page)),
    acceptDataset: (acceptance) => writer.run('acceptDataset', acceptance),
    acceptDatasets: (acceptances, people) => writer.runErrand('acceptDatasets', { acceptances, people }),
    keepReturned: (receipt, origin) => writer.run('keepReturned', { receipt, origin }),
    listReceipts: (code, page) => read(() => listReceipts(reader, code, page)),
    findReceipt: (code, id) => read(() => findReceipt(reader, code, id)),

    async lookUp(question) {
      // When hits cannot be told, a miss is not answered either: it would tell which are hits.
      const refusal = question.silent ? undefined : writer.state.refusal()
      if (refusal !== undefined) throw refusal
      const settled = await turn.ask(() => readLookup(reader, question)).catch(noteDamage)
      if (settled !== undefined) return settled
      if (question.silent) throw new Error('a silent lookup is answered by what was read first')
      const outcome = await writer.run('recordLookup', question)
      if (outcome.kind === 'answered') bell.ring(outcome.access?.notified ?? [])
      return outcome
    },
    findVisiblePlan: (id, today) => snapshot(() => findVisiblePlan(reader, id, today)),
    findShownAccess: (id, today) => snapshot(() => findShownAccess(reader, id, today)),
    async recordAttendance(entry) {
      const outcome = await writer.run('recordAttendance', entry)
      if (outcome.kind === 'recorded') bell.ring(outcome.notified)
      return outcome
    },

    findPerson: (nhsNumber) => read(() => findPerson(reader, nhsNumber)),
    findPresentPerson: (nhsNumber) => snapshot(() => findPresentPerson(reader, nhsNumber)),
    searchPeople: (search) => snapshot(() => searchPeople(reader, search)),
    async savePerson(entry) {
      const outcome = await writer.run('savePerson', entry)
      if (outcome.kind === 'created' || outcome.kind === 'changed') bell.ring(outcome.notified)
      return outcome
    },
    async savePeople(entry) {
      const outcome = await writer.run('savePeople', entry)
      if (outcome.kind === 'saved') bell.ring(outcome.told.map(({ authorityCode }) => authorityCode))
      return outcome
    },

    listNotifications: (code, page) => read(() => listNotifications(reader, code, page)),
    leaseNotifications: (request) => writer.run('leaseNotifications', request),
    acknowledgeNotifications: (code, ids, now) => writer.run('acknowledgeNotifications', { code, ids, now }),
    async releaseNotifications(code, ids, leaseId, now) {
      const outcome = await writer.run('releaseNotifications', { code, ids, leaseId, now })
      if (outcome.released.length > 0) bell.ring([code])
      return outcome
    },
    async setNotification(setting) {
      const set = await writer.run('setNotification', setting)
      if (set !== undefined) bell.ring([set.authorityCode])
      return set?.summary
    },
    hasLeasable: (code, now) => read(() => hasLeasable(reader, code, now)),
    onQueued: (code, listener) => bell.listen(code, listener),
    listQueueDepths: (now) => read(() => listQueueDepths(reader, now)),

    async queueOverdueNotices(wish) {
      const told = await writer.run('queueOverdueNotices', wish)
      bell.ring(told)
      return told
    },
    listDepartures: (code, first, last) => read(() => listDepartures(reader, code, first, last)),
    purgePlans: (code, today, now) => writer.run('purgePlans', { code, today, now }),
    purge: (before) => writer.run('purge', before),
    readMaintenanceMark: () => read(() => readMaintenanceMark(reader)),
    keepMaintenanceMark: (mark, passed) => writer.run('keepMaintenanceMark', { mark, passed }),
    listDaysRun: (first, last) => read(() => listDaysRun(reader, first, last)),
    readHealthActivity: () => read(() => readHealthActivity(reader)),
    keepHealthActivity: (news) => writer.run('keepHealthActivity', news),

    resetWorld: () => writer.runErrand('resetWorld', undefined),
    resetAuthority: (code, now) => writer.run('resetAuthority', { code, now }),
    listSnapshots: async () => snapshots.list(),
    keepSnapshot: (name, note) => writer.runErrand('keepSnapshot', { name, note }),
    restoreSnapshot: (name) => writer.runErrand('restoreSnapshot', { name }),
    removeSnapshot: async (name) => snapshots.remove(name),

    eraseRemoved: () => writer.runErrand('eraseRemoved', undefined),
    writeBacklog: () => writer.backlog(),
    onFailure: (listener) => writer.state.onFailure(listener),
    async probe() {
      await (writer.state.isFull ? writer.state.probeNow() : writer.run('probe', undefined))
      await read(() => readMaintenanceMark(reader))
    },
    async close() {
      // The reader first, so that the last connection to close is one that can checkpoint; unless none may.
      if (writer.state.hasFailed) await writer.close()
      reader.close()
      await writer.close()
      afterClose()
    },
  }
}

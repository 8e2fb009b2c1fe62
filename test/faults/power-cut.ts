import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Instant } from '../../src/clock.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Random } from '../../src/synthetic/random.js'
import type { Client } from './client.js'
import { Disk, type Luck } from './disk.js'
import { checkJournal, type Exchange, type Fault, type Journal } from './journal.js'
import { ofStore, readStored } from './read-stored.js'
import { type Moment, stringsOf } from './system-calls.js'

/** What strace has to write down. Those with a question mark are not in every architecture. */
export const POWER_CUT_TRACE = [
  '--seccomp-bpf',
  '-xx',
  '-s',
  '100000',
  '-e',
  'trace=?open,openat,close,write,writev,pwrite64,pwritev,?pwritev2,sendmsg,sendto,fsync,fdatasync,' +
    'ftruncate,fallocate,?mkdir,mkdirat,?unlink,unlinkat,?rename,?renameat,renameat2,sync_file_range',
]

/** The keys of the requests that this call promises: an answer of 2xx, as it is handed to the network. */
export function promisesIn({ name, args, at }: Moment): string[] {
  // What is being handed over may be read at the other end before the call has returned.
  if (at !== 'begin' || !['write', 'writev', 'sendmsg', 'sendto'].includes(name)) return []
  const text = Buffer.concat(stringsOf(args)).toString('latin1')
  return [...text.matchAll(/HTTP\/1\.1 2\d\d .*?\r\nx-request-id: (\S+)\r\n/gs)].map(([, key = '']) => key)
}

/** The journal as it was when only these had been answered. */
function journalAt(journal: Journal, promised: ReadonlySet<string>): Journal {
  const at = <T extends Exchange<unknown, unknown>>(exchanges: T[]) =>
    exchanges.map((exchange): T => {
      if (promised.has(exchange.key)) return exchange
      const { reply: _, ...unanswered } = exchange
      return { ...unanswered, status: null } as T
    })
  return {
    events: at(journal.events),
    datasets: at(journal.datasets),
    leases: at(journal.leases),
    acknowledgements: at(journal.acknowledgements),
    changes: at(journal.changes),
  }
}

/** Opens what a power cut left with the hub's own store, and holds it against the journal. */
async function findFaults(directory: string, client: Client, promised: ReadonlySet<string>) {
  const opened = await openSqliteStore(directory, referenceAuthorities('live')).catch(
    (error: Error) => error.message,
  )
  if (typeof opened === 'string') return [{ kind: 'cannot be opened', what: opened }]
  try {
    const now = new Date().toISOString() as Instant
    const stored = await readStored(client, ofStore(opened.store, now))
    return [
      ...checkJournal(journalAt(client.journal, promised), stored),
      ...integrityFaults(join(directory, 'hub.db')),
    ]
  } finally {
    await opened.store.close()
  }
}

function integrityFaults(file: string): { kind: string; what: string }[] {
  const database = new Database(file, { readonly: true })
  const found = database.pragma('integrity_check', { simple: true })
  database.close()
  return found === 'ok' ? [] : [{ kind: 'damaged', what: String(found) }]
}

const LUCKS = ['nothing', 'some', 'everything'] as const

export interface CutReport {
  cuts: number
  /** Cuts between the first promise and the last. */
  promised: number
  faults: { cut: string; faults: (Fault | { kind: string; what: string })[] }[]
}

export interface CutOptions {
  cuts: number
  random: Random
  newFolder: () => string
  /** Whether the first fault is enough. */
  untilFault?: boolean
}

/**
 * Replays a log and cuts it off at so many of its moments, half of them right behind a promise: of what was not synced
 * then nothing, some or everything is kept, in turn, and what is there is held against the journal.
 */
export async function replayPowerCuts(
  moments: readonly Moment[],
  root: string,
  client: Client,
  { cuts, random, newFolder, untilFault = false }: CutOptions,
): Promise<CutReport> {
  const promises = promisesOf(moments)
  const chosen = chooseCuts(changesOf(moments, root), [...promises.keys()], cuts, random)
  const disk = new Disk(root)
  const promised = new Set<string>()
  const report: CutReport = { cuts: 0, promised: 0, faults: [] }
  for (const [i, moment] of moments.entries()) {
    disk.apply(moment)
    for (const key of promises.get(i) ?? []) promised.add(key)
    if (!chosen.has(i)) continue
    const kept = LUCKS[report.cuts % LUCKS.length] as (typeof LUCKS)[number]
    const directory = newFolder()
    disk.cut(directory, luckOf(kept, random))
    const faults = await findFaults(directory, client, promised)
    rmSync(directory, { recursive: true })
    report.cuts += 1
    if (promised.size > 0) report.promised += 1
    if (faults.length > 0) report.faults.push({ cut: `at call ${i}, ${kept} of the rest kept`, faults })
    if (untilFault && faults.length > 0) break
  }
  return report
}

function luckOf(kept: (typeof LUCKS)[number], random: Random): Luck {
  return kept === 'some' ? () => random.below(2) === 1 : () => kept === 'everything'
}

function promisesOf(moments: readonly Moment[]): Map<number, string[]> {
  const found = moments.map((moment, i) => [i, promisesIn(moment)] as const)
  return new Map(found.filter(([, keys]) => keys.length > 0))
}

/** The moments at which something happens to the disk. */
function changesOf(moments: readonly Moment[], root: string): number[] {
  const disk = new Disk(root)
  return [...moments.keys()].filter((i) => {
    const before = disk.changes
    disk.apply(moments[i] as Moment)
    return disk.changes > before
  })
}

function chooseCuts(changes: number[], promises: number[], cuts: number, random: Random): Set<number> {
  const half = draw(promises, cuts / 2, random)
  return new Set([...half, ...draw(changes, cuts - half.length, random)])
}

function draw<T>(from: readonly T[], count: number, random: Random): T[] {
  const left = [...from]
  const drawn: T[] = []
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(random.below(left.length), 1))
  return drawn
}

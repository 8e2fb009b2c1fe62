import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Instant } from '../../src/clock.js'
import { createHub, fixedClock } from '../../src/index.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { aFolder, ask, type Ended, type Running } from '../helpers/process.js'
import { until } from '../helpers/until.js'
import { Client } from './client.js'
import { checkJournal, type Fault } from './journal.js'
import { ofStore, readStored } from './read-stored.js'
import { MAIN, startTraced } from './traced-hub.js'
import { AUTHORITIES } from './world.js'

export interface FaultKind {
  call: 'pwrite64' | 'fsync'
  error: 'EIO' | 'ENOSPC'
}

/** What became of a program whose nth call to the database's files failed. */
export interface Step {
  /** The file of the call that failed; undefined when the program ended before there was an nth. */
  failed: string | undefined
  hasGreeted: boolean
  ended: Ended
  client: Client
  /** Whether everything was taken again without a new start. */
  hasRecovered: boolean
  /** What is wrong after a start on a disk that works. */
  faults: Fault[]
}

/** Runs a program of its own whose nth call fails; the folder is empty but for what the test has put there. */
export type Program = (t: Test, kind: FaultKind, n: number) => Promise<Step>

const HOUR_MS = 3_600_000
const OPENING_STORE = fileURLToPath(new URL('./opening-store.js', import.meta.url))

/** A new data directory is made and closed. */
export const makeDirectory: Program = async (t, kind, n) => {
  const { dataDir, traced } = aTracedFolder(t, kind, n)
  const program = traced([OPENING_STORE, dataDir])
  const ended = await program.ended
  const client = new Client()
  const faults = await findFaults(dataDir, client)
  return { failed: program.failed(), hasGreeted: false, ended, client, hasRecovered: false, faults }
}

/**
 * One loop of a hub: a start, which removes what is a day old and empties the log; one request of each kind; a stop,
 * which folds the log in. All begin with copies of one directory.
 */
export async function loopOfHub(t: Test): Promise<Program> {
  const before = join(aFolder(t), 'data')
  const yesterday = new Date(Date.now() - 25 * HOUR_MS).toISOString()
  const hub = await createHub({ dataDir: before, clock: fixedClock(yesterday) })
  const known = new Client()
  known.url = await hub.listen()
  for (const authority of AUTHORITIES) await known.submit(authority)
  await known.attend()
  await hub.close()

  return async (t, kind, n) => {
    const { dataDir, traced } = aTracedFolder(t, kind, n)
    cpSync(before, dataDir, { recursive: true })
    const client = known.clone()
    const program = traced([MAIN, 'serve'], { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
    const greeting = program.says(/listens on (http:\S+)[\s\S]*\nTry: .*\n/)
    const [, url] = await greeting.catch(() => [])
    let hasRecovered = false
    if (url !== undefined) {
      client.url = url
      // A stop waits half a second for kept connections.
      client.headers = { connection: 'close' }
      await client.useOnce()
      hasRecovered = await recovers(client)
      program.kill('SIGTERM')
    }
    const ended = await program.ended
    const faults = await findFaults(dataDir, client)
    return { failed: program.failed(), hasGreeted: url !== undefined, ended, client, hasRecovered, faults }
  }
}

/** A folder for a data directory, and how to start a program whose nth call to its files fails, or all from there on. */
export function aTracedFolder(t: Test, { call, error }: FaultKind, n: number | `${number}+`) {
  const folder = aFolder(t)
  const [dataDir, log] = [join(folder, 'data'), join(folder, 'calls.log')]
  // Sockets and the log of the hub are other files; strace counts the calls of each thread, and one thread writes.
  const files = ['hub.db', 'hub.db-wal'].flatMap((name) => ['-P', join(dataDir, name)])
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${n}`]
  const options = ['--seccomp-bpf', '-y', '-o', log, ...files, ...inject]
  const failed = () => /<\S+\/(hub\.db(?:-wal)?)>.*\(INJECTED\)/.exec(readFileSync(log, 'utf8'))?.[1]
  const traced = (command: string[], env: Record<string, string> = {}): Running & { failed: typeof failed } =>
    Object.assign(startTraced(t, options, command, { PATH: process.env.PATH ?? '', ...env }), { failed })
  return { dataDir, traced }
}

/** A hub that found no room finds it by itself; one that failed does not answer any more. */
async function recovers(client: Client): Promise<boolean> {
  const refused = client.refused.length
  if (refused === 0) return true
  const ready = () =>
    ask(client.url, '/health/ready')
      .then(({ status }) => status)
      .catch(() => undefined)
  await until('the hub is ready or gone', async () => (await ready()) !== 503)
  await client.useOnce()
  return client.refused.length === refused && (await ready()) === 200
}

/** Starts again on a disk that works, and holds what is there against the journal. */
export async function findFaults(dataDir: string, client: Client): Promise<Fault[]> {
  if (!existsSync(dataDir)) return []
  const { store } = await openSqliteStore(dataDir, referenceAuthorities('live'))
  const stored = await readStored(client, ofStore(store, new Date().toISOString() as Instant))
  await store.close()
  return checkJournal(client.journal, stored)
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

const KIBIBYTES_IN_MEBIBYTE = 1024
const LOOK_EVERY_MS = 250

function field(pid: number, name: string): number {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  ) as RegExpExecArray
  return Number(kibibytes) / KIBIBYTES_IN_MEBIBYTE
}

/** What a process and its children have in memory, in MiB. */
export function residentMiB(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return field(pid, 'VmRSS') + children.reduce((sum, child) => sum + residentMiB(child), 0)
}

/** Begins to watch: the function it answers tells by how many MiB the process has risen at most since. */
export function watchRise(pid: number): () => number {
  // proc(5): 5 resets the peak to what is resident now.
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const before = field(pid, 'VmHWM')
  return () => field(pid, 'VmHWM') - before
}

/** Looks until a process has come down to so many MiB, for a minute at most; answers the last figure. */
export async function comesDownTo(pid: number, mebibytes: number): Promise<number> {
  for (let waitedMs = 0; residentMiB(pid) > mebibytes && waitedMs < 60_000; waitedMs += LOOK_EVERY_MS) {
    await wait(LOOK_EVERY_MS)
  }
  return residentMiB(pid)
}

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const HUB = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A server that is measured: the hub, or a bare baseline of it. */
export interface Server {
  url: string
  /** From the start of its process until it answered, in milliseconds. */
  readyMs: number
  /** Resident memory of the process, in MiB. */
  residentMib(): number
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts the built hub as its users do, on a free port; it logs warnings alone. */
export function startHub(dataDir: string, settings: Record<string, string> = {}): Promise<Server> {
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    DATASET_MAX_RECORDS: '10000000',
    ...settings,
  }
  return startServer([HUB, 'serve'], env, '/health/ready')
}

/** Starts one of the baselines of this folder, which prints where it listens. */
export function startBare(name: 'bare-route' | 'bare-start', args: string[]): Promise<Server> {
  return startServer([besides(name), ...args], {}, '/')
}

const running = new Set<ChildProcess>()
// Whatever became of the measuring, nothing that it started stays.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

async function startServer(args: string[], env: Record<string, string>, readyPath: string): Promise<Server> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('close', () => running.delete(child))
  const url = await printedUrl(child)
  await (await fetch(`${url}${readyPath}`)).text()
  return {
    url,
    readyMs: performance.now() - startedAt,
    residentMib: () => residentMibOf(child.pid as number),
    async kill(signal) {
      const ended = once(child, 'close')
      child.kill(signal)
      await ended
    },
  }
}

async function printedUrl(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const piece of child.stdout ?? []) {
    said += piece
    const match = /http:\/\/[\d.]+:\d+/.exec(said)
    if (match !== null) {
      child.stdout?.resume()
      return match[0]
    }
  }
  throw new Error('a server ended before it listened')
}

/** Linux alone tells it so; elsewhere the figure is NaN. */
function residentMibOf(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib) / 1_024
  } catch {
    return Number.NaN
  }
}

/** Runs a script of this folder in a process of its own with one order, and answers its one report. */
export async function runJob<Report>(
  name: 'load' | 'send-night' | 'bare-night',
  order: unknown,
): Promise<Report> {
  const child = fork(besides(name))
  child.send(order as object)
  const report = await Promise.race([
    once(child, 'message').then(([message]) => message as Report),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${name} ended with ${code} and no report`)
    }),
  ])
  child.disconnect()
  await once(child, 'exit')
  return report
}

/** In a script that `runJob` runs: takes the order, does it, and reports. */
export function onOrder<Order, Report>(work: (order: Order) => Promise<Report>): void {
  process.once('message', (order: Order) => {
    void work(order).then((report) => process.send?.(report as object))
  })
}

function besides(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url))
}

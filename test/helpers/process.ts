import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** The repository, seen from build/test/helpers. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const MAIN = join(ROOT, 'build/src/cli/main.js')

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A child of the test, which is ended with the test, whatever became of it. */
export interface Running {
  readonly pid: number
  readonly stdout: string
  readonly stderr: string
  /** Resolves with what it said when it has ended. */
  ended: Promise<Ended>
  kill(signal: NodeJS.Signals): void
  /** Reads no more of what it prints, as a pipe that was closed. */
  stopReading(): void
  /** Resolves with the match once stdout holds it; rejects when the process ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

export interface HubProcess extends Running {
  url: string
}

/** An empty folder of its own for each call, removed with the test. */
export function aFolder(t: Test, under = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(under, 'cpis-hub-test-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Surroundings {
  /** The whole environment; nothing of the test's own is handed on unless this is left out. */
  env?: Record<string, string>
  cwd?: string
  stdin?: string
}

export function start(
  t: Test,
  file: string,
  args: string[],
  { env, cwd, stdin = '' }: Surroundings = {},
): Running {
  // tap adds NODE_OPTIONS to every child, to watch it, which costs each half a second; `env` takes that away again.
  const child = spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', file, ...args], { cwd, env })
  child.stdin.end(stdin)
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
  })
  const ended = endOf(child, said)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended.catch(() => {})
  })
  return {
    pid: child.pid as number,
    get stdout() {
      return said.stdout
    },
    get stderr() {
      return said.stderr
    },
    ended,
    kill: (signal) => void child.kill(signal),
    stopReading: () => void child.stdout.destroy(),
    says: (pattern) => firstMatch(child, said, pattern),
  }
}

async function endOf(child: ChildProcess, said: { stdout: string; stderr: string }): Promise<Ended> {
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...said }
}

function firstMatch(
  child: ChildProcess,
  said: { stdout: string; stderr: string },
  pattern: RegExp,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = pattern.exec(said.stdout)
      if (match !== null) resolve(match)
    }
    child.stdout?.on('data', look)
    child.once('close', () => reject(new Error(`It ended without saying ${pattern}: ${said.stderr}`)))
    look()
  })
}

export interface CliSurroundings extends Surroundings {
  hubUrl?: string
}

/** Starts the compiled command line as a process of its own. */
export function startCli(
  t: Test,
  args: string[],
  { hubUrl, env = {}, ...rest }: CliSurroundings = {},
): Running {
  const toHub = hubUrl === undefined ? [] : ['--hub', hubUrl]
  return start(t, process.execPath, [MAIN, ...args, ...toHub], { env: { NO_COLOR: '1', ...env }, ...rest })
}

/** Runs a command to its end. */
export function runCli(t: Test, args: string[], surroundings?: CliSurroundings): Promise<Ended> {
  return startCli(t, args, surroundings).ended
}

/** Starts the real hub on a free port of 127.0.0.1 and resolves when it has greeted. */
export async function serve(t: Test, env: Record<string, string> = {}, main = MAIN): Promise<HubProcess> {
  const running = start(t, process.execPath, [main, 'serve'], { env: { PORT: '0', ...env } })
  const [, url] = await running.says(/listens on (http:\S+)[\s\S]*\nTry: .*\n/)
  return Object.assign(running, { url: url as string })
}

export interface Answer {
  status: number
  headers: Headers
  // Whatever the hub sent; the test says what it expects.
  body: ReturnType<typeof JSON.parse>
}

/** One request to a hub over the wire; rejects when no answer came. */
export async function ask(
  url: string,
  path: string,
  { method, body, headers }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const isText = typeof body === 'string'
  const response = await fetch(`${url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

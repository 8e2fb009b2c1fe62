import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

export interface CliResult {
  code: number | null
  stdout: string
  stderr: string
}

/** Starts the compiled command line as a process of its own; it is ended with the test, should it still run. */
export function startCli(t: Test, args: string[], environment: Record<string, string> = {}): ChildProcess {
  // Nothing of the test's own environment is handed on: a CPIS_HUB_URL or DATA_DIR in it would be used. tap adds
  // NODE_OPTIONS to every child, to watch it, which costs each half a second; `env` takes that away again.
  const child = spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, MAIN, ...args], {
    env: { NO_COLOR: '1', ...environment },
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Runs a command to its end. */
export function runCli(
  t: Test,
  args: string[],
  { hubUrl, stdin }: { hubUrl?: string; stdin?: string } = {},
): Promise<CliResult> {
  const child = startCli(t, hubUrl === undefined ? args : [...args, '--hub', hubUrl])
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin?.end(stdin)
  })
}

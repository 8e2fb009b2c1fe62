import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { aFolder, type HubProcess, ROOT, type Running, start } from '../helpers/process.js'

/** The command line as it is published. */
export const MAIN = join(ROOT, 'dist/cli/main.js')

/**
 * Starts a program under strace, which runs apart (-D): the child is the program itself, so signals reach it and its
 * exit code is seen. It has ended when strace too has written its last line.
 */
export function startTraced(
  t: Test,
  options: string[],
  command: string[],
  env: Record<string, string>,
): Running {
  return start(t, 'strace', ['-D', '-f', '-qq', ...options, process.execPath, ...command], { env })
}

/** Starts `serve` under strace; resolves when it has greeted. */
export async function serveTraced(
  t: Test,
  options: string[],
  env: Record<string, string>,
  main = MAIN,
): Promise<HubProcess> {
  const running = startTraced(t, options, [main, 'serve'], {
    PORT: '0',
    PATH: process.env.PATH ?? '',
    ...env,
  })
  const [, url] = await running.says(/listens on (http:\S+)[\s\S]*\nTry: .*\n/)
  return Object.assign(running, { url: url as string })
}

/** A copy of the published program in which one text of one file is another; for twins that must fail. */
export function aSpoiltCopy(t: Test, file: string, spoil: [text: string, other: string][]): string {
  const folder = aFolder(t)
  for (const name of ['package.json', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name))
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true })
  const path = join(folder, 'dist', file)
  let code = readFileSync(path, 'utf8')
  for (const [text, other] of spoil) {
    if (!code.includes(text)) throw new Error(`${file} does not say ${text}`)
    code = code.replace(text, other)
  }
  writeFileSync(path, code)
  return join(folder, 'dist/cli/main.js')
}

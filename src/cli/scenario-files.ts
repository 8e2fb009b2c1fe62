import { existsSync } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readScenario, WrongFile } from '../scenarios/read-scenario.js'
import type { Scenario } from '../scenarios/scenario.js'
import { settingFault } from './setting-fault.js'

// Seen from dist/cli of the package, and from build/src/cli of its own tests.
const SHIPPED = ['../../scenarios/', '../../../scenarios/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)
const IS_SCENARIO = /\.ya?ml$/

/** The files that were meant: each a file, a folder of them, or the beginning of the name of one that ships; none means all. A file that was
 * named twice is there once. */
export async function scenarioFiles(wanted: readonly string[]): Promise<string[]> {
  if (wanted.length === 0) return filesIn(shippedFolder())
  const files: string[] = []
  for (const each of wanted) files.push(...(await filesOf(each)))
  return eachOnce(files)
}

/** A file may be meant in two ways, such as by its number and by its path. */
async function eachOnce(files: readonly string[]): Promise<string[]> {
  const byPath = new Map<string, string>()
  for (const file of files) {
    const path = await realpath(file).catch(() => file)
    if (!byPath.has(path)) byPath.set(path, file)
  }
  return [...byPath.values()]
}

/** Reads all of them, and throws what is wrong with any of them as one error. */
export async function readScenarios(files: readonly string[]): Promise<Scenario[]> {
  const scenarios: Scenario[] = []
  const wrong: WrongFile[] = []
  for (const file of files) {
    try {
      scenarios.push(readScenario(file, await readFile(file, 'utf8'), settingFault))
    } catch (error) {
      wrong.push(error instanceof WrongFile ? error : unreadable(file, error))
    }
  }
  if (wrong.length > 0) throw new WrongFiles(wrong)
  return scenarios
}

/** Files that are no scenarios; nothing was run. */
export class WrongFiles extends Error {
  override readonly name = 'WrongFiles'

  constructor(wrong: readonly WrongFile[]) {
    super(wrong.map(({ message }) => message).join('\n'))
  }
}

function unreadable(file: string, error: unknown): WrongFile {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = code === 'ENOENT' ? 'There is no such file.' : `It cannot be read (${code ?? message}).`
  return new WrongFile(file, [{ line: 1, reason }])
}

async function filesOf(wanted: string): Promise<string[]> {
  const found = await stat(wanted).catch(() => undefined)
  if (found?.isDirectory()) return filesIn(wanted)
  if (found !== undefined || IS_SCENARIO.test(wanted)) return [wanted]
  const named = (await filesIn(shippedFolder())).filter((file) => basename(file).startsWith(wanted))
  return named.length > 0 ? named : [wanted]
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => IS_SCENARIO.test(name))
  if (names.length === 0)
    throw new WrongFiles([new WrongFile(folder, [{ line: 1, reason: 'There is no scenario in it.' }])])
  return names.sort().map((name) => join(folder, name))
}

function shippedFolder(): string {
  const folder = SHIPPED.find((each) => existsSync(each))
  if (folder === undefined) throw new Error('The scenarios that ship with the package are not there.')
  return folder
}

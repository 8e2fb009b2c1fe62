import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { UsageError } from './options.js'

/** Takes away the file of the hub before, which whoever waits for this one would find. Refuses a directory. */
export function clearReadyFile(file: string): void {
  telling(file, () => {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`--ready-file needs a file, and ${file} is a directory.`)
    rmSync(file, { force: true })
  })
}

/** Says in the file where the hub is; it is put in place whole. */
export function writeReadyFile(file: string, url: string): void {
  const partly = `${file}.${process.pid}`
  telling(file, () => {
    writeFileSync(partly, `${url}\n`)
    renameSync(partly, file)
  })
}

/** What the system refuses is told with what to do. */
function telling(file: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      `The ready file cannot be written: ${file} (${code}). Name a file in a directory that is there and can be written to.`,
    )
  }
}

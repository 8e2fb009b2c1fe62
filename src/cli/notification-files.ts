import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { LeaseReply } from './hub-client.js'

type Notification = LeaseReply['notifications'][number]

/** A notification could not be kept; it must not be acknowledged. */
export class NotKept extends Error {
  override readonly name = 'NotKept'
}

/** Makes the directory for notifications, for its owner alone. */
export async function openDirectory(directory: string): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncDownTo(dirname(resolve(made)), resolve(directory))
    await removeLeftovers(directory)
  } catch (error) {
    throw notKept(directory, error)
  }
}

/** Each new directory is on disk only when the one above it is. */
async function syncDownTo(existing: string, made: string): Promise<void> {
  for (let above = dirname(made); above.length >= existing.length; above = dirname(above)) {
    await syncDirectory(above)
    if (above === existing) return
  }
}

/** What a drain that was killed in the middle of a file has left; it holds a child's number, and was not acknowledged. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const writer = /^\..*\.(\d+)\.part$/.exec(name)?.[1]
    if (writer !== undefined && !isRunning(Number(writer))) await rm(join(directory, name), { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Writes each notification to a file of its own. When this returns, a power cut does not lose one of them. */
export async function keepNotifications(directory: string, notifications: Notification[]): Promise<string[]> {
  try {
    const files: string[] = []
    for (const notification of notifications) files.push(await keepOne(directory, notification))
    await syncDirectory(directory)
    return files
  } catch (error) {
    throw notKept(directory, error)
  }
}

/** One that comes again has the same id, and so replaces its own file. */
async function keepOne(directory: string, notification: Notification): Promise<string> {
  const name = `${encodeURIComponent(notification.id)}.json`
  const temporary = join(directory, `.${name}.${process.pid}.part`)
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(notification, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(directory, name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return name
}

/** A rename is on disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function notKept(directory: string, error: unknown): NotKept {
  const { code, message } = error as NodeJS.ErrnoException
  return new NotKept(`Cannot write to ${directory} (${code ?? message}).`)
}

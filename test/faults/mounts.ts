import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { aFolder } from '../helpers/process.js'

/** A small file system of the test's own. */
export interface Mounted {
  folder: string
  /** Takes all the room that is left, until the function that it answers gives it back. */
  fill(): () => void
  /** From now on as a disk that the kernel has given up: what is open stays open, and nothing can be written. */
  giveUp(): void
  /** Mounted anew, as after a repair. Nobody may use it meanwhile. */
  mend(): void
}

/** Throws where the user may not mount: a test that has tried nothing has not passed. Taken down with the test, whatever became of it. */
export function mountTmpfs(t: Test, bytes: number): Mounted {
  return mounted(t, ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs'])
}

export function mountExt4(t: Test, bytes: number): Mounted {
  const image = join(aFolder(t), 'disk.img')
  writeFileSync(image, Buffer.alloc(bytes))
  succeed('mkfs.ext4', ['-q', image])
  return mounted(t, ['-o', 'loop', image])
}

function mounted(t: Test, args: string[]): Mounted {
  const folder = join(aFolder(t), 'disk')
  mkdirSync(folder)
  const { status, stderr } = spawnSync('mount', [...args, folder], { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`Nothing can be mounted here (${stderr?.trim() ?? 'no mount'}): run this as root.`)
  // Lazily, or a hub that has not ended yet would keep it.
  t.teardown(() => void spawnSync('umount', ['-l', folder]))
  const mend = () => {
    succeed('umount', [folder])
    succeed('mount', [...args, folder])
  }
  const giveUp = () => succeed('mount', ['-o', 'remount,abort', folder])
  return { folder, fill: () => fill(folder), giveUp, mend }
}

function fill(folder: string): () => void {
  const filler = join(folder, 'filler')
  const { bsize, bavail } = statfsSync(folder)
  writeFileSync(filler, Buffer.alloc(bsize * bavail))
  return () => rmSync(filler)
}

function succeed(command: string, args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr ?? `${command} is not there`)
}

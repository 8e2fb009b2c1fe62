import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const temporary = new Set<string>()

/** Makes an empty folder that is gone when it is removed, or when the process exits. */
export function makeTemporary(): string {
  // One listener for all: a process that forgets to close its hubs leaves nothing behind either.
  if (temporary.size === 0) process.on('exit', removeAllTemporary)
  const folder = mkdtempSync(join(tmpdir(), 'cpis-hub-'))
  temporary.add(folder)
  return folder
}

export function removeTemporary(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  temporary.delete(folder)
  if (temporary.size === 0) process.off('exit', removeAllTemporary)
}

function removeAllTemporary(): void {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true })
}

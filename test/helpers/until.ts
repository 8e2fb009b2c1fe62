import { setTimeout as wait } from 'node:timers/promises'

const PATIENCE_MS = 20_000
const LOOK_EVERY_MS = 20

/** Looks again and again whether something has come true that nothing announces; rejects when it never does. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await isTrue()); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs > PATIENCE_MS) throw new Error(`It never came true that ${what}.`)
    await wait(LOOK_EVERY_MS)
  }
}

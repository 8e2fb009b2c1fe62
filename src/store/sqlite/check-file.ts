import { once } from 'node:events'
import { startThread } from '../threads.js'
import { reasonOf } from './store-fault.js'

/** Reads a database through on a thread of its own; answers what is wrong with it, or undefined. */
export async function findDamage(file: string, inBackground: boolean): Promise<string | undefined> {
  const worker = startThread(new URL('./check-thread.js', import.meta.url), { file })
  if (inBackground) worker.unref()
  try {
    const [found] = (await once(worker, 'message')) as [string]
    return found === 'ok' ? undefined : found
  } catch (error) {
    return reasonOf(error)
  }
}

import { Worker } from 'node:worker_threads'

/**
 * Starts a thread of the hub's own. It runs plain JavaScript, so the loaders and flags of a host process (a test
 * runner, a TypeScript loader) are kept out of it: they only make it slower to start.
 */
export function startThread(entry: URL, workerData: unknown): Worker {
  return new Worker(entry, { workerData, execArgv: [] })
}

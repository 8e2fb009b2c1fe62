import { Worker } from 'node:worker_threads'

// V8 would give each thread 48 MiB for young objects and keep them: with all of England loaded the writer's heap was
// 43 MiB of which 7 were used, and is 6 with this.
const YOUNG_GENERATION_MIB = 3

/**
 * Starts a thread of the hub's own. It runs plain JavaScript, so the loaders and flags of a host process (a test
 * runner, a TypeScript loader) are kept out of it: they only make it slower to start. A thread that ends soon may
 * have more for young objects.
 */
export function startThread(
  entry: URL,
  workerData: unknown,
  youngGenerationMib = YOUNG_GENERATION_MIB,
): Worker {
  return new Worker(entry, {
    workerData,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMib },
  })
}

import cliProgress from 'cli-progress'

export interface Progress {
  advance(by: number): void
  stop(): void
}

/** A bar on stderr while something lasts; nothing when nobody watches. */
export function startProgress(title: string, total: number): Progress {
  if (!process.stderr.isTTY) return { advance: () => {}, stop: () => {} }
  const bar = new cliProgress.SingleBar({
    format: `${title} [{bar}] {percentage}%`,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    barsize: 40,
    clearOnComplete: true,
    stream: process.stderr,
  })
  bar.start(total, 0)
  return { advance: (by) => bar.increment(by), stop: () => bar.stop() }
}

/** Does the work on each, `limit` at a time. The first failure stops what has not begun, and is thrown. */
export async function fewAtATime<T>(
  list: readonly T[],
  limit: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const waiting = list.values()
  let failed = false
  const worker = async () => {
    for (const each of waiting) {
      if (failed) return
      await work(each)
    }
  }
  const workers = Array.from({ length: Math.min(limit, list.length) }, () =>
    worker().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const outcomes = await Promise.allSettled(workers)
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

import type { MachineClock } from '../clock.js'
import type { HubError } from '../domain/problem.js'

/** Waits for work no longer than `ms`, and then throws the refusal; the work goes on. */
export async function within<T>(
  clock: MachineClock,
  ms: number,
  work: Promise<T>,
  refusal: () => HubError,
): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(refusal()))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}

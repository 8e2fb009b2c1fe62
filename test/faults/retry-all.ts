import { isDeepStrictEqual } from 'node:util'
import type { Client } from './client.js'

/** Every request once more; answers what went wrong, and how many of the unanswered had been stored. */
export async function retryAll(client: Client): Promise<{ wrong: string[]; kept: number }> {
  const wrong: string[] = []
  let kept = 0
  for (const retryable of client.retryables) {
    const { key } = retryable.exchange
    const { first, again } = await client.retry(retryable)
    const isDataset = key.startsWith('dataset')
    const replayed = isDataset ? again.status === 200 : again.headers.get('idempotency-replayed') === 'true'
    if (first === undefined) {
      if (again.status >= 300) wrong.push(`${key} was not answered: ${again.status}`)
      if (replayed) kept += 1
    } else {
      if (!replayed) wrong.push(`${key} was not known to be a retry`)
      if (!isDeepStrictEqual(pinned(again.body), pinned(first.body))) wrong.push(`${key} got another answer`)
    }
  }
  return { wrong, kept }
}

/** Of a lookup's answer the access is pinned, and the plans are as they are now. */
function pinned(body: ReturnType<typeof JSON.parse>) {
  return body.access === undefined ? body : body.access
}

import { readFileSync } from 'node:fs'
import { SECOND_MS, waitMs } from '../src/clock.js'
import { onOrder } from './processes.js'
import type { DatasetFile } from './world.js'

const AT_ONCE = 4

interface NightOrder {
  url: string
  files: DatasetFile[]
  sequence: number
}

/** All authorities' software in one process: sends every dataset to a hub, a few at once, and answers the milliseconds. */
onOrder(async ({ url, files, sequence }: NightOrder): Promise<number> => {
  const startedAt = performance.now()
  const waiting = files.values()
  const sendSome = async () => {
    for (const { code, file } of waiting) {
      await send(`${url}/v1/authorities/${code}/datasets`, numbered(readFileSync(file), sequence))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendSome))
  return performance.now() - startedAt
})

/** Sends a dataset until it is taken: one that the hub puts off is sent again when it says. */
async function send(url: string, body: Buffer): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await answer.text()
    // 200: accepted while an earlier answer did not come in time.
    if (answer.status === 201 || answer.status === 200) return
    if (answer.status !== 503)
      throw new Error(`A dataset was answered ${answer.status}: ${text.slice(0, 500)}`)
    await waitMs(Number(answer.headers.get('retry-after')) * SECOND_MS)
  }
}

/** The same dataset under another sequence, which stands in front. */
function numbered(bytes: Buffer, sequence: number): Buffer {
  const head = '{"sequence":'
  const end = bytes.indexOf(',')
  if (bytes.toString('latin1', 0, head.length) !== head)
    throw new Error('a dataset does not begin with its sequence')
  return Buffer.concat([Buffer.from(`${head}${sequence}`), bytes.subarray(end)])
}

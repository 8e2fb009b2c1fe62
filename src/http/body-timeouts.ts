import type { IncomingMessage } from 'node:http'
import { SECOND_MS } from '../clock.js'

const BODY_MS_MAX = 30 * SECOND_MS
const DATASET_MS_MAX = 300 * SECOND_MS
const DATASET_WINDOW_MS = 10 * SECOND_MS
const DATASET_WINDOW_BYTES_MIN = 10 * 8 * 1024

/** One body on its way, as it was when the limits were last looked at. */
export interface Arrival {
  request: IncomingMessage
  since: number
  windowSince: number
  windowBytes: number
}

/**
 * Whether a body takes too long: 30 seconds; a dataset 300 seconds, or ten in which less than 80 KiB came.
 * `now` is the machine's clock in milliseconds, `bytesRead` what its connection has brought so far.
 */
export function isTooSlow(arrival: Arrival, isDataset: boolean, now: number, bytesRead: number): boolean {
  if (!isDataset) return now - arrival.since >= BODY_MS_MAX
  if (now - arrival.since >= DATASET_MS_MAX) return true
  if (now - arrival.windowSince < DATASET_WINDOW_MS) return false
  const isSlow = bytesRead - arrival.windowBytes < DATASET_WINDOW_BYTES_MIN
  arrival.windowSince = now
  arrival.windowBytes = bytesRead
  return isSlow
}

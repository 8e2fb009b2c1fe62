import { gunzipSync } from 'node:zlib'

const NAME = '"sequence"'
const VALUE = /^\s*:\s*(\d{1,15})/
const VALUE_BYTES = 40
// The event loop waits for it, and only a dataset that had no verdict is looked at.
const INFLATED_BYTES_MAX = 4_194_304

/**
 * The sequence number in the JSON of a dataset that nobody has read, or that was not to be had; null unless exactly one
 * stands there.
 */
export function sequenceIn(bytes: Buffer, gzipped: boolean): number | null {
  const json = gzipped ? inflatedIn(bytes) : bytes
  const found: number[] = []
  let at = json.indexOf(NAME)
  while (at !== -1 && found.length < 2) {
    const end = at + NAME.length
    const [, value] = VALUE.exec(json.toString('latin1', end, end + VALUE_BYTES)) ?? []
    if (value !== undefined) found.push(Number(value))
    at = json.indexOf(NAME, end)
  }
  return found.length === 1 ? (found[0] ?? null) : null
}

/** The text of what is gzip; nothing when it is none, or too long. */
export function inflatedIn(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX })
  } catch {
    return Buffer.alloc(0)
  }
}

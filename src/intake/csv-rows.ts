import { refuseTooManyRecords } from '../domain/dataset-limits.js'

const [LINE_FEED, QUOTE, COMMA] = [0x0a, 0x22, 0x2c] as const

const COLUMNS_MAX = 100
// Lines that hold no record: the header, and blank ones, of which a file may have some.
const OTHER_ROWS_MAX = 10_000
// A faultless row with the longest names takes a sixth of it.
const ROW_BYTES_MAX = 65_536

/**
 * Refuses a CSV of more rows than a dataset can have, blank ones too: the parser takes longer for them than for records.
 * Finds the first row of a CSV that no dataset has: one of a thousand columns, or so long that a quote was hardly meant to
 * stay open. The parser would build it whole, whatever its size, before anybody could look at it.
 */
export function findMonstrousRow(
  bytes: Buffer,
  recordsMax: number,
): { start: number; why: string } | undefined {
  let start = 0
  let rows = 0
  let commas = 0
  let isQuoted = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) isQuoted = !isQuoted
    else if (byte === COMMA && !isQuoted) commas += 1
    else if (byte === LINE_FEED && !isQuoted) {
      start = at + 1
      commas = 0
      rows += 1
      if (rows > recordsMax + OTHER_ROWS_MAX) throw refuseTooManyRecords({ recordsMax })
    }
    if (commas >= COLUMNS_MAX) return { start, why: `The row has more than ${COLUMNS_MAX} columns.` }
    if (at - start >= ROW_BYTES_MAX) return { start, why: `The row is longer than ${ROW_BYTES_MAX} bytes.` }
  }
  return undefined
}

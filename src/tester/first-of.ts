import { bytesOf, type JournalEntry } from './journal-entry.js'

// The event loop waits while an answer is written, and whoever asked for it must hold it.
const SHOWN_BYTES_MAX = 8_388_608

/** The first of these, up to `limit` and to so many bytes as one answer may show, but one at least; and whether there are more. */
export function firstOf(entries: Iterable<JournalEntry>, limit: number) {
  const shown: JournalEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    bytes += bytesOf(entry)
    const isFull = shown.length >= limit || (shown.length > 0 && bytes > SHOWN_BYTES_MAX)
    if (isFull) return { shown, more: true }
    shown.push(entry)
  }
  return { shown, more: false }
}

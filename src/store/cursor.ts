import { refuse } from '../domain/problem.js'

/** Where a page ended, as opaque text; `listing` keeps the cursor of one listing from another. */
export function encodeCursor(listing: string, position: string | number): string {
  return Buffer.from(`${listing}:${position}`).toString('base64url')
}

/** The position in a cursor that this listing gave; refuses any other text with CURSOR. */
export function decodeCursor(listing: string, cursor: string): string {
  const decoded = Buffer.from(cursor, 'base64url').toString()
  const position = decoded.slice(listing.length + 1)
  const isOurs = decoded.startsWith(`${listing}:`) && /^[A-Za-z0-9-]{1,64}$/.test(position)
  if (!isOurs || encodeCursor(listing, position) !== cursor) throw strangeCursor()
  return position
}

/** The position in a cursor of a listing that counts; refuses what is not written as it writes numbers. */
export function decodeNumberCursor(listing: string, cursor: string): number {
  const text = decodeCursor(listing, cursor)
  const position = Number(text)
  if (!Number.isSafeInteger(position) || position < 0 || String(position) !== text) throw strangeCursor()
  return position
}

function strangeCursor(): Error {
  return refuse('CURSOR', 'Send `after` exactly as `next` was given by the page before, to the same listing.')
}

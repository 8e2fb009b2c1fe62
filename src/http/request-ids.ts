import type { IncomingMessage } from 'node:http'
import { parseNhsNumber } from '../domain/nhs-number.js'

const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SEPARATORS = /[._-]/g
const TEN_DIGITS = /\d{10}/
// The ranges that are given out, and the synthetic one.
const GIVEN_OUT = /^(?:[467]|999)/

/** The caller's `x-request-id` when it is sane, else a new one: an id that could hold an NHS number would be logged. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const given = request.headers['x-request-id']
  if (typeof given !== 'string' || !SANE_ID.test(given)) return newId()
  return isRisky(given) ? newId() : given
}

/**
 * Ten digits in a row are risky, and so is a number that could be somebody's when it is written in pieces; `E06000006-10`
 * is not. One in five random UUIDs has ten digits in a row somewhere, and callers want theirs back: so of a UUID
 * only the beginning and the end are looked at, where one in two thousand has such a number.
 */
function isRisky(id: string): boolean {
  const bare = id.replace(SEPARATORS, '')
  if (UUID.test(id)) return [bare.slice(0, 10), bare.slice(-10)].some(couldBeSomebodys)
  if (TEN_DIGITS.test(id)) return true
  return everyTen(bare).some(couldBeSomebodys)
}

/** Each ten characters in a row, also those that overlap. */
function everyTen(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 9) }, (_, at) => text.slice(at, at + 10))
}

function couldBeSomebodys(ten: string): boolean {
  return GIVEN_OUT.test(ten) && typeof parseNhsNumber(ten) === 'object'
}

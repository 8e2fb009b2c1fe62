import type { IncomingMessage } from 'node:http'
import { isRepeatedDigit, parseNhsNumber } from '../domain/nhs-number.js'

const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SEPARATORS = /[._-]/g
// Also those that overlap.
const EVERY_TEN_DIGITS = /(?=(\d{10}))/g

/** The caller's `x-request-id` when it is sane, else a new one: an id that could hold an NHS number would be logged. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const given = request.headers['x-request-id']
  if (typeof given !== 'string' || !SANE_ID.test(given)) return newId()
  const tens = [...given.replace(SEPARATORS, '').matchAll(EVERY_TEN_DIGITS)]
  // One in five random UUIDs has ten digits in a row, so in these they must be an NHS number as well.
  const isRisky = UUID.test(given) ? tens.some(([, ten]) => isNhsNumber(ten as string)) : tens.length > 0
  return isRisky ? newId() : given
}

function isNhsNumber(tenDigits: string): boolean {
  const parsed = parseNhsNumber(tenDigits)
  return typeof parsed === 'object' && !isRepeatedDigit(parsed.nhsNumber)
}

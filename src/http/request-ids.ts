import type { IncomingMessage } from 'node:http'

const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TEN_DIGITS = /\d{10}/

/** The caller's `x-request-id` when it is sane, else a new one: an id that could be an NHS number would be logged. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const given = request.headers['x-request-id']
  if (typeof given !== 'string' || !SANE_ID.test(given)) return newId()
  return UUID.test(given) || !TEN_DIGITS.test(given) ? given : newId()
}

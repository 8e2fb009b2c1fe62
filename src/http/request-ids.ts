import type { IncomingMessage } from 'node:http'
import { parseNhsNumber } from '../domain/nhs-number.js'

const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SEPARATORS = /[._-]/g
const TEN_DIGITS = /\d{10}/
// The ranges that are given out, and those of examples and tests.
const GIVEN_OUT = /^[34679]/

/** The caller's `x-request-id` when it is sane, else a new one: an id that could hold an NHS number would be logged. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && SANE_ID.test(given) && !isRisky(given) ? given : newId()
}

const PRINTABLE = /^[\x20-\x7e]{1,255}$/
const RUNS_OF_DIGITS = /\d+/g

/** Whether a caller's reference, which is not logged, may be sent back: not when an NHS number stands in it. */
export function mayBeEchoed(given: string): boolean {
  if (!PRINTABLE.test(given)) return false
  return !numbersIn(given).some(couldBeSomebodys)
}

/** Each ten digits that stand alone, in one run or in runs of three, three and four. */
function numbersIn(text: string): string[] {
  const runs = text.match(RUNS_OF_DIGITS) ?? []
  const inThree = runs.flatMap((run, i) => {
    const written = [run, ...runs.slice(i + 1, i + 3)]
    return written.map(({ length }) => length).join() === '3,3,4' ? [written.join('')] : []
  })
  return [...runs.filter(({ length }) => length === 10), ...inThree]
}

/**
 * A number that could be somebody's is risky, also in pieces, and so are any ten digits in a row; `E06000006-10` is not.
 * In a UUID ten digits in a row come by chance: there only a number that could be somebody's counts, and callers get
 * 99 of 100 back.
 */
function isRisky(id: string): boolean {
  if (TEN_DIGITS.test(id) && !UUID.test(id)) return true
  return everyTen(id.replace(SEPARATORS, '')).some(couldBeSomebodys)
}

/** Each ten characters in a row, also those that overlap. */
function everyTen(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 9) }, (_, at) => text.slice(at, at + 10))
}

function couldBeSomebodys(ten: string): boolean {
  return GIVEN_OUT.test(ten) && typeof parseNhsNumber(ten) === 'object'
}

import { METHODS } from 'node:http'
import { type Instant, MINUTE_MS, parseInstant } from '../../clock.js'
import { parseDuration } from '../../domain/duration.js'
import { type HubError, refuse } from '../../domain/problem.js'
import { getNhsNumber } from '../../hub/look-up-child.js'
import type { ExpectationBody, RequestFilterBody } from '../../messages/tester/journal.js'
import { isCaller } from '../../tester/callers.js'
import type { Bound } from '../../tester/expect-requests.js'
import type { RequestFilter } from '../../tester/request-filter.js'

/**
 * The filter that is wished for. One that can fit nothing is refused, since every expectation of none would come true:
 * by a route or a method that there is not, by a method that the route does not have, by an end before its beginning.
 * What met no route stands in the journal as well, under whichever method HTTP has.
 */
export function filterOf(
  { limit: _, since, until, nhsNumber, ...rest }: RequestFilterBody,
  routes: ReadonlyMap<string, ReadonlySet<string>>,
  pointer = '',
): RequestFilter {
  const { route, method } = rest
  const methods = route === undefined ? HTTP_METHODS : routes.get(route)
  if (methods === undefined)
    throw faulty(`${pointer}/route`, 'must be a path of openapi.yaml, such as /v1/lookups')
  if (method !== undefined && !methods.has(method))
    throw faulty(
      `${pointer}/method`,
      `must be ${route === undefined ? 'a method of HTTP' : 'one of the route'}`,
    )
  if (rest.caller !== undefined && !isCaller(rest.caller))
    throw faulty(`${pointer}/caller`, 'must be the code of an authority, or an ODS code')
  const from = since === undefined ? undefined : momentOf(since, `${pointer}/since`)
  const to = until === undefined ? undefined : momentOf(until, `${pointer}/until`)
  if (from !== undefined && to !== undefined && from > to)
    throw faulty(`${pointer}/until`, 'must not be before since')
  return {
    ...rest,
    ...(from !== undefined && { since: from }),
    ...(to !== undefined && { until: to }),
    ...(nhsNumber !== undefined && { nhsNumber: getNhsNumber(nhsNumber) }),
  }
}

// No other can be read as a request.
const HTTP_METHODS: ReadonlySet<string> = new Set(METHODS)

const BOUND_KINDS = ['count', 'atLeast', 'atMost'] as const

export function boundOf(body: ExpectationBody): Bound {
  const given = BOUND_KINDS.filter((kind) => body[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1)
    throw faulty(
      given[1] === undefined ? '' : `/${given[1]}`,
      'needs exactly one of count, atLeast and atMost',
    )
  return { kind, requests: body[kind] ?? 0 }
}

const WITHIN_MS_MAX = MINUTE_MS

export function withinMsOf({ within }: ExpectationBody): number {
  if (within === undefined) return 0
  const ms = parseDuration(within)
  if (ms !== undefined && ms <= WITHIN_MS_MAX) return ms
  throw faulty('/within', 'must be a duration of at most a minute, such as PT5S')
}

function momentOf(text: string, pointer: string): Instant {
  const moment = parseInstant(text)
  if (moment !== undefined) return moment
  throw faulty(pointer, 'must be a real RFC 3339 date and time with its offset')
}

function faulty(pointer: string, message: string): HubError {
  return refuse('SCHEMA_VIOLATION', 'The wish cannot be fulfilled; errors says why.', [{ pointer, message }])
}

import { type Instant, MINUTE_MS, parseInstant } from '../../clock.js'
import { parseDuration } from '../../domain/duration.js'
import { type HubError, refuse } from '../../domain/problem.js'
import { getNhsNumber } from '../../hub/look-up-child.js'
import type { ExpectationBody, RequestFilterBody } from '../../messages/tester/journal.js'
import { isCaller } from '../../tester/callers.js'
import type { Bound } from '../../tester/expect-requests.js'
import type { RequestFilter } from '../../tester/request-filter.js'

/**
 * The filter that is wished for. A route that there is not is refused: a filter that can fit nothing would let every
 * expectation of none come true.
 */
export function filterOf(
  { limit: _, since, until, nhsNumber, ...rest }: RequestFilterBody,
  routes: ReadonlySet<string>,
  pointer = '',
): RequestFilter {
  if (rest.route !== undefined && !routes.has(rest.route))
    throw faulty(`${pointer}/route`, 'must be a path of openapi.yaml, such as /v1/lookups')
  if (rest.caller !== undefined && !isCaller(rest.caller))
    throw faulty(`${pointer}/caller`, 'must be the code of an authority, or an ODS code')
  return {
    ...rest,
    ...(since !== undefined && { since: momentOf(since, `${pointer}/since`) }),
    ...(until !== undefined && { until: momentOf(until, `${pointer}/until`) }),
    ...(nhsNumber !== undefined && { nhsNumber: getNhsNumber(nhsNumber) }),
  }
}

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

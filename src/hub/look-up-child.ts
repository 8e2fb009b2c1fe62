import { type Instant, londonDate } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import type { Idempotency } from '../domain/idempotency.js'
import type { LookupOutcome } from '../domain/lookup.js'
import { type NhsNumber, parseNhsNumber } from '../domain/nhs-number.js'
import { refuse } from '../domain/problem.js'
import type { RequestOrigin } from '../domain/request-origin.js'
import type { Requester } from '../domain/requester.js'
import { pause } from '../pause.js'
import type { HubContext } from './context.js'

interface AnyLookup {
  nhsNumber: string
}

/** Who asks silently need not be known. */
interface ScheduledLookup extends AnyLookup {
  careSetting: 'scheduled'
  requester: Requester | null
}

interface UnscheduledLookup extends AnyLookup {
  careSetting: 'unscheduled'
  requester: Requester
  location: string | null
}

export type ChildLookup = ScheduledLookup | UnscheduledLookup

/** An answer, and the moment for which it was decided. */
export type AnsweredLookup = Extract<LookupOutcome, { kind: 'answered' }> & {
  nhsNumber: NhsNumber
  now: Instant
  today: CalendarDate
}

/**
 * Answers whether a child is at risk and whom to ring. An unscheduled hit is recorded and every responsible
 * authority told, on disk, before this resolves. Refuses INVALID_NHS_NUMBER and IDEMPOTENCY_KEY_REUSED.
 */
export async function lookUpChild(
  hub: HubContext,
  origin: RequestOrigin,
  lookup: ChildLookup,
  idempotency: Idempotency | undefined,
): Promise<AnsweredLookup> {
  pause('W1 lookup received')
  const nhsNumber = getNhsNumber(lookup.nhsNumber)
  const now = hub.clock()
  const today = londonDate(now)
  const question = { nhsNumber, now, today, idempotency, origin }
  const outcome = await hub.store.lookUp(
    lookup.careSetting === 'scheduled'
      ? { ...question, silent: true }
      : {
          ...question,
          silent: false,
          requester: lookup.requester,
          location: lookup.location,
          newAccessId: hub.newId(),
          collapseMs: hub.rules.collapseMs,
        },
  )
  pause('W4 lookup durable')
  if (outcome.kind === 'key-reused') throw keyReused()
  if (lookup.requester !== null) hub.activity.lookedUp(lookup.requester.organisation.odsCode, now)
  return { ...outcome, nhsNumber, now, today }
}

export function getNhsNumber(text: string): NhsNumber {
  const parsed = parseNhsNumber(text)
  if (typeof parsed === 'object') return parsed.nhsNumber
  const why = {
    NHS_NUMBER_FORMAT: 'It must be ten digits, bare or written 3-3-4 with spaces or hyphens.',
    NHS_NUMBER_OLD_STYLE: 'Numbers with letters were replaced in 1996; trace the ten-digit one.',
    NHS_NUMBER_CHECK_DIGIT: 'Its last digit does not fit the others: a digit is wrong or two are swapped.',
  }[parsed]
  throw refuse('INVALID_NHS_NUMBER', why)
}

export function keyReused() {
  return refuse(
    'IDEMPOTENCY_KEY_REUSED',
    'Use a new key for a new request; keep the old one for retries of the old.',
  )
}

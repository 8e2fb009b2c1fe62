import type { AccessDecision } from '../../../domain/access-event.js'
import { decideKey } from '../../../domain/idempotency.js'
import type { LookupOutcome, LookupQuestion, VisiblePlan } from '../../../domain/lookup.js'
import type { Connection } from '../open.js'
import { accessesShown, latestAccesses } from './accesses.js'
import { findKey } from './idempotency.js'
import { hasPlan, visiblePlansOf } from './plans.js'

export type PinnedAccess = Omit<AccessDecision, 'toNotify'>

/**
 * The first read of a lookup. Answers it, unless it is unscheduled and the number has a plan (`undefined`): then its
 * own transaction decides, and reads all that is needed, so here it is only seen that there is one.
 */
export function readLookup(connection: Connection, question: LookupQuestion): LookupOutcome | undefined {
  const { nhsNumber, today, silent } = question
  if (!silent && hasPlan(connection, nhsNumber)) return undefined
  return settleLookup(connection, question, visiblePlansOf(connection, nhsNumber, today))
}

/**
 * What answers a lookup without writing, given the plans of today: a miss, a silent read, or a key that was kept, with
 * the access that it pins. Undefined for an unscheduled hit.
 */
export function settleLookup(
  connection: Connection,
  question: LookupQuestion,
  plans: VisiblePlan[],
): LookupOutcome | undefined {
  const { nhsNumber, idempotency, origin, now } = question
  const shown = (access: PinnedAccess | null) => {
    if (plans.length === 0) return []
    return access === null
      ? latestAccesses(connection, nhsNumber)
      : accessesShown(connection, nhsNumber, access.id)
  }
  const answer = (access: PinnedAccess | null, replayed: boolean): LookupOutcome => ({
    kind: 'answered',
    plans,
    accesses: shown(access),
    access,
    replayed,
  })
  if (idempotency !== undefined) {
    const kept = findKey<PinnedAccess>(connection, origin, idempotency.key)
    const decision = decideKey(kept, idempotency, now)
    if (decision === 'reused') return { kind: 'key-reused' }
    if (decision === 'replay' && kept !== undefined) return answer(kept.reply, true)
  }
  return plans.length === 0 || question.silent ? answer(null, false) : undefined
}

import type { AccessDecision } from '../../../domain/access-event.js'
import { decideKey } from '../../../domain/idempotency.js'
import type { LookupOutcome, LookupQuestion } from '../../../domain/lookup.js'
import type { Connection } from '../open.js'
import { accessesShown, latestAccesses } from './accesses.js'
import { findKey } from './idempotency.js'
import { visiblePlansOf } from './plans.js'

export type PinnedAccess = Omit<AccessDecision, 'toNotify'>

/**
 * The first read of a lookup. Answers it, unless it is an unscheduled hit: that has to be recorded first
 * (`undefined`). A key that was kept answers with the access that it pins and the plans of today.
 */
export function readLookup(connection: Connection, question: LookupQuestion): LookupOutcome | undefined {
  const { nhsNumber, today, idempotency, origin, now } = question
  const plans = visiblePlansOf(connection, nhsNumber, today)
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

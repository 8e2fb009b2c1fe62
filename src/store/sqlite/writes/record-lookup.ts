import { addMs } from '../../../clock.js'
import { type AccessDecision, type AccessEvent, decideAccess } from '../../../domain/access-event.js'
import type { LookupOutcome, UnscheduledQuestion, VisiblePlan } from '../../../domain/lookup.js'
import { holdersOf, notificationId, subjectOf } from '../../../domain/notification.js'
import { pause } from '../../../pause.js'
import { type Connection, statement } from '../open.js'
import { accessesShown, getAccess, lastAccessBy } from '../reads/accesses.js'
import { settleLookup } from '../reads/look-up.js'
import { visiblePlansOf } from '../reads/plans.js'
import { keepKey } from './idempotency.js'
import { queueNotification } from './notifications.js'

/**
 * An unscheduled lookup that seemed to be a hit: reads the plans again, decides the collapse, and writes the event
 * and its notifications. The reply is made from what is read here.
 */
export function recordLookup(connection: Connection, question: UnscheduledQuestion): LookupOutcome {
  const { nhsNumber, requester, now, today, collapseMs } = question
  const plans = visiblePlansOf(connection, nhsNumber, today)
  const settled = settleLookup(connection, question, plans)
  if (settled !== undefined) return settled
  const holders = holdersOf(plans.map(({ plan }) => plan))
  const previous = lastAccessBy(connection, nhsNumber, requester, { since: addMs(now, -collapseMs), now })
  const decision = decideAccess(now, question.newAccessId, previous, holders, collapseMs)
  keepAccess(connection, question, decision)
  pause('W2 event half written')
  notify(connection, question, decision, plans)
  const { toNotify: newlyNotified, ...access } = decision
  keepKey(connection, question.origin, question.idempotency, now, access)
  return {
    kind: 'answered',
    plans,
    accesses: accessesShown(connection, nhsNumber, access.id),
    access,
    replayed: false,
    newlyNotified,
  }
}

function keepAccess(connection: Connection, question: UnscheduledQuestion, decision: AccessDecision): void {
  const notified = JSON.stringify(decision.notified)
  if (decision.repeat) {
    if (decision.toNotify.length === 0) return
    statement(connection, 'update access_events set notified = ? where id = ?').run(notified, decision.id)
    return
  }
  const { nhsNumber, requester, location, origin } = question
  const { organisation, user } = requester
  statement(
    connection,
    `insert into access_events (id, nhs_number, at, ods_code, organisation_name, user_id, user_name, role_code,
       role_name, role_profile_id, location, notified, caller, request_id)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    decision.id,
    nhsNumber,
    decision.at,
    organisation.odsCode,
    organisation.name,
    user.id,
    user.name,
    user.roleCode ?? null,
    user.roleName ?? null,
    user.roleProfileId ?? null,
    location,
    notified,
    origin.caller,
    origin.requestId,
  )
}

function notify(
  connection: Connection,
  question: UnscheduledQuestion,
  decision: AccessDecision,
  visible: readonly VisiblePlan[],
): void {
  if (decision.toNotify.length === 0) return
  const plans = visible.map(({ plan }) => plan)
  const access = decision.repeat ? getAccess(connection, decision.id) : accessOf(question, decision)
  for (const code of decision.toNotify) {
    queueNotification(connection, {
      id: notificationId(decision.id, code),
      authorityCode: code,
      kind: 'access',
      createdAt: question.now,
      payload: { ...subjectOf(plans, code, question.today), access },
    })
  }
}

function accessOf({ requester, location }: UnscheduledQuestion, { id, at }: AccessDecision): AccessEvent {
  return { id, at, ...requester, location }
}

import {
  type Attendance,
  type AttendanceEntry,
  type AttendanceOutcome,
  liesTooFarAhead,
  type RecordedAttendance,
} from '../../../domain/attendance.js'
import { decideKey } from '../../../domain/idempotency.js'
import { holdersOf, notificationId, subjectOf } from '../../../domain/notification.js'
import { type Connection, statement } from '../open.js'
import { hasAccess } from '../reads/accesses.js'
import { findKey } from '../reads/idempotency.js'
import { hasPlan, visiblePlansOf } from '../reads/plans.js'
import { keepKey } from './idempotency.js'
import { queueNotification } from './notifications.js'
import { markOffIndex } from './off-index.js'

/** Stores the visit, and tells every authority that holds a visible plan. */
export function recordAttendance(connection: Connection, entry: AttendanceEntry): AttendanceOutcome {
  const { report, idempotency, origin, now, today, id } = entry
  const { nhsNumber, ...visit } = report
  if (idempotency !== undefined) {
    const kept = findKey<RecordedAttendance>(connection, origin, idempotency.key)
    const decision = decideKey(kept, idempotency, now)
    if (decision === 'reused') return { kind: 'key-reused' }
    if (decision === 'replay' && kept !== undefined)
      return { kind: 'recorded', replayed: true, ...kept.reply }
  }
  if (liesTooFarAhead(visit.at, now)) return { kind: 'too-far-ahead' }
  if (visit.accessId !== null && !hasAccess(connection, visit.accessId, nhsNumber))
    return { kind: 'access-unknown' }
  const plans = visiblePlansOf(connection, nhsNumber, today).map(({ plan }) => plan)
  const attendance: Attendance = { id, ...visit }
  const notified = holdersOf(plans)
  statement(
    connection,
    `insert into attendances (id, nhs_number, received_at, report, notified, caller, request_id)
     values (?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    id,
    nhsNumber,
    now,
    JSON.stringify(attendance),
    JSON.stringify(notified),
    origin.caller,
    origin.requestId,
  )
  for (const code of notified) {
    queueNotification(connection, {
      id: notificationId(id, code),
      authorityCode: code,
      kind: 'attendance',
      createdAt: now,
      payload: { ...subjectOf(plans, code, today), attendance },
    })
  }
  if (!hasPlan(connection, nhsNumber)) markOffIndex(connection, nhsNumber, now)
  const recorded: RecordedAttendance = { id, found: plans.length > 0, notified }
  keepKey(connection, origin, idempotency, now, recorded)
  return { kind: 'recorded', replayed: false, ...recorded }
}

import { londonDate } from '../clock.js'
import type { AttendanceReport, RecordedAttendance } from '../domain/attendance.js'
import type { Idempotency } from '../domain/idempotency.js'
import { refuse } from '../domain/problem.js'
import type { RequestOrigin } from '../domain/request-origin.js'
import type { HubContext } from './context.js'
import { getNhsNumber, keyReused } from './look-up-child.js'

/**
 * Stores a visit and tells every authority that holds a visible plan, on disk, before this resolves.
 * Refuses INVALID_NHS_NUMBER, AT_IN_FUTURE, ACCESS_UNKNOWN and IDEMPOTENCY_KEY_REUSED.
 */
export async function reportAttendance(
  hub: HubContext,
  origin: RequestOrigin,
  visit: Omit<AttendanceReport, 'nhsNumber'> & { nhsNumber: string },
  idempotency: Idempotency | undefined,
): Promise<RecordedAttendance & { replayed: boolean }> {
  const report: AttendanceReport = { ...visit, nhsNumber: getNhsNumber(visit.nhsNumber) }
  const now = hub.clock()
  const entry = { id: hub.newId(), report, now, today: londonDate(now), idempotency, origin }
  const outcome = await hub.store.recordAttendance(entry)
  switch (outcome.kind) {
    case 'key-reused':
      throw keyReused()
    case 'too-far-ahead':
      throw refuse(
        'AT_IN_FUTURE',
        '`at` may lie at most five minutes ahead of the hub’s clock. Check the offset.',
      )
    case 'access-unknown':
      throw refuse(
        'ACCESS_UNKNOWN',
        'accessId must be the access.id of a lookup of the same NHS number; or leave it out.',
      )
    default:
      hub.activity.attended(report.organisation.odsCode, now)
      return outcome
  }
}

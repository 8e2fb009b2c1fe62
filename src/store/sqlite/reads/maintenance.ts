import type { Instant } from '../../../clock.js'
import type { CalendarDate } from '../../../domain/calendar.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import type { DayRun, HealthActivity, MaintenanceMark } from '../../store.js'
import { type Connection, statement } from '../open.js'

export function readMaintenanceMark(connection: Connection): MaintenanceMark {
  const row = statement<{ at: string | null; day: string | null }>(
    connection,
    'select last_maintenance_at as at, last_maintenance_day as day from hub_state',
  ).get()
  return {
    lastMaintenanceAt: (row?.at ?? null) as Instant | null,
    lastDay: (row?.day ?? null) as CalendarDate | null,
  }
}

export function listDaysRun(connection: Connection, first: CalendarDate, last: CalendarDate): DayRun[] {
  const run = statement<{ day: CalendarDate }>(
    connection,
    'select day from days_run where day between ? and ?',
  ).all(first, last)
  const undone = statement<{ day: CalendarDate; code: AuthorityCode }>(
    connection,
    'select day, authority_code as code from days_undone where day between ? and ?',
  ).all(first, last)
  const codes = new Map<CalendarDate, AuthorityCode[]>()
  for (const { day, code } of undone) codes.set(day, [...(codes.get(day) ?? []), code])
  return run.map(({ day }) => ({ day, undoneFor: codes.get(day) ?? [] }))
}

export function readHealthActivity(connection: Connection): HealthActivity[] {
  return statement<HealthActivity>(
    connection,
    `select ods_code as odsCode, last_lookup_at as lastLookupAt, last_attendance_at as lastAttendanceAt
     from health_activity
     order by max(coalesce(last_lookup_at, ''), coalesce(last_attendance_at, ''))`,
  ).all()
}

import type { Instant } from '../../../clock.js'
import type { CalendarDate } from '../../../domain/calendar.js'
import type { HealthActivity, MaintenanceMark } from '../../store.js'
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

export function listDaysRun(connection: Connection, first: CalendarDate, last: CalendarDate): CalendarDate[] {
  const sql = 'select day from days_run where day between ? and ?'
  return statement(connection, sql).pluck().all(first, last) as CalendarDate[]
}

export function readHealthActivity(connection: Connection): HealthActivity[] {
  return statement<HealthActivity>(
    connection,
    `select ods_code as odsCode, last_lookup_at as lastLookupAt, last_attendance_at as lastAttendanceAt
     from health_activity
     order by max(coalesce(last_lookup_at, ''), coalesce(last_attendance_at, ''))`,
  ).all()
}

import { addMs, type Instant, MINUTE_MS } from '../clock.js'
import type { CalendarDate } from './calendar.js'
import type { Idempotency } from './idempotency.js'
import type { AuthorityCode } from './local-authority.js'
import type { NhsNumber } from './nhs-number.js'
import type { RequestOrigin } from './request-origin.js'
import type { Requester } from './requester.js'

export const ATTENDANCE_SERVICES = [
  'emergency-department',
  'urgent-treatment-centre',
  'minor-injury-unit',
  'walk-in-centre',
  'out-of-hours',
  'ambulance',
  'nhs-111',
  'maternity',
  'paediatric-ward',
  'scheduled-clinic',
] as const
export type AttendanceService = (typeof ATTENDANCE_SERVICES)[number]

export const ATTENDANCE_EVENTS = [
  'arrived',
  'left-before-treatment',
  'discharged',
  'admitted',
  'was-not-brought',
] as const
export type AttendanceEvent = (typeof ATTENDANCE_EVENTS)[number]

/** Clocks of two systems differ; an attendance may lie this far ahead of the hub's. */
export const ATTENDANCE_AHEAD_MAX_MS = 5 * MINUTE_MS

/** The visit itself, as health reports it. */
export interface AttendanceReport extends Requester {
  nhsNumber: NhsNumber
  accessId: string | null
  service: AttendanceService
  event: AttendanceEvent
  at: Instant
  safeguardingConcern: boolean | null
  note: string | null
  callback: { name: string; phone: string } | null
}

/** What an authority is told of a visit: all of it but the number, which stands beside it. */
export type Attendance = Omit<AttendanceReport, 'nhsNumber'> & { id: string }

export function liesTooFarAhead(at: Instant, now: Instant): boolean {
  return at > addMs(now, ATTENDANCE_AHEAD_MAX_MS)
}

/** A report with everything that its transaction needs to decide. */
export interface AttendanceEntry {
  id: string
  report: AttendanceReport
  now: Instant
  today: CalendarDate
  idempotency: Idempotency | undefined
  origin: RequestOrigin
}

export interface RecordedAttendance {
  id: string
  found: boolean
  notified: AuthorityCode[]
}

export type AttendanceOutcome =
  | ({ kind: 'recorded'; replayed: boolean } & RecordedAttendance)
  | { kind: 'access-unknown' }
  | { kind: 'too-far-ahead' }
  | { kind: 'key-reused' }

import { type CalendarDate, dateFromDayNumber, dayNumber, parseCalendarDate } from './domain/calendar.js'

/** A moment in UTC, always written `2026-11-24T09:30:00.000Z`, so that text order is time order. */
export type Instant = string & { readonly brand: 'Instant' }

/** The hub's clock: every rule, lease, key and retention reads the time here and nowhere else. */
export type Clock = () => Instant

/** The machine's clock: for timeouts and latencies only, never for a rule. */
export interface MachineClock {
  /** Milliseconds since some fixed point; only differences mean anything. */
  now(): number
  /**
   * Calls back once after `delayMs`, and answers a function that cancels. Keeps the process alive only with `isAwaited`:
   * for what a caller in the same process waits for.
   */
  after(delayMs: number, callback: () => void, isAwaited?: boolean): () => void
}

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

const INSTANT_PATTERN =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

export const systemClock: Clock = () => {
  const ms = Date.now()
  if (ms !== lastRead.ms) lastRead = { ms, instant: instantAt(ms) }
  return lastRead.instant
}
// Many a request comes in the same millisecond, and a moment is dear to write.
let lastRead = { ms: Number.NaN, instant: '' as Instant }

/** A clock that stands still; for tests. */
export function fixedClock(at: string): Clock {
  const instant = parseInstant(at)
  if (instant === undefined) throw new Error('fixedClock needs an RFC 3339 instant')
  return () => instant
}

export const systemMachineClock: MachineClock = {
  now: () => performance.now(),
  after(delayMs, callback, isAwaited = false) {
    const timer = setTimeout(callback, delayMs)
    if (!isAwaited) timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Waits by the machine's clock, and keeps the process alive meanwhile; for programs, never in a hub. */
export function waitMs(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

/** Reads an RFC 3339 date-time with its offset (section 5.6) and answers it in UTC, or undefined. */
export function parseInstant(text: string): Instant | undefined {
  const match = INSTANT_PATTERN.exec(text)
  if (match === null || typeof parseCalendarDate(match[1] as string) !== 'object') return undefined
  const parsed = new Date(text.toUpperCase())
  if (Number.isNaN(parsed.getTime())) return undefined
  const utc = parsed.toISOString()
  // An offset can carry it out of the years 0001-9999, and such a text no longer sorts by time.
  return typeof parseCalendarDate(utc.slice(0, 10)) === 'object' ? (utc as Instant) : undefined
}

export function epochMs(instant: Instant): number {
  return Date.parse(instant)
}

export function instantAt(ms: number): Instant {
  return new Date(ms).toISOString() as Instant
}

export function addMs(instant: Instant, ms: number): Instant {
  return instantAt(epochMs(instant) + ms)
}

const londonParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  hourCycle: 'h23',
})

/** London's offset from UTC in the clock hour that holds `ms`; it only ever changes on a whole hour. */
function londonOffsetMs(ms: number): number {
  const hour = Math.floor(ms / HOUR_MS)
  const part: Record<string, string> = {}
  for (const { type, value } of londonParts.formatToParts(hour * HOUR_MS)) part[type] = value
  const date = parseCalendarDate(`${part.year?.padStart(4, '0')}-${part.month}-${part.day}`)
  if (typeof date !== 'object') throw new Error('no London date for this instant')
  return dayNumber(date.date) * DAY_MS + Number(part.hour) * HOUR_MS - hour * HOUR_MS
}

/** The calendar date in Europe/London at this instant: the only day boundary that the hub knows. */
export function londonDate(instant: Instant): CalendarDate {
  const hour = instant.slice(0, HOUR_LENGTH)
  // Intl costs microseconds and every lookup asks, so the last hour's answer is kept; it holds for the whole hour.
  if (lastAsked.hour !== hour) {
    const ms = epochMs(instant)
    lastAsked = { hour, date: dateFromDayNumber(Math.floor((ms + londonOffsetMs(ms)) / DAY_MS)) }
  }
  return lastAsked.date
}
const HOUR_LENGTH = '2026-11-24T09'.length
let lastAsked = { hour: '', date: '' as CalendarDate }

/** The instant at which a date begins in Europe/London. */
export function londonMidnight(date: CalendarDate): Instant {
  const utcMidnight = dayNumber(date) * DAY_MS
  const offset = [2 * HOUR_MS, HOUR_MS, 0].find((ms) => londonOffsetMs(utcMidnight - ms) === ms) ?? 0
  return instantAt(utcMidnight - offset)
}

/** A date of the Gregorian calendar, `YYYY-MM-DD`, with no time and no zone. */
export type CalendarDate = string & { readonly brand: 'CalendarDate' }

const DATE_PATTERN = /^\d{4}-\d{2}-\d{2}$/
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const
const DAYS_TO_1970 = 719_162
const LAST_DATE = '9999-12-31' as CalendarDate

/** Reads `YYYY-MM-DD`; says whether the shape is wrong or the day does not exist. */
export function parseCalendarDate(text: string): { date: CalendarDate } | 'DATE_FORMAT' | 'DATE_NOT_REAL' {
  if (!DATE_PATTERN.test(text)) return 'DATE_FORMAT'
  const year = numberAt(text, 0, 4)
  const month = numberAt(text, 5, 7)
  const day = numberAt(text, 8, 10)
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return 'DATE_NOT_REAL'
  return { date: text as CalendarDate }
}

// A night reads half a million dates: this makes no text for each part of them.
function numberAt(text: string, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i += 1) value = value * 10 + text.charCodeAt(i) - 48
  return value
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function daysBeforeYear(year: number): number {
  const past = year - 1
  return past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400)
}

/** Days since 1970-01-01, so that differences of dates are differences of numbers. */
export function dayNumber(date: CalendarDate): number {
  const year = numberAt(date, 0, 4)
  const month = numberAt(date, 5, 7)
  const leapDay = month > 2 && isLeapYear(year) ? 1 : 0
  const beforeMonth = DAYS_BEFORE_MONTH[month - 1] as number
  return daysBeforeYear(year) + beforeMonth + leapDay + numberAt(date, 8, 10) - 1 - DAYS_TO_1970
}

export function dateFromDayNumber(days: number): CalendarDate {
  const sinceYearOne = days + DAYS_TO_1970
  let year = Math.max(1, Math.floor(sinceYearOne / 365.2425))
  while (daysBeforeYear(year + 1) <= sinceYearOne) year += 1
  let rest = sinceYearOne - daysBeforeYear(year)
  let month = 1
  while (rest >= daysInMonth(year, month)) {
    rest -= daysInMonth(year, month)
    month += 1
  }
  const two = (n: number) => String(n).padStart(2, '0')
  return `${fourDigits(year)}-${two(month)}-${two(rest + 1)}` as CalendarDate
}

function fourDigits(year: number): string {
  return year > 999 ? String(year) : String(year).padStart(4, '0')
}

export function addDays(date: CalendarDate, days: number): CalendarDate {
  return dateFromDayNumber(dayNumber(date) + days)
}

/**
 * The day on which a person becomes eighteen. Someone born on 29 February does so on 1 March,
 * since no eighteenth year after a leap year is one. A birthday after the last date that can be written is that
 * date: a birth date that stands for "unknown", such as 9999-12-31, must not end a plan today.
 */
export function eighteenthBirthday(birthDate: CalendarDate): CalendarDate {
  const year = numberAt(birthDate, 0, 4) + 18
  if (year > 9999) return LAST_DATE
  const monthAndDay = birthDate.slice(4)
  return `${fourDigits(year)}${monthAndDay === '-02-29' && !isLeapYear(year) ? '-03-01' : monthAndDay}` as CalendarDate
}

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.js'

// Written out instead of a library's: those read months and years too, whose length nobody can say.
const DURATION =
  /^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,3}))?S)?)?$/

const WEEK_MS = 7 * DAY_MS

/**
 * Reads an ISO 8601 duration of weeks, days and time, such as `PT25H` or `P1DT30M`, as milliseconds; a day is 24 hours,
 * whatever the clocks of London do in it. Undefined for anything else: months, years, signs, nothing at all.
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (match === null || text === 'P' || text.endsWith('T')) return undefined
  const [, weeks, days, , hours, minutes, seconds, fraction = ''] = match
  return (
    Number(weeks ?? 0) * WEEK_MS +
    Number(days ?? 0) * DAY_MS +
    Number(hours ?? 0) * HOUR_MS +
    Number(minutes ?? 0) * MINUTE_MS +
    Number(seconds ?? 0) * SECOND_MS +
    Number(fraction.padEnd(3, '0'))
  )
}

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.js'

const DURATION = /^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?$/

/** Reads an ISO 8601 duration of weeks, days and time, in milliseconds, or undefined. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (match === null || text.endsWith('P') || text.endsWith('T')) return undefined
  const [, weeks = 0, days = 0, , hours = 0, minutes = 0, seconds = 0] = match
  return (
    (Number(weeks) * 7 + Number(days)) * DAY_MS +
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Number(seconds) * SECOND_MS
  )
}

import { type Instant, londonMidnight } from '../clock.js'
import { addDays, type CalendarDate } from '../domain/calendar.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { HubContext } from './context.js'

/** A day whose maintenance is due: for the authorities whose reset undid it, or for all. */
export interface MissedDay {
  day: CalendarDate
  only?: readonly AuthorityCode[]
}

/**
 * The days that began since the last run. What a clock ahead of time has marked as done is told when its day comes, once:
 * the notices are named by their days. Where testers set the clock, a day runs once.
 */
export async function listMissedDays(
  hub: HubContext,
  lastDay: CalendarDate | null,
  today: CalendarDate,
): Promise<MissedDay[]> {
  if (lastDay === null) return [{ day: today }]
  if (lastDay > today) return hub.daysRunOnce ? [] : [{ day: today }]
  const first = addDays(lastDay, 1)
  const ran = hub.daysRunOnce ? await hub.store.listDaysRun(first, today) : []
  const undoneFor = new Map(ran.map((run) => [run.day, run.undoneFor]))
  const days: MissedDay[] = []
  for (let day = first; day <= today; day = addDays(day, 1)) {
    const only = undoneFor.get(day)
    if (only === undefined) days.push({ day })
    else if (only.length > 0) days.push({ day, only })
  }
  return days
}

const NONE: ReadonlyMap<CalendarDate, AuthorityCode[]> = new Map()

/**
 * For each day, as of the midnight that began it: one notice for each authority that is overdue, and the plans that no
 * longer show go. What they leave is removed by one later purge, which is the same as one each day.
 */
export async function passMidnights(
  hub: HubContext,
  days: readonly MissedDay[],
  { purgedAsOfNow, stop }: { purgedAsOfNow?: CalendarDate; stop?: AbortSignal | undefined },
): Promise<void> {
  const [first, last] = [days[0]?.day, days.at(-1)?.day]
  if (first === undefined || last === undefined) return
  const departures = first === purgedAsOfNow ? NONE : await findDepartures(hub, first, last)
  for (let from = 0; from < days.length && !stop?.aborted; from += DAYS_AT_ONCE) {
    const writes = days.slice(from, from + DAYS_AT_ONCE).flatMap((missed) => {
      const { day, only } = missed
      const at = londonMidnight(day)
      const notices = queueMissedNotices(hub, at, missed)
      if (day === purgedAsOfNow) return [notices]
      const codes = (departures.get(day) ?? []).filter((code) => only?.includes(code) ?? true)
      return [notices, ...codes.map((code) => hub.store.purgePlans(code, day, at))]
    })
    await Promise.all(writes)
  }
}

// Writes that are asked for together share a commit, in the order in which they were asked.
const DAYS_AT_ONCE = 64

/** A notice for each authority that is overdue at the midnight that begins a day and ends the one that was missed. */
async function queueMissedNotices(hub: HubContext, at: Instant, { day, only }: MissedDay): Promise<void> {
  const { freshness: rules } = hub.rules
  const missed = { at, date: addDays(day, -1), rules, newlyOverdueOnly: false }
  await hub.store.queueOverdueNotices(only === undefined ? missed : { ...missed, only })
}

/**
 * Of which authorities a plan leaves the index on which day. Every plan is read once for all the days: reading all of
 * England for each took a third of a second a day.
 */
async function findDepartures(
  hub: HubContext,
  first: CalendarDate,
  last: CalendarDate,
): Promise<Map<CalendarDate, AuthorityCode[]>> {
  const departures = new Map<CalendarDate, AuthorityCode[]>()
  for (const code of await codesOf(hub)) {
    for (const day of await hub.store.listDepartures(code, first, last))
      departures.set(day, [...(departures.get(day) ?? []), code])
  }
  return departures
}

export async function codesOf(hub: HubContext): Promise<AuthorityCode[]> {
  return (await hub.store.listAuthorities()).map(({ code }) => code)
}

import { addMs, DAY_MS, HOUR_MS, type Instant, londonDate, londonMidnight, MINUTE_MS } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import { IDEMPOTENCY_KEPT_HOURS } from '../domain/idempotency.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { HubContext } from './context.js'
import { codesOf, listMissedDays, type MissedDay, passMidnights } from './missed-midnights.js'

const ACKNOWLEDGED_KEPT_DAYS = 30
const RECEIPTS_KEPT_DAYS = 2 * 365

/**
 * What is due daily: for each midnight (Europe/London) since the last run, as of that midnight, the overdue notices and
 * the purge of what retention has passed; then the purge as of now, and the writing down of health's activity. Running
 * it again changes nothing. `stop` ends it between two of its transactions; the day then counts as not done, as after
 * an error.
 */
export async function runMaintenance(hub: HubContext, stop?: AbortSignal): Promise<void> {
  await hub.upkeep.run(() => maintain(hub, stop))
}

/** The same for whoever has the turn of upkeep already. */
export async function maintain(hub: HubContext, stop?: AbortSignal): Promise<void> {
  const now = hub.clock()
  const today = londonDate(now)
  const { lastDay } = await hub.store.readMaintenanceMark()
  const days = await listMissedDays(hub, lastDay, today)
  await passMidnights(hub, days, { purgedAsOfNow: today, stop })
  if (!hub.daysRunOnce || lastDay === null || lastDay <= today) await queueNewNotices(hub, now, today)
  await purge(hub, now, await codesOf(hub), stop)
  if (stop?.aborted) return
  await erase(hub)
  await hub.store.keepHealthActivity(hub.activity.takeNews())
  await markDone(hub, now, { today, lastDay, days })
  hub.log.info({ day: today }, 'maintenance has run')
}

/**
 * Runs the maintenance of each midnight that a set clock has moved over, as of that midnight; nothing when there is none.
 * Not to be called while other upkeep goes on.
 */
export async function catchUpMidnights(hub: HubContext): Promise<void> {
  const today = londonDate(hub.clock())
  const { lastDay } = await hub.store.readMaintenanceMark()
  if (lastDay === today) return
  const days = await listMissedDays(hub, lastDay, today)
  if (days.length === 0) {
    // It went back, or over days that have run: what is missed is counted from here.
    await markDone(hub, hub.clock(), { today, lastDay, days })
    return
  }
  await passMidnights(hub, days, {})
  await purge(hub, londonMidnight(today), [])
  await erase(hub)
  await hub.store.keepHealthActivity(hub.activity.takeNews())
  await markDone(hub, londonMidnight(today), { today, lastDay, days })
}

async function markDone(
  hub: HubContext,
  at: Instant,
  { today, lastDay, days }: { today: CalendarDate; lastDay: CalendarDate | null; days: MissedDay[] },
): Promise<void> {
  // A clock that was wrong and went back must not make the days since then missed.
  const day = !hub.daysRunOnce && lastDay !== null && lastDay > today ? lastDay : today
  // On its first day a hub has passed no midnight, and that day may come yet in a story that testers set in the past.
  const passed = lastDay === null ? [] : days.map((missed) => missed.day)
  await hub.store.keepMaintenanceMark({ lastMaintenanceAt: at, lastDay: day }, passed)
}

/** A notice for today to those that became overdue in it, which a start in the middle of the day may find. */
async function queueNewNotices(hub: HubContext, now: Instant, today: CalendarDate): Promise<void> {
  const { freshness: rules } = hub.rules
  await hub.store.queueOverdueNotices({ at: now, date: today, rules, newlyOverdueOnly: true })
}

/** Removes what retention has passed at this moment, and those plans of these authorities that no longer show. */
async function purge(
  hub: HubContext,
  at: Instant,
  codes: readonly AuthorityCode[],
  stop?: AbortSignal,
): Promise<void> {
  const day = londonDate(at)
  for (const code of codes) {
    if (stop?.aborted) return
    await hub.store.purgePlans(code, day, at)
  }
  const before = {
    events: addMs(at, -hub.rules.retentionMs),
    acknowledged: addMs(at, -ACKNOWLEDGED_KEPT_DAYS * DAY_MS),
    receipts: addMs(at, -RECEIPTS_KEPT_DAYS * DAY_MS),
    idempotencyKeys: addMs(at, -IDEMPOTENCY_KEPT_HOURS * HOUR_MS),
  }
  for (let part = 1; part > 0; ) {
    if (stop?.aborted) return
    part = await hub.store.purge(before)
  }
}

async function erase(hub: HubContext): Promise<void> {
  if (await hub.store.eraseRemoved()) return
  const reason = 'there is no room, or a reader was in the way'
  hub.log.warn({ reason }, 'bytes of removed rows are still in the files; the next maintenance tries again')
}

/**
 * What a start finds to do: all of it, unless it was done today; then only those are told who have become overdue
 * since. A day's purge reads every plan, which would be half of a start. Either writes, so that no hub starts where
 * nothing can be written.
 */
export async function catchUpMaintenance(hub: HubContext): Promise<void> {
  const now = hub.clock()
  const today = londonDate(now)
  const { lastDay } = await hub.store.readMaintenanceMark()
  // A day that is still to come was marked by a clock that went back since.
  if (lastDay !== today) {
    await runMaintenance(hub)
    return
  }
  await queueNewNotices(hub, now, today)
  await hub.store.probe()
}

const LOOK_EVERY_MS = MINUTE_MS

/** Runs maintenance at each midnight of the hub's clock, until stopped. */
export function scheduleMaintenance(hub: HubContext): () => Promise<void> {
  const stop = new AbortController()
  let running = Promise.resolve()
  let cancel = () => {}
  let doneOn: CalendarDate | undefined
  const look = async () => {
    const today = londonDate(hub.clock())
    const { lastDay } = await hub.store.readMaintenanceMark()
    // What testers undo may come again, and there a day that has run is the last one.
    if (lastDay === today || (!hub.daysRunOnce && doneOn === today)) return
    await runMaintenance(hub, stop.signal)
    doneOn = today
  }
  const lookLater = () => {
    cancel = hub.machineClock.after(LOOK_EVERY_MS, () => {
      running = look()
        .catch((error: Error) =>
          hub.log.error({ reason: error.message }, 'maintenance failed and will be tried again'),
        )
        .then(() => {
          if (!stop.signal.aborted) lookLater()
        })
    })
  }
  lookLater()
  return async () => {
    stop.abort()
    cancel()
    await running
  }
}

import { addMs, DAY_MS, HOUR_MS, type Instant, londonDate, londonMidnight, MINUTE_MS } from '../clock.js'
import { addDays, type CalendarDate } from '../domain/calendar.js'
import { IDEMPOTENCY_KEPT_HOURS } from '../domain/idempotency.js'
import type { HubContext } from './context.js'

const ACKNOWLEDGED_KEPT_DAYS = 30
const RECEIPTS_KEPT_DAYS = 2 * 365

/**
 * What is due daily: overdue notices for each midnight (Europe/London) since the last run, the purge of what
 * retention has passed, and the writing down of health's activity. Running it again changes nothing. `stop` ends it
 * between two of its transactions; the day then counts as not done, as after an error.
 */
export async function runMaintenance(hub: HubContext, stop?: AbortSignal): Promise<void> {
  const now = hub.clock()
  const today = londonDate(now)
  const { lastDay } = await hub.store.readMaintenanceMark()
  await queueMissedNotices(hub, now, { lastDay, today, stop })
  await purge(hub, now, today, stop)
  if (stop?.aborted) return
  await hub.store.keepHealthActivity(hub.activity.takeNews())
  // A clock that went back does not make days that have run run again.
  const day = lastDay !== null && lastDay > today ? lastDay : today
  await hub.store.keepMaintenanceMark({ lastMaintenanceAt: now, lastDay: day })
  hub.log.info({ day: today }, 'maintenance has run')
}

/**
 * One notice for each authority and missed day, as of the midnight that ended it; and one for today to those that
 * became overdue in it, which a start in the middle of the day may find.
 */
async function queueMissedNotices(
  hub: HubContext,
  now: Instant,
  {
    lastDay,
    today,
    stop,
  }: { lastDay: CalendarDate | null; today: CalendarDate; stop: AbortSignal | undefined },
): Promise<void> {
  const rules = hub.rules.freshness
  // What a clock ahead of time has marked as done is told when its day comes, once: the notices are named by their days.
  const first = lastDay === null || lastDay > today ? today : addDays(lastDay, 1)
  for (let day = first; day <= today && !stop?.aborted; day = addDays(day, 1)) {
    // The midnight that begins a day ends the one that was missed.
    const date = addDays(day, -1)
    await hub.store.queueOverdueNotices({ at: londonMidnight(day), date, rules, newlyOverdueOnly: false })
  }
  await hub.store.queueOverdueNotices({ at: now, date: today, rules, newlyOverdueOnly: true })
}

async function purge(hub: HubContext, now: Instant, today: CalendarDate, stop?: AbortSignal): Promise<void> {
  for (const { code } of await hub.store.listAuthorities()) {
    if (stop?.aborted) return
    await hub.store.purgePlans(code, today, now)
  }
  const before = {
    events: addMs(now, -hub.rules.retentionMs),
    acknowledged: addMs(now, -ACKNOWLEDGED_KEPT_DAYS * DAY_MS),
    receipts: addMs(now, -RECEIPTS_KEPT_DAYS * DAY_MS),
    idempotencyKeys: addMs(now, -IDEMPOTENCY_KEPT_HOURS * HOUR_MS),
  }
  for (let part = 1; part > 0; ) {
    if (stop?.aborted) return
    part = await hub.store.purge(before)
  }
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
  await queueMissedNotices(hub, now, { lastDay, today, stop: undefined })
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
    if (lastDay === today || doneOn === today) return
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

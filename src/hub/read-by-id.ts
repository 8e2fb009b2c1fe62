import { type Instant, londonDate } from '../clock.js'
import type { ShownAccess } from '../domain/access-event.js'
import type { CalendarDate } from '../domain/calendar.js'
import type { VisiblePlan } from '../domain/lookup.js'
import type { HubContext } from './context.js'

/** One of the plans that a lookup showed, as it is now; undefined when health no longer sees it. Records nothing. */
export async function readPlan(
  hub: HubContext,
  id: string,
): Promise<(VisiblePlan & { now: Instant; today: CalendarDate }) | undefined> {
  const now = hub.clock()
  const today = londonDate(now)
  const visible = await hub.store.findVisiblePlan(id, today)
  return visible && { ...visible, now, today }
}

/** One of the accesses that a lookup showed; undefined when its number has no plan to be seen. Records nothing. */
export function readAccess(hub: HubContext, id: string): Promise<ShownAccess | undefined> {
  return hub.store.findShownAccess(id, londonDate(hub.clock()))
}

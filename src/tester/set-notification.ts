import { addMs, type Instant, MINUTE_MS } from '../clock.js'
import type { NotificationState, NotificationSummary } from '../domain/notification.js'
import { refuse } from '../domain/problem.js'
import type { TesterControls } from './controls.js'

export interface NotificationChange {
  state: NotificationState
  /** Left out, it stays. */
  attempt?: number
  /** Of a lease; left out, a minute from now. */
  leasedUntil?: Instant
}

/** Puts a notification into a state, whatever it was in. Refuses NOTIFICATION_UNKNOWN. */
export async function setNotification(
  { hub }: TesterControls,
  id: string,
  { state, attempt, leasedUntil }: NotificationChange,
): Promise<NotificationSummary> {
  if (leasedUntil !== undefined && state !== 'leased') {
    const fault = { pointer: '/leasedUntil', message: 'stands beside the state leased only' }
    throw refuse('SCHEMA_VIOLATION', 'Only a lease runs out.', [fault])
  }
  const now = hub.clock()
  const until = state === 'leased' ? (leasedUntil ?? addMs(now, MINUTE_MS)) : null
  const summary = await hub.store.setNotification({ id, state, attempt, leasedUntil: until, now })
  if (summary !== undefined) return summary
  throw refuse('NOTIFICATION_UNKNOWN', 'Take the id from a lease or from a listing of notifications.')
}

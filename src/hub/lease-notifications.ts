import { addMs, type Instant, SECOND_MS } from '../clock.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { LeasedNotification } from '../domain/notification.js'
import { pause } from '../pause.js'
import type { HubContext } from './context.js'

export interface Lease {
  leaseId: string | null
  leasedUntil: Instant | null
  notifications: LeasedNotification[]
}

const NOTHING: Lease = { leaseId: null, leasedUntil: null, notifications: [] }

// How often a wait looks again, since a lease that runs out makes no sound.
const LOOK_AGAIN_MS = SECOND_MS

/**
 * Takes the oldest notifications that nobody holds, for `leaseSeconds`; waits up to `waitSeconds` of the machine's
 * clock for the first one. `stop` ends the wait early.
 */
export async function leaseNotifications(
  hub: HubContext,
  authorityCode: AuthorityCode,
  wish: { max: number; leaseSeconds: number; waitSeconds: number },
  stop: AbortSignal,
): Promise<Lease> {
  const deadline = hub.machineClock.now() + wish.waitSeconds * SECOND_MS
  for (;;) {
    if (stop.aborted) return NOTHING
    // Asked first with a read: a wait that finds nothing costs no write.
    if (await hub.store.hasLeasable(authorityCode, hub.clock())) {
      const lease = await take(hub, authorityCode, wish)
      if (lease.notifications.length > 0) return lease
    }
    const restMs = deadline - hub.machineClock.now()
    if (restMs <= 0) return NOTHING
    await waitForNews(hub, authorityCode, Math.min(restMs, LOOK_AGAIN_MS), stop)
  }
}

async function take(
  hub: HubContext,
  authorityCode: AuthorityCode,
  { max, leaseSeconds }: { max: number; leaseSeconds: number },
): Promise<Lease> {
  const now = hub.clock()
  const leaseId = hub.newId()
  const leasedUntil = addMs(now, leaseSeconds * SECOND_MS)
  const notifications = await hub.store.leaseNotifications({ authorityCode, leaseId, max, now, leasedUntil })
  pause('L1 lease durable')
  return { leaseId, leasedUntil, notifications }
}

function waitForNews(
  hub: HubContext,
  code: AuthorityCode,
  delayMs: number,
  stop: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stopListening()
      cancelTimer()
      stop.removeEventListener('abort', end)
      resolve()
    }
    const stopListening = hub.store.onQueued(code, end)
    const cancelTimer = hub.machineClock.after(delayMs, end)
    stop.addEventListener('abort', end)
    if (stop.aborted) end()
  })
}

import { addMs, SECOND_MS } from '../clock.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import { pause } from '../pause.js'
import type { HubContext } from './context.js'
import type { Lease } from './waiting-leases.js'

const NOTHING: Lease = { leaseId: null, leasedUntil: null, notifications: [] }

/**
 * Takes the oldest notifications that nobody holds, for `leaseSeconds`; waits up to `waitSeconds` of the machine's
 * clock for the first one, behind those who wait already. `stop` ends the wait early. Refuses OVERLOADED when too
 * many wait.
 */
export async function leaseNotifications(
  hub: HubContext,
  authorityCode: AuthorityCode,
  wish: { max: number; leaseSeconds: number; waitSeconds: number },
  stop: AbortSignal,
): Promise<Lease> {
  if (stop.aborted) return NOTHING
  const takeSome = async () => {
    const lease = await take(hub, authorityCode, wish)
    return lease.notifications.length > 0 ? lease : undefined
  }
  // Asked first with a read: one that finds nothing costs no write.
  const isThere = await hub.store.hasLeasable(authorityCode, hub.clock())
  const lease = isThere ? await takeSome() : undefined
  if (lease !== undefined || wish.waitSeconds === 0) return lease ?? NOTHING
  const waitMs = wish.waitSeconds * SECOND_MS
  return (await hub.waiting.wait(authorityCode, waitMs, stop, takeSome)) ?? NOTHING
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

import { type Freshness, freshnessOf } from '../domain/freshness.js'
import type { LocalAuthority } from '../domain/local-authority.js'
import type { HealthActivity, MaintenanceMark, QueueDepth } from '../store/store.js'
import type { HubContext } from './context.js'

export interface AuthorityFreshness {
  authority: LocalAuthority
  freshness: Freshness | null
  queue: Pick<QueueDepth, 'queued' | 'oldestQueuedAt' | 'attention'>
}

export interface ProgrammeFreshness {
  authorities: AuthorityFreshness[]
  maintenance: MaintenanceMark
  health: HealthActivity[]
}

const EMPTY_QUEUE = { queued: 0, oldestQueuedAt: null, attention: 0 }

/** The three parties' 24-hour clocks: what each authority sent, what the hub did, when health asked. */
export async function checkFreshness(hub: HubContext): Promise<ProgrammeFreshness> {
  const now = hub.clock()
  const [authorities, depths, maintenance] = await Promise.all([
    hub.store.listAuthorities(),
    hub.store.listQueueDepths(now),
    hub.store.readMaintenanceMark(),
  ])
  const queues = new Map(depths.map((depth) => [depth.authorityCode, depth]))
  return {
    authorities: authorities.map((authority) => ({
      authority,
      freshness: freshnessOf(authority.lastDataset?.acceptedAt, now, hub.rules.freshness),
      queue: queues.get(authority.code) ?? EMPTY_QUEUE,
    })),
    maintenance,
    health: hub.activity.list(),
  }
}

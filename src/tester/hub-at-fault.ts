import { storageFull } from '../domain/problem.js'
import type { HubContext } from '../hub/context.js'
import type { Store } from '../store/store.js'
import type { FaultEffect } from './faults.js'
import type { SecondDeliveries } from './second-deliveries.js'

/** The hub as one request finds it, by the effect of a fault; undefined when the fault leaves it as it is. */
export function hubAtFault(
  hub: HubContext,
  effect: FaultEffect,
  again: SecondDeliveries,
): HubContext | undefined {
  if (effect.storageFull) return { ...hub, store: withoutRoom(hub.store) }
  if (effect.deliverTwice) return { ...hub, store: deliveringTwice(hub.store, again) }
  if (effect.personalDemographicsDown) return { ...hub, register: { isDown: true } }
  return undefined
}

/** What a store is when its disk is full: whatever callers can have written is refused, as `Store` says. */
function withoutRoom(store: Store): Store {
  const noRoom = () => Promise.reject(storageFull())
  return {
    ...store,
    saveAuthority: noRoom,
    acceptDataset: noRoom,
    keepReturned: noRoom,
    lookUp: (question) => (question.silent ? store.lookUp(question) : noRoom()),
    recordAttendance: noRoom,
    leaseNotifications: noRoom,
    acknowledgeNotifications: noRoom,
    releaseNotifications: noRoom,
  }
}

function deliveringTwice(store: Store, again: SecondDeliveries): Store {
  return {
    ...store,
    async leaseNotifications(request) {
      const notifications = await store.leaseNotifications(request)
      again.add(request.authorityCode, notifications)
      return notifications
    },
  }
}

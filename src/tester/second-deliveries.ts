import type { AuthorityCode } from '../domain/local-authority.js'
import type { LeasedNotification } from '../domain/notification.js'
import { Bell } from '../store/bell.js'
import type { LeaseRequest, Store } from '../store/store.js'

// Ten leases of the largest size.
const WAITING_MAX = 5_000

/** A notification that an authority is handed a second time. */
export interface SecondDelivery {
  authorityCode: AuthorityCode
  notification: LeasedNotification
}

/**
 * Notifications that are handed out once more because a tester asked for it, oldest first. They are letter for letter
 * what was handed out before: the store knows nothing of them.
 */
export class SecondDeliveries {
  readonly bell = new Bell()
  readonly #handedOut = new WeakSet<LeasedNotification>()
  #waiting: SecondDelivery[] = []

  /** Passes over what is a second delivery itself; beyond some thousands nothing more is kept. */
  add(authorityCode: AuthorityCode, notifications: readonly LeasedNotification[]): void {
    const room = Math.max(0, WAITING_MAX - this.#waiting.length)
    const first = notifications.filter((each) => !this.#handedOut.has(each))
    for (const notification of first.slice(0, room)) this.#waiting.push({ authorityCode, notification })
    this.bell.ring([authorityCode])
  }

  has(code: AuthorityCode): boolean {
    return this.#waiting.some(({ authorityCode }) => authorityCode === code)
  }

  take(code: AuthorityCode, max: number): SecondDelivery[] {
    const taken = this.#waiting.filter(({ authorityCode }) => authorityCode === code).slice(0, max)
    this.#waiting = this.#waiting.filter((each) => !taken.includes(each))
    for (const { notification } of taken) this.#handedOut.add(notification)
    return taken
  }

  putBack(taken: readonly SecondDelivery[]): void {
    this.#waiting.unshift(...taken)
  }

  clear(): void {
    this.#waiting = []
  }

  forget(code: AuthorityCode): void {
    this.#waiting = this.#waiting.filter(({ authorityCode }) => authorityCode !== code)
  }

  exportState(): SecondDelivery[] {
    return structuredClone(this.#waiting)
  }

  importState(waiting: readonly SecondDelivery[]): void {
    this.#waiting = structuredClone([...waiting])
    this.bell.ring([...new Set(waiting.map(({ authorityCode }) => authorityCode))])
  }
}

/** The store as every lease finds it: second deliveries go first, and count towards `max`. */
export function withSecondDeliveries(store: Store, again: SecondDeliveries): Store {
  return {
    ...store,
    hasLeasable: async (code, now) => again.has(code) || store.hasLeasable(code, now),
    onQueued(code, listener) {
      const stop = [store.onQueued(code, listener), again.bell.listen(code, listener)]
      return () => {
        for (const each of stop) each()
      }
    },
    async leaseNotifications(request) {
      const first = again.take(request.authorityCode, request.max)
      if (first.length === 0) return store.leaseNotifications(request)
      try {
        const rest = await leaseRest(store, { ...request, max: request.max - first.length })
        return [...first.map(({ notification }) => notification), ...rest]
      } catch (error) {
        again.putBack(first)
        throw error
      }
    },
  }
}

async function leaseRest(store: Store, request: LeaseRequest): Promise<LeasedNotification[]> {
  if (request.max === 0 || !(await store.hasLeasable(request.authorityCode, request.now))) return []
  return store.leaseNotifications(request)
}

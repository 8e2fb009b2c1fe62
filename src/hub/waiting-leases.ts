import { type Clock, type Instant, type MachineClock, SECOND_MS } from '../clock.js'
import { overloaded } from '../domain/load.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { LeasedNotification } from '../domain/notification.js'
import type { Store } from '../store/store.js'

/** What a lease call gets; without notifications there is no lease. */
export interface Lease {
  leaseId: string | null
  leasedUntil: Instant | null
  notifications: LeasedNotification[]
}

const WAITING_MAX = 2_000
// How often it is looked again for all who wait, since a lease that runs out makes no sound.
const LOOK_AGAIN_MS = SECOND_MS

interface Waiter {
  /** Answers undefined when there was nothing after all. */
  take: () => Promise<Lease | undefined>
  resolve: (taken: Lease | undefined) => void
  reject: (error: unknown) => void
  isTaking: boolean
  /** Its time is over, or its caller has gone. */
  isOver: boolean
}

interface Line {
  code: AuthorityCode
  waiters: Set<Waiter>
  stopListening: () => void
  cancelLook: () => void
  isServing: boolean
  hasNews: boolean
}

/**
 * Those who wait for notifications, a line for each authority. News wakes the first of its line alone, and the next
 * when there is more than that one took; so waiting costs one read a second for each authority, however many wait.
 */
export class WaitingLeases {
  readonly #store: Pick<Store, 'hasLeasable' | 'onQueued'>
  readonly #clock: Clock
  readonly #machineClock: MachineClock
  readonly #lines = new Map<AuthorityCode, Line>()
  #count = 0

  constructor(store: Pick<Store, 'hasLeasable' | 'onQueued'>, clock: Clock, machineClock: MachineClock) {
    this.#store = store
    this.#clock = clock
    this.#machineClock = machineClock
  }

  /**
   * Waits at the end of the authority's line until `take` gets something, `waitMs` of the machine's clock have passed
   * or `stop` aborts (both answer undefined). Refuses OVERLOADED when too many wait already.
   */
  async wait(
    code: AuthorityCode,
    waitMs: number,
    stop: AbortSignal,
    take: () => Promise<Lease | undefined>,
  ): Promise<Lease | undefined> {
    if (this.#count >= WAITING_MAX) throw overloaded()
    this.#count += 1
    const line = this.#lines.get(code) ?? this.#open(code)
    let leave = () => {}
    try {
      return await new Promise<Lease | undefined>((resolve, reject) => {
        const waiter: Waiter = { take, resolve, reject, isTaking: false, isOver: false }
        line.waiters.add(waiter)
        const giveUp = () => {
          waiter.isOver = true
          // What is being taken for it is its own.
          if (!waiter.isTaking) resolve(undefined)
        }
        const cancelTimer = this.#machineClock.after(waitMs, giveUp)
        stop.addEventListener('abort', giveUp)
        leave = () => {
          cancelTimer()
          stop.removeEventListener('abort', giveUp)
          line.waiters.delete(waiter)
        }
        if (stop.aborted) giveUp()
      })
    } finally {
      leave()
      this.#count -= 1
      if (line.waiters.size === 0 && !line.isServing) this.#close(line)
    }
  }

  /** Looks for all who wait, since the hub's clock was moved or its world exchanged. */
  lookNow(): void {
    for (const line of this.#lines.values()) void this.#serve(line)
  }

  #open(code: AuthorityCode): Line {
    const line: Line = {
      code,
      waiters: new Set(),
      stopListening: this.#store.onQueued(code, () => void this.#serve(line)),
      cancelLook: () => {},
      isServing: false,
      hasNews: false,
    }
    this.#lines.set(code, line)
    this.#lookLater(line)
    return line
  }

  #close(line: Line): void {
    line.stopListening()
    line.cancelLook()
    if (this.#lines.get(line.code) === line) this.#lines.delete(line.code)
  }

  #lookLater(line: Line): void {
    line.cancelLook = this.#machineClock.after(LOOK_AGAIN_MS, () => {
      this.#lookLater(line)
      void this.#serve(line)
    })
  }

  async #serve(line: Line): Promise<void> {
    line.hasNews = true
    if (line.isServing) return
    line.isServing = true
    while (line.hasNews) {
      line.hasNews = false
      while (await this.#serveFirst(line));
    }
    line.isServing = false
    if (line.waiters.size === 0) this.#close(line)
  }

  /** Answers whether there may be more for the next. */
  async #serveFirst(line: Line): Promise<boolean> {
    const [first] = line.waiters
    if (first === undefined) return false
    try {
      if (!(await this.#store.hasLeasable(line.code, this.#clock()))) return false
      // Over while that was read: the next may have it.
      if (first.isOver) return line.waiters.delete(first)
      first.isTaking = true
      const taken = await first.take()
      first.isTaking = false
      if (taken !== undefined || first.isOver) first.resolve(taken)
      if (taken === undefined) return false
      line.waiters.delete(first)
      return true
    } catch (error) {
      line.waiters.delete(first)
      first.reject(error)
      return false
    }
  }
}

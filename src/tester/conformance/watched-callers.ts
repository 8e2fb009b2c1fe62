import type { Instant } from '../../clock.js'
import type { Check, Surroundings, Watcher } from './check.js'
import type { Exchange } from './exchange.js'
import { type CheckState, Proof } from './proof.js'

const CALLERS_MAX = 1_000

/** What a caller has come to in one check. */
export interface CheckReport {
  id: string
  title: string
  state: CheckState
  evidence: string[]
}

/**
 * The callers of one kind, each with its checks. Of too many the one goes that was silent longest; one that has
 * contradicted something never does.
 */
export class WatchedCallers<E extends Exchange> {
  readonly #checks: readonly Check<E>[]
  readonly #surroundings: Surroundings
  readonly #callers = new Map<string, WatchedCaller<E>>()

  constructor(checks: readonly Check<E>[], surroundings: Surroundings) {
    this.#checks = checks
    this.#surroundings = surroundings
  }

  observe(caller: string, exchange: E): void {
    const watched = this.#callers.get(caller) ?? this.#new()
    this.#callers.delete(caller)
    if (this.#callers.size >= CALLERS_MAX && !this.#makeRoom()) return
    this.#callers.set(caller, watched)
    watched.observe(exchange)
  }

  observeEvery(exchange: E): void {
    for (const watched of this.#callers.values()) watched.observe(exchange)
  }

  report(caller: string, now: Instant): CheckReport[] {
    return (this.#callers.get(caller) ?? this.#new()).report(now)
  }

  forget(caller: string): void {
    this.#callers.delete(caller)
  }

  clear(): void {
    this.#callers.clear()
  }

  forgetExpectations(): void {
    for (const caller of this.#callers.values()) caller.forgetExpectations()
  }

  #new(): WatchedCaller<E> {
    return new WatchedCaller(this.#checks, this.#surroundings)
  }

  #makeRoom(): boolean {
    for (const [caller, watched] of this.#callers)
      if (!watched.hasContradicted) return this.#callers.delete(caller)
    return false
  }
}

class WatchedCaller<E extends Exchange> {
  readonly #rows: { check: Check<E>; proof: Proof; watcher: Watcher<E> | undefined }[]

  constructor(checks: readonly Check<E>[], surroundings: Surroundings) {
    this.#rows = checks.map((check) => {
      const proof = new Proof()
      return { check, proof, watcher: check.watch?.(proof, surroundings) }
    })
  }

  get hasContradicted(): boolean {
    return this.#rows.some(({ proof }) => proof.state === 'contradicted')
  }

  observe(exchange: E): void {
    for (const { watcher } of this.#rows) watcher?.observe(exchange)
  }

  forgetExpectations(): void {
    for (const { watcher } of this.#rows) watcher?.forget?.()
  }

  report(now: Instant): CheckReport[] {
    return this.#rows.map(({ check: { id, title }, proof, watcher }) => {
      watcher?.conclude?.(now)
      const state = watcher === undefined ? 'not-observable' : proof.state
      return { id, title, state, evidence: [...proof.evidence] }
    })
  }
}

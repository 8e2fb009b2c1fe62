import type { Instant } from '../../clock.js'
import { AUTHORITY_CHECKS, HEALTH_CHECKS } from './checks.js'
import type { AuthorityExchange, HealthExchange } from './exchange.js'
import { Traces } from './traces.js'
import { type CheckReport, WatchedCallers } from './watched-callers.js'

/** What callers have shown that they can do, and what they have contradicted; in memory alone, until a reset. */
export class Conformance {
  readonly #anonymousTraces = new Traces()
  readonly #authorities: WatchedCallers<AuthorityExchange>
  readonly #organisations: WatchedCallers<HealthExchange>

  constructor(overdueMs: number) {
    const surroundings = { overdueMs, anonymousTraces: this.#anonymousTraces }
    this.#authorities = new WatchedCallers(AUTHORITY_CHECKS, surroundings)
    this.#organisations = new WatchedCallers(HEALTH_CHECKS, surroundings)
  }

  observeAuthority(code: string, exchange: AuthorityExchange): void {
    this.#authorities.observe(code, exchange)
  }

  /** What any of them may have done. */
  observeEveryAuthority(exchange: AuthorityExchange): void {
    this.#authorities.observeEvery(exchange)
  }

  /** Null is whoever did not say for whom they ask. */
  observeOrganisation(odsCode: string | null, exchange: HealthExchange): void {
    if (odsCode !== null) this.#organisations.observe(odsCode, exchange)
    else if (exchange.kind === 'trace') this.#anonymousTraces.add(exchange)
  }

  ofAuthority(code: string, now: Instant): CheckReport[] {
    return this.#authorities.report(code, now)
  }

  ofOrganisation(odsCode: string, now: Instant): CheckReport[] {
    return this.#organisations.report(odsCode, now)
  }

  clear(): void {
    this.#authorities.clear()
    this.#organisations.clear()
    this.#anonymousTraces.clear()
  }

  forgetAuthority(code: string): void {
    this.#authorities.forget(code)
  }

  /** A tester has put other datasets here: what was shown and contradicted stays, and no sequence number is expected. */
  forgetSequences(): void {
    this.#authorities.forgetExpectations()
  }

  /** The same for all that could be expected of anybody, since the hub has another past now. */
  forgetExpectations(): void {
    this.#authorities.forgetExpectations()
    this.#organisations.forgetExpectations()
    this.#anonymousTraces.clear()
  }
}

import type { Instant } from '../../clock.js'
import type { Exchange } from './exchange.js'
import type { Proof } from './proof.js'
import type { Traces } from './traces.js'

/** What the checks of all callers share. */
export interface Surroundings {
  /** After so long without a dataset an authority is overdue. */
  overdueMs: number
  /** What was traced by whoever did not say who they are. */
  anonymousTraces: Traces
}

/** Something that a client shall do; without `watch` no hub can see whether it does. */
export interface Check<E extends Exchange> {
  id: string
  title: string
  watch?: (proof: Proof, surroundings: Surroundings) => Watcher<E>
}

/** Looks at one caller for one check. */
export interface Watcher<E extends Exchange> {
  observe(exchange: E): void
  /** Expects nothing any more: a tester has changed what the caller could rely on. */
  forget?(): void
  /** Concludes what the passing of time alone decides. */
  conclude?(now: Instant): void
}

import { epochMs, type Instant } from '../clock.js'

/** How long a key pins its first answer. */
export const IDEMPOTENCY_KEPT_HOURS = 24

/** A caller's key for one route; `fingerprint` is the SHA-256 of the canonical body. */
export interface Idempotency {
  key: string
  fingerprint: string
  keptMs: number
}

export interface KeptKey {
  fingerprint: string
  keptAt: Instant
}

export type KeyDecision = 'new' | 'replay' | 'reused'

/** Whether a key is free, repeats its request, or was used for another one. A key of the future counts as kept. */
export function decideKey(kept: KeptKey | undefined, idempotency: Idempotency, now: Instant): KeyDecision {
  if (kept === undefined || epochMs(now) - epochMs(kept.keptAt) >= idempotency.keptMs) return 'new'
  return kept.fingerprint === idempotency.fingerprint ? 'replay' : 'reused'
}

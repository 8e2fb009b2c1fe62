import { MINUTE_MS } from '../../clock.js'
import type { Check } from './check.js'
import { cameAfter, type HealthExchange } from './exchange.js'
import { Remembered } from './remembered.js'

const UNAVAILABLE = 503
// Later, somebody asks anew; by the machine's clock.
const RETRIED_WITHIN_MS = 5 * MINUTE_MS

interface Unanswered {
  key: string
  requestId: string
  settledMs: number
  isCertain: boolean
}

/** A retry under another key could be a second access, or a second visit. */
export const retriesWithTheSameKey: Check<HealthExchange> = {
  id: 'retries-with-the-same-key',
  title: 'It asks again under the same idempotency key when it had no answer.',
  watch(proof) {
    const unanswered = new Remembered<Unanswered>()
    return {
      observe(exchange) {
        // A silent lookup leaves no trace that could be left twice.
        if (exchange.kind === 'trace' || (exchange.kind === 'lookup' && exchange.silent)) return
        const { key, print, requestId, reply, status, receivedMs, settledMs } = exchange
        const isUnanswered = key !== null && (reply !== 'whole' || status === UNAVAILABLE)
        if (!isUnanswered && unanswered.isEmpty) return
        const asked = `${exchange.kind} ${print()}`
        const before = unanswered.get(asked)
        if (before !== undefined && cameAfter(exchange, before.settledMs)) {
          unanswered.delete(asked)
          const isRetry = receivedMs - before.settledMs <= RETRIED_WITHIN_MS
          if (key === before.key) proof.show(before.requestId, requestId)
          else if (before.isCertain && isRetry) proof.contradict(requestId)
        }
        if (isUnanswered) unanswered.set(asked, { key, requestId, settledMs, isCertain: reply !== 'unsure' })
      },
      forget: () => unanswered.clear(),
    }
  },
}

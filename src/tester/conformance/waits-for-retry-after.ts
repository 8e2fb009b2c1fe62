import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

// Timers may ring a little early.
const SLACK_MS = 50

interface PutOff {
  requestId: string
  receivedMs: number
  settledMs: number
  waitMs: number
}

/** By the machine's clock, which is the one that a client waits by. */
export const waitsForRetryAfter: Check<AuthorityExchange> = {
  id: 'waits-for-retry-after',
  title: 'It waits as long as Retry-After says before it asks for the same again.',
  watch(proof) {
    const putOff = new Map<AuthorityExchange['kind'], PutOff>()
    return {
      observe(exchange) {
        const { kind, requestId, receivedMs, settledMs, retryAfterMs, reply } = exchange
        // Operators and people do these.
        if (kind === 'look' || kind === 'save') return
        const before = putOff.get(kind)
        if (before !== undefined && cameAfter(exchange, before.settledMs)) {
          putOff.delete(kind)
          // The wait began somewhere between the two, when the caller read the answer.
          const wait = before.waitMs - SLACK_MS
          if (receivedMs < before.receivedMs + wait) proof.contradict(requestId)
          else if (receivedMs >= before.settledMs + wait) proof.show(before.requestId, requestId)
        }
        if (retryAfterMs !== null && retryAfterMs > 0 && reply === 'whole')
          putOff.set(kind, { requestId, receivedMs, settledMs, waitMs: retryAfterMs })
      },
    }
  },
}

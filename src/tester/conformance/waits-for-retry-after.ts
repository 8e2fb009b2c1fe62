import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

// Timers may ring a little early.
const SLACK_MS = 50
// Of each kind; only what was under way at once can be several.
const PUT_OFF_MAX = 100

interface PutOff {
  requestId: string
  receivedMs: number
  settledMs: number
  waitMs: number
  /** Nothing has come yet that may have been its retry. */
  isCertain: boolean
}

/** By the machine's clock, which is the one that a client waits by. */
export const waitsForRetryAfter: Check<AuthorityExchange> = {
  id: 'waits-for-retry-after',
  title: 'It waits as long as Retry-After says before it asks for the same again.',
  watch(proof) {
    const putOff = new Map<AuthorityExchange['kind'], PutOff[]>()
    /** What is still to be waited for once this has come; of several nobody says which of them is asked again. */
    const judge = (exchange: AuthorityExchange, open: PutOff[]): PutOff[] => {
      const { requestId, receivedMs } = exchange
      const known = open.filter((each) => cameAfter(exchange, each.settledMs))
      const [first] = known
      if (first === undefined) return open
      const unknown = open.filter((each) => !known.includes(each))
      // The wait began somewhere between the two, when the caller read the answer.
      const tooSoon = known.filter((each) => receivedMs < each.receivedMs + waitOf(each))
      if (known.every((each) => receivedMs >= each.settledMs + waitOf(each)))
        proof.show(first.requestId, requestId)
      if (tooSoon.length < known.length)
        return [...tooSoon.map((each) => ({ ...each, isCertain: false })), ...unknown]
      if (known.some(({ isCertain }) => isCertain)) proof.contradict(requestId)
      return unknown
    }
    return {
      observe(exchange) {
        const { kind, requestId, receivedMs, settledMs, retryAfterMs, reply } = exchange
        // Operators and people do these.
        if (kind === 'look' || kind === 'save') return
        let open = judge(exchange, putOff.get(kind) ?? [])
        if (retryAfterMs !== null && retryAfterMs > 0 && reply === 'whole') {
          const waitMs = retryAfterMs
          open = [...open, { requestId, receivedMs, settledMs, waitMs, isCertain: true }].slice(-PUT_OFF_MAX)
        }
        putOff.set(kind, open)
      },
    }
  },
}

function waitOf({ waitMs }: PutOff): number {
  return waitMs - SLACK_MS
}

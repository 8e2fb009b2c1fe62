import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

const OK = 200
const SERVER_ERROR = 500

interface Unanswered {
  sequence: number
  requestId: string
  settledMs: number
  /** The caller cannot know but by sending it again. */
  isCertain: boolean
}

/** Whoever does not know what became of a dataset sends it again: the answer is then its first receipt. */
export const sameSequenceAfterLostReply: Check<AuthorityExchange> = {
  id: 'same-sequence-after-lost-reply',
  title: 'It sends a dataset again under the same sequence number when it had no receipt.',
  watch(proof) {
    let unanswered: Unanswered | undefined
    let answeredUpTo = 0
    return {
      observe(exchange) {
        const { kind, requestId, reply, status, settledMs } = exchange
        // What it finds there tells it whether the next number is free.
        if (kind === 'look' && status === OK && unanswered !== undefined) unanswered.isCertain = false
        if (kind !== 'dataset' || exchange.dryRun || exchange.sequence === null) return
        const { sequence } = exchange
        if (unanswered !== undefined && cameAfter(exchange, unanswered.settledMs)) {
          if (sequence === unanswered.sequence) {
            proof.show(unanswered.requestId, requestId)
            unanswered = undefined
          } else if (sequence > unanswered.sequence) {
            if (unanswered.isCertain) proof.contradict(requestId)
            unanswered = undefined
          }
        }
        if (reply !== 'whole' || status >= SERVER_ERROR) {
          // Another try of the same may have been answered while this one was under way.
          if (sequence > answeredUpTo)
            unanswered = { sequence, requestId, settledMs, isCertain: reply !== 'unsure' }
          return
        }
        answeredUpTo = Math.max(answeredUpTo, sequence)
        if (unanswered !== undefined && unanswered.sequence <= answeredUpTo) unanswered = undefined
      },
      forget() {
        unanswered = undefined
        answeredUpTo = 0
      },
    }
  },
}

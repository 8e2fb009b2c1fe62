import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

const OK = 200
const BAD_REQUEST = 400
const CONFLICT = 409
const SERVER_ERROR = 500
// Only what is sent at once, or is never asked for again, can be several.
const UNANSWERED_MAX = 10

interface Unanswered {
  sequence: number
  requestId: string
  settledMs: number
  print: string | null
  /** The caller cannot know but by sending it again. */
  isCertain: boolean
}

/** Whoever does not know what became of a dataset sends it again: the answer is then its first receipt. */
export const sameSequenceAfterLostReply: Check<AuthorityExchange> = {
  id: 'same-sequence-after-lost-reply',
  title: 'It sends a dataset again under the same sequence number when it had no receipt.',
  watch(proof) {
    let unanswered: Unanswered[] = []
    let answeredUpTo = 0
    return {
      observe(exchange) {
        const { kind, requestId, reply, status, settledMs } = exchange
        // What it finds there tells it whether the next number is free.
        if (kind === 'look' && status === OK) for (const each of unanswered) each.isCertain = false
        if (kind !== 'dataset' || exchange.dryRun || exchange.sequence === null) return
        const { sequence, outcome, print } = exchange
        const known = unanswered.filter((each) => cameAfter(exchange, each.settledMs))
        const before = known.find((each) => each.sequence === sequence)
        if (before !== undefined) {
          if (outcome === 'repeated' || (outcome !== null && isSame(before.print, print())))
            proof.show(before.requestId, requestId)
          // It says that the number is used up, though not by what.
          if (status === CONFLICT) before.isCertain = false
        } else if (outcome !== 'repeated' && status !== BAD_REQUEST) {
          // What was not valid used no number up.
          // A lower number may be tried in vain, such as by a retry of long ago; accepted, it is one more.
          const passed = known.filter((each) => sequence > each.sequence || outcome === 'accepted')
          if (passed.some(({ isCertain }) => isCertain)) proof.contradict(requestId)
          unanswered = unanswered.filter((each) => !passed.includes(each))
        }
        if (reply !== 'whole' || status >= SERVER_ERROR) {
          // Another try of the same may have been answered while this one was under way.
          if (sequence <= answeredUpTo) return
          const others = unanswered.filter((each) => each.sequence !== sequence)
          const isCertain = reply !== 'unsure'
          unanswered = [...others, { sequence, requestId, settledMs, print: print(), isCertain }]
          unanswered = unanswered.slice(-UNANSWERED_MAX)
        } else if (outcome !== null) {
          answeredUpTo = Math.max(answeredUpTo, sequence)
          unanswered = unanswered.filter((each) => each.sequence > answeredUpTo)
        }
      },
      forget() {
        unanswered = []
        answeredUpTo = 0
      },
    }
  },
}

function isSame(print: string | null, other: string | null): boolean {
  return print !== null && print === other
}

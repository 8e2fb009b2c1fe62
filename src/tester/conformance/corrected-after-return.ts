import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

const CONFLICT = 409

/** A returned dataset uses no sequence number up (domain.md section 0 rule 2). */
export const correctedAfterReturn: Check<AuthorityExchange> = {
  id: 'corrected-after-return',
  title: 'It mends a returned dataset and sends it under the same sequence number.',
  watch(proof) {
    let returned: { sequence: number; requestId: string; settledMs: number } | undefined
    return {
      observe(exchange) {
        if (exchange.kind !== 'dataset' || exchange.dryRun || exchange.sequence === null) return
        const { sequence, outcome, status, requestId, reply, settledMs } = exchange
        if (returned !== undefined && cameAfter(exchange, returned.settledMs)) {
          if (sequence === returned.sequence) {
            if (outcome === 'accepted') {
              proof.show(returned.requestId, requestId)
              returned = undefined
            }
            // A retry of what was accepted before is no answer to the return.
          } else if (outcome !== 'repeated' && (sequence > returned.sequence || status === CONFLICT)) {
            proof.contradict(requestId)
            returned = undefined
          }
        }
        if (outcome === 'returned' && reply === 'whole') returned = { sequence, requestId, settledMs }
      },
      forget() {
        returned = undefined
      },
    }
  },
}

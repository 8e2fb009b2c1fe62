import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

const BAD_REQUEST = 400
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
        const { sequence, outcome, requestId, reply, settledMs } = exchange
        if (returned !== undefined && cameAfter(exchange, returned.settledMs)) {
          if (sequence === returned.sequence) {
            if (outcome === 'accepted') {
              proof.show(returned.requestId, requestId)
              returned = undefined
            }
          } else if (isAnother(exchange, returned.sequence)) {
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

type Dataset = Extract<AuthorityExchange, { kind: 'dataset' }>

/**
 * A retry of what was accepted before is no answer to the return, and what was not valid used no number up; whether a
 * lower number was one, only a verdict or a conflict tells.
 */
function isAnother({ sequence, outcome, status }: Dataset, returned: number): boolean {
  if (outcome === 'repeated' || status === BAD_REQUEST) return false
  return Number(sequence) > returned || outcome !== null || status === CONFLICT
}

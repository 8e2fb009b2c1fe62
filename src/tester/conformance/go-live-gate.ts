import type { Check } from './check.js'
import type { AuthorityExchange } from './exchange.js'

/** domain.md section 0 rule 10. */
export const passesTheGate: Check<AuthorityExchange> = {
  id: 'go-live-gate',
  title: 'It went live through the gate, not around it.',
  watch: (proof) => ({
    observe(exchange) {
      if (exchange.kind !== 'save' || !exchange.wentLive) return
      if (exchange.forced) proof.contradict(exchange.requestId)
      else proof.show(exchange.requestId)
    },
  }),
}

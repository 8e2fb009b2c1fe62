import type { Check } from './check.js'
import type { HealthExchange } from './exchange.js'

/** domain.md section 0 rule 5. */
export const unscheduledByDefault: Check<HealthExchange> = {
  id: 'unscheduled-by-default',
  title: 'It looks children up so that their authorities are told.',
  watch: (proof) => ({
    observe(exchange) {
      if (exchange.kind === 'lookup' && !exchange.silent && exchange.found !== null)
        proof.show(exchange.requestId)
    },
  }),
}

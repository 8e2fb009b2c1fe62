import type { Check } from './check.js'
import type { AuthorityExchange } from './exchange.js'

export const firstDataset: Check<AuthorityExchange> = {
  id: 'first-dataset',
  title: 'It sends a dataset that the hub accepts.',
  watch: (proof) => ({
    observe(exchange) {
      if (exchange.kind === 'dataset' && exchange.outcome === 'accepted') proof.show(exchange.requestId)
    },
  }),
}

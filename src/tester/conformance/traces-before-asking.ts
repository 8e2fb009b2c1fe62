import type { Check } from './check.js'
import type { HealthExchange } from './exchange.js'
import { Traces } from './traces.js'

/** A number is traced before it is asked for (domain.md section 4.1); whoever traces elsewhere shows nothing here. */
export const tracesBeforeAsking: Check<HealthExchange> = {
  id: 'traces-before-asking',
  title: 'It traces a number with the register of people before it looks the child up.',
  watch(proof, { anonymousTraces }) {
    const traces = new Traces()
    return {
      observe(exchange) {
        if (exchange.kind === 'trace') traces.add(exchange)
        if (exchange.kind !== 'lookup' || exchange.found === null || !traces.hasBegun) return
        const { nhsNumber, requestId } = exchange
        const own = traces.find(nhsNumber, exchange)
        if (typeof own === 'object') proof.show(own.requestId, requestId)
        else if (own === 'superseded') proof.contradict(requestId)
        else if (own === undefined) {
          const others = anonymousTraces.find(nhsNumber, exchange)
          if (others === undefined || others === 'superseded') proof.contradict(requestId)
        }
      },
      forget: () => traces.clear(),
    }
  },
}

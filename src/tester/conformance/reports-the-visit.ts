import type { Check } from './check.js'
import type { HealthExchange } from './exchange.js'
import { Remembered } from './remembered.js'

export const reportsTheVisit: Check<HealthExchange> = {
  id: 'reports-the-visit',
  title: 'It reports the visit of a child whom it looked up unscheduled and found.',
  watch(proof) {
    const found = new Remembered<string>()
    return {
      observe(exchange) {
        if (exchange.kind === 'lookup' && exchange.found && !exchange.silent)
          found.set(exchange.nhsNumber, exchange.requestId)
        if (exchange.kind !== 'visit' || exchange.reported === undefined) return
        const lookup = found.get(exchange.nhsNumber)
        if (lookup !== undefined) proof.show(lookup, exchange.requestId)
      },
      forget: () => found.clear(),
    }
  },
}

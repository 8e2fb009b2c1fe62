import type { Check } from './check.js'
import { type AuthorityExchange, cameAfter } from './exchange.js'

export const collectsNotifications: Check<AuthorityExchange> = {
  id: 'collects-notifications',
  title: 'It leases its notifications and acknowledges them.',
  watch(proof) {
    let leased: { by: string; settledMs: number } | undefined
    return {
      observe(exchange) {
        const { requestId, reply, settledMs } = exchange
        // Only what arrived can be acknowledged for a reason.
        if (exchange.kind === 'lease' && exchange.leased > 0 && reply === 'whole')
          leased ??= { by: requestId, settledMs }
        if (exchange.kind !== 'acknowledge' || exchange.acknowledged === 0 || leased === undefined) return
        if (cameAfter(exchange, leased.settledMs)) proof.show(leased.by, requestId)
      },
    }
  },
}

import type { Check } from './check.js'
import type { AuthorityExchange } from './exchange.js'

export const collectsNotifications: Check<AuthorityExchange> = {
  id: 'collects-notifications',
  title: 'It leases its notifications and acknowledges them.',
  watch(proof) {
    let leasedBy: string | undefined
    return {
      observe(exchange) {
        const { requestId } = exchange
        if (exchange.kind === 'lease' && exchange.leased > 0) leasedBy ??= requestId
        if (exchange.kind === 'acknowledge' && exchange.acknowledged > 0 && leasedBy !== undefined)
          proof.show(leasedBy, requestId)
      },
    }
  },
}

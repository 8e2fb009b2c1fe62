import type { FastifyInstance } from 'fastify'
import { closed } from '../../messages/common.js'
import { checkerOf } from '../../messages/validators.js'

const TESTERS = /^\/tester\//

/**
 * From here on, a route of testers without a schema of its body refuses one: whoever sends a filter along with a DELETE
 * means to delete less. An empty object is let through, since it says nothing.
 */
export function refuseUnwantedBodies(app: FastifyInstance): void {
  const refusalOf = checkerOf(closed({}), 'body')
  app.addHook('onRoute', (route) => {
    if (!TESTERS.test(route.url) || route.schema?.body !== undefined) return
    route.preValidation = async ({ body }) => {
      const refusal = body === undefined ? undefined : refusalOf(body)
      if (refusal !== undefined) throw refusal
    }
  })
}

import type { FastifyRequest } from 'fastify'
import type { HubContext } from '../hub/context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The hub as this request alone finds it, when a tester's fault changes that. */
    hubAtFault?: HubContext
  }
}

/** The hub that a request works with. */
export function hubFor(request: FastifyRequest, hub: HubContext): HubContext {
  return request.hubAtFault ?? hub
}

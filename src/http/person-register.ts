import type { FastifyRequest } from 'fastify'
import type { HubContext } from '../hub/context.js'

/** The hub as this request finds it: for one whose fault says so, the register of people cannot be reached. */
export function hubFor(hub: HubContext, { isRegisterDown }: FastifyRequest): HubContext {
  return isRegisterDown ? { ...hub, register: { isDown: true } } : hub
}

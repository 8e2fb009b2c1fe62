import type { FastifyRequest } from 'fastify'
import type { HubContext } from '../../hub/context.js'
import { type AnsweredLookup, lookUpChild } from '../../hub/look-up-child.js'
import type { Metrics } from '../metrics.js'
import { refuseWhenBusy } from '../overload.js'
import { originOf } from '../requests.js'

/** Looks up what is known of a number and leaves no trace; nobody needs to say who asks. */
export async function lookUpSilently(
  hub: HubContext,
  metrics: Metrics,
  nhsNumber: string,
  request: FastifyRequest,
): Promise<AnsweredLookup> {
  refuseWhenBusy(hub.load, 'silentLookups')
  const { method, routeOptions } = request
  const origin = originOf(request, '', `${method} ${routeOptions.url}`)
  const lookup = { nhsNumber, careSetting: 'scheduled', requester: null } as const
  const answer = await lookUpChild(hub, origin, lookup, undefined)
  metrics.countLookup(answer, 'scheduled')
  return answer
}

import type { InjectOptions } from 'fastify'
import type { Hub } from '../../src/index.js'
import { type Answer, CUT, type HubRequest, type Transport } from '../../src/scenarios/transport.js'

// What a cut connection is without a socket.
const CUT_BY_FAULT = 'A tester’s fault cut the connection.'

/** Requests within the process, to the hub that is there at the moment. */
export function inProcess(hub: () => Hub): Transport {
  return { send: (request) => inject(hub(), request) }
}

async function inject(hub: Hub, { method, path, headers, body }: HubRequest): Promise<Answer | typeof CUT> {
  const options = { method: method as NonNullable<InjectOptions['method']>, url: path, headers }
  try {
    const reply = await hub.app.inject({ ...options, ...(body !== undefined && { payload: body }) })
    const names = Object.entries(reply.headers).map(([name, value]) => [name, String(value)])
    return { status: reply.statusCode, headers: Object.fromEntries(names), text: reply.body }
  } catch (error) {
    if ((error as Error).message === CUT_BY_FAULT) return CUT
    throw error
  }
}

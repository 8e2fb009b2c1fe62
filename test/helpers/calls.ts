import type { LightMyRequestResponse } from 'fastify'
import type { Hub } from '../../src/index.js'
import { lookUp } from './seed.js'

/** The JSON of a GET that is expected to answer 200. */
export async function get(hub: Hub, url: string) {
  const reply = await hub.app.inject({ method: 'GET', url })
  if (reply.statusCode !== 200) throw new Error(`GET ${url} answered ${reply.statusCode}: ${reply.body}`)
  return reply.json()
}

export function putAuthority(hub: Hub, code: string, payload: object): Promise<LightMyRequestResponse> {
  return hub.app.inject({ method: 'PUT', url: `/v1/authorities/${code}`, payload })
}

/** Submits a CSV dataset whose own fields stand in the query string. */
export function submitCsv(
  hub: Hub,
  code: string,
  sequence: number,
  csv: string | Buffer,
  fields: Record<string, string | number | boolean> = {},
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const own = {
    sequence,
    extractedAt: `2026-11-24T02:00:00.${String(sequence).padStart(3, '0')}Z`,
    ...fields,
  }
  const query = Object.entries(own).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return hub.app.inject({
    method: 'POST',
    url: `/v1/authorities/${code}/datasets?${query.join('&')}`,
    headers: { 'content-type': 'text/csv', ...headers },
    payload: csv,
  })
}

/** All that can be seen from outside of these authorities and of these people, without leaving a trace. */
export async function stateOf(hub: Hub, codes: string[], people: string[] = []) {
  const authorities = []
  for (const code of codes) {
    const base = `/v1/authorities/${code}`
    authorities.push({
      authority: await get(hub, base),
      plans: await get(hub, `${base}/plans?limit=500`),
      receipts: await get(hub, `${base}/datasets?limit=500`),
      notifications: await get(hub, `${base}/notifications?limit=500`),
    })
  }
  const seen = []
  for (const nhsNumber of people)
    seen.push((await lookUp(hub, nhsNumber, { careSetting: 'scheduled' })).json())
  const { authorities: freshness, hub: own } = await get(hub, '/v1/freshness')
  return { authorities, seen, freshness, hub: own }
}

/** The findings of a receipt without their words. */
export function briefly(receipt: { findings: Record<string, unknown>[] }) {
  return receipt.findings.map(({ message: _, ...rest }) => rest)
}

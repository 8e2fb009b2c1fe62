import autocannon from 'autocannon'
import { onOrder } from './processes.js'

/** One request, as it is sent. */
export interface SentRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

/** Load by a process of its own: as fast as the connections go, or at a steady rate. */
export interface LoadOrder {
  url: string
  /** Each connection sends its own share of them, over and over. */
  requests: SentRequest[]
  connections: number
  seconds: number
  /** Requests a second in all; as many as go when it is left out. */
  rate?: number
}

export interface LoadReport {
  requestsPerSecond: number
  answered: number
  p50Ms: number
  p99Ms: number
  /** Answers that were not 200, and requests that got none. */
  failed: number
}

onOrder(async ({ url, requests, connections, seconds, rate }: LoadOrder): Promise<LoadReport> => {
  let next = 0
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(rate !== undefined && { overallRate: rate }),
    setupClient(client) {
      const mine = next
      next += 1
      client.setRequests(requests.filter((_, i) => i % connections === mine % connections))
    },
  })
  return {
    requestsPerSecond: result.requests.average,
    answered: result['2xx'],
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
  }
})

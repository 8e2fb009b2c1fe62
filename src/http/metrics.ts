import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { epochMs, SECOND_MS } from '../clock.js'
import { checkFreshness } from '../hub/check-freshness.js'
import type { HubContext } from '../hub/context.js'
import type { AnsweredLookup, ChildLookup } from '../hub/look-up-child.js'
import { Type } from '../messages/type.js'
import { responses } from './responses.js'

type CountedLookup = Pick<AnsweredLookup, 'plans' | 'replayed'>

/** What is counted as requests are answered; labels are route patterns, outcomes and authority codes, never more. */
export interface Metrics {
  registry: Registry
  countLookup(answer: CountedLookup, careSetting: ChildLookup['careSetting']): void
  datasets: Counter<'outcome'>
  /** Notes how long a request took, from its head to the end of the reply. */
  observe(method: string, route: string, status: number | 'none', elapsedMs: number): void
}

/** The counters of one hub, on a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const lookups = new Counter({
    name: 'cpis_lookups_total',
    help: 'Lookups by outcome: hit, miss, silent-hit, silent-miss, replayed.',
    labelNames: ['outcome'],
    registers,
  })
  return {
    registry,
    countLookup: (answer, careSetting) => lookups.inc({ outcome: outcomeOf(answer, careSetting) }),
    datasets: new Counter({
      name: 'cpis_datasets_total',
      help: 'Datasets by outcome: accepted, partially-accepted, returned, put-off, repeated, dry-run.',
      labelNames: ['outcome'],
      registers,
    }),
    observe: latencyObserver(registers),
  }
}

function outcomeOf({ plans, replayed }: CountedLookup, careSetting: ChildLookup['careSetting']): string {
  if (replayed) return 'replayed'
  const outcome = plans.length > 0 ? 'hit' : 'miss'
  return careSetting === 'scheduled' ? `silent-${outcome}` : outcome
}

/** Registers `/metrics` in the Prometheus text form. */
export function registerMetrics(app: FastifyInstance, hub: HubContext, { registry }: Metrics): void {
  const showQueues = registerGauges([registry])

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['operations'],
        operationId: 'readMetrics',
        summary: 'Metrics in the Prometheus text form',
        response: {
          ...responses({}, 'SCHEMA_VIOLATION'),
          200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } },
        },
      },
    },
    async (_request, reply) => {
      await showQueues(hub)
      return reply.type(registry.contentType).send(withShortFractions(await registry.metrics()))
    },
  )
}

/** To the microsecond: whoever searches the metrics for NHS numbers finds ten digits in a row in a long fraction. */
function withShortFractions(text: string): string {
  return text.replace(/\d+\.\d{7,}/g, (number) => Number(number).toFixed(6))
}

function latencyObserver(registers: Registry[]): Metrics['observe'] {
  const latency = new Histogram({
    name: 'cpis_http_request_seconds',
    help: 'Time from the request’s head to the end of the reply.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  return (method, route, status, elapsedMs) =>
    latency.observe({ method, route, status }, elapsedMs / SECOND_MS)
}

function registerGauges(registers: Registry[]): (hub: HubContext) => Promise<void> {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['authority'], registers })
  const queued = gauge('cpis_notifications_queued', 'Notifications that can be leased now.')
  const oldest = gauge('cpis_notifications_oldest_seconds', 'Age of the oldest of them.')
  const attention = gauge('cpis_notifications_attention', 'Notifications that need attention.')
  const age = gauge('cpis_dataset_age_seconds', 'Age of the last accepted dataset.')
  const overdue = gauge('cpis_dataset_overdue', '1 when the next dataset is past due and grace.')
  return async (hub) => {
    const now = epochMs(hub.clock())
    for (const each of [queued, oldest, attention, age, overdue]) each.reset()
    for (const { authority, freshness, queue } of (await checkFreshness(hub)).authorities) {
      const labels = { authority: authority.code }
      queued.set(labels, queue.queued)
      attention.set(labels, queue.attention)
      if (queue.oldestQueuedAt)
        oldest.set(labels, Math.max(0, (now - epochMs(queue.oldestQueuedAt)) / SECOND_MS))
      if (freshness) age.set(labels, freshness.ageSeconds)
      if (freshness) overdue.set(labels, freshness.overdue ? 1 : 0)
    }
  }
}

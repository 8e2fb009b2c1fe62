import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { AuthorityStatus } from '../../domain/local-authority.js'
import type { Receipt } from '../../domain/receipt.js'
import type { AskedByAuthority } from '../../tester/conformance/exchange.js'
import { inflatedIn, sequenceIn } from './sequence-in.js'

type Reader = (request: FastifyRequest, status: number) => AskedByAuthority | undefined

const look = () => ({ kind: 'look' }) as const

/**
 * What a settled request was, by its operation. Nothing refuses here, and nothing can be relied on: a request that met a
 * fault was not validated.
 */
export const ASKED_BY_AUTHORITIES: Partial<Record<string, Reader>> = {
  submitDataset: datasetOf,
  leaseNotifications: ({ answer }) => ({ kind: 'lease', leased: countOf(answer, 'notifications') }),
  acknowledgeNotifications: ({ answer }) => ({
    kind: 'acknowledge',
    acknowledged: countOf(answer, 'acknowledged'),
  }),
  releaseNotifications: () => ({ kind: 'release' }),
  getAuthority: look,
  listReceipts: look,
  // These two tell of every authority.
  listAuthorities: look,
  checkFreshness: look,
  getReceipt: look,
  saveAuthority: saveOf,
}

interface DatasetRequest {
  query: { dryRun?: unknown; sequence?: unknown }
  body: { format: 'json' | 'csv'; bytes: Buffer } | undefined
}

function datasetOf(request: FastifyRequest, status: number): AskedByAuthority {
  // A request is seen here as any route's; this one's shape is that of the route for datasets.
  const { query, body } = request as unknown as DatasetRequest
  const receipt = receiptIn(request.answer)
  // As it came where it was refused, for instance TRUE.
  const dryRun = ![undefined, 'false'].includes(query.dryRun?.toString())
  return {
    kind: 'dataset',
    sequence: receipt?.sequence ?? sequenceOf(query, body, request.headers['content-encoding']),
    dryRun,
    outcome: receipt === undefined || dryRun ? null : outcomeOf(status),
    print: () => printOf(request, body),
  }
}

function receiptIn(answer: unknown): Receipt | undefined {
  return typeof answer === 'object' && answer !== null && 'fileCode' in answer
    ? (answer as Receipt)
    : undefined
}

function outcomeOf(status: number) {
  const outcomes = { 200: 'repeated', 201: 'accepted', 422: 'returned' } as const
  return outcomes[status as keyof typeof outcomes] ?? null
}

/** As it was written; null when it cannot be made out. */
function sequenceOf(
  { sequence }: DatasetRequest['query'],
  body: DatasetRequest['body'],
  encoding: string | undefined,
): number | null {
  if (body?.format === 'json') return sequenceIn(body.bytes, isGzip(encoding))
  const number = Number(sequence)
  return Number.isSafeInteger(number) ? number : null
}

/** Equal for a retry, whatever its encoding. As it was written: validation changes the query. */
function printOf({ raw, headers }: FastifyRequest, body: DatasetRequest['body']): string | null {
  if (body === undefined) return null
  const fields = new URLSearchParams(raw.url?.split('?')[1])
  // What is asked beside the content.
  for (const name of ['dryRun', 'confirmShrink']) fields.delete(name)
  fields.sort()
  const inflated = isGzip(headers['content-encoding']) ? inflatedIn(body.bytes) : body.bytes
  // Of one that is too long to be inflated here its bytes will do.
  const bytes = inflated.length > 0 ? inflated : body.bytes
  return createHash('sha256').update(`${fields}\n`).update(bytes).digest('hex')
}

function isGzip(encoding: string | undefined): boolean {
  return encoding?.toLowerCase() === 'gzip'
}

function saveOf(
  { answer, body, statusBefore }: FastifyRequest,
  status: number,
): AskedByAuthority | undefined {
  if (status >= 300 || typeof answer !== 'object' || answer === null) return undefined
  const { status: after } = answer as { status: AuthorityStatus }
  const { force } = body as { force?: boolean }
  return {
    kind: 'save',
    authorityStatus: after,
    wentLive: after === 'live' && statusBefore !== 'live',
    forced: force === true,
  }
}

function countOf(answer: unknown, name: string): number {
  const list = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[name] : []
  return Array.isArray(list) ? list.length : 0
}

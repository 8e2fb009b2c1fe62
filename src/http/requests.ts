import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { HOUR_MS } from '../clock.js'
import { IDEMPOTENCY_KEPT_HOURS, type Idempotency } from '../domain/idempotency.js'
import { refuse } from '../domain/problem.js'
import type { RequestOrigin } from '../domain/request-origin.js'

/**
 * Where a request comes from; until callers can be authenticated, they are who they say. `action` is the method and
 * the route's pattern, in one text.
 */
export function originOf(request: FastifyRequest, caller: string, action: string): RequestOrigin {
  return { caller, requestId: request.id, action }
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/

/** The caller's `Idempotency-Key` with a fingerprint of the body; refuses a key that cannot be one. */
export function idempotencyOf(request: FastifyRequest): Idempotency | undefined {
  return idempotencyWith(request.headers['idempotency-key'], request.body)
}

/** A key that came in a header, with a fingerprint of what is asked under it; refuses one that cannot be a key. */
export function idempotencyWith(key: string | string[] | undefined, asked: unknown): Idempotency | undefined {
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !VISIBLE_ASCII.test(key)) {
    throw refuse(
      'IDEMPOTENCY_KEY',
      'Send one Idempotency-Key of 1 to 255 visible ASCII characters; a UUID is best.',
    )
  }
  return { key, fingerprint: fingerprintOf(asked), keptMs: IDEMPOTENCY_KEPT_HOURS * HOUR_MS }
}

/** The same for the same JSON, however its keys are ordered. */
export function fingerprintOf(asked: unknown): string {
  return createHash('sha256').update(canonical(asked)).digest('hex')
}

/** JSON with its keys in order, so that the same request written twice is the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

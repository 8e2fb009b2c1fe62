import type { Instant } from '../../../clock.js'
import type { Idempotency } from '../../../domain/idempotency.js'
import type { RequestOrigin } from '../../../domain/request-origin.js'
import { type Connection, statement } from '../open.js'

/** Keeps a key with the answer that it pins, in the transaction of the effect. */
export function keepKey(
  connection: Connection,
  origin: RequestOrigin,
  idempotency: Idempotency | undefined,
  now: Instant,
  reply: unknown,
): void {
  if (idempotency === undefined) return
  statement(
    connection,
    'insert or replace into idempotency_keys (caller, action, key, fingerprint, kept_at, reply) values (?, ?, ?, ?, ?, ?)',
  ).run(origin.caller, origin.action, idempotency.key, idempotency.fingerprint, now, JSON.stringify(reply))
}

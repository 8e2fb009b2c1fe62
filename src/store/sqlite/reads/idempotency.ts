import type { Instant } from '../../../clock.js'
import type { KeptKey } from '../../../domain/idempotency.js'
import type { RequestOrigin } from '../../../domain/request-origin.js'
import { type Connection, statement } from '../open.js'
import { parseStored } from '../rows.js'

/** The key as it was kept for this caller and route, with the answer that it pins. */
export function findKey<Reply>(
  connection: Connection,
  origin: RequestOrigin,
  key: string,
): (KeptKey & { reply: Reply }) | undefined {
  const row = statement<{ fingerprint: string; kept_at: string; reply: string }>(
    connection,
    'select fingerprint, kept_at, reply from idempotency_keys where caller = ? and action = ? and key = ?',
  ).get(origin.caller, origin.action, key)
  return (
    row && {
      fingerprint: row.fingerprint,
      keptAt: row.kept_at as Instant,
      reply: parseStored<Reply>(row.reply),
    }
  )
}

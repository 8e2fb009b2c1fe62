import { addMs, type Instant } from '../../../clock.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import {
  ATTENTION_AGE_MS,
  ATTENTION_ATTEMPTS,
  type NotificationKind,
  type NotificationState,
  type NotificationSummary,
  needsAttention,
  stateAt,
} from '../../../domain/notification.js'
import { decodeNumberCursor, encodeCursor } from '../../cursor.js'
import type { Page, PageRequest, QueueDepth } from '../../store.js'
import { type Connection, statement } from '../open.js'

const LISTING = 'notifications'

interface SummaryRow {
  seq: number
  id: string
  kind: string
  created_at: string
  attempt: number
  leased_until: string | null
  acknowledged_at: string | null
}

/** One page of those that fit; acknowledged or not, they have an index of their own. */
const pageOf = (condition: string) =>
  `select seq, id, kind, created_at, attempt, leased_until, acknowledged_at from notifications
   where authority_code = @code and seq > @after and ${condition} order by seq limit @limit`

// `now` is bound in each, so that one call serves all.
const LIST: Record<NotificationState | 'any', string> = {
  any: `select * from (${pageOf('acknowledged_at is null and @now is not null')})
    union all select * from (${pageOf('acknowledged_at is not null')}) order by seq limit @limit`,
  queued: pageOf('acknowledged_at is null and (leased_until is null or leased_until <= @now)'),
  leased: pageOf('acknowledged_at is null and leased_until > @now'),
  acknowledged: pageOf('acknowledged_at is not null and @now is not null'),
}

export function listNotifications(
  connection: Connection,
  code: AuthorityCode,
  page: PageRequest & { state: NotificationState | undefined; now: Instant },
): Page<NotificationSummary> {
  const after = page.after === undefined ? 0 : decodeNumberCursor(LISTING, page.after)
  const rows = statement<SummaryRow>(connection, LIST[page.state ?? 'any']).all({
    code,
    after,
    now: page.now,
    limit: page.limit + 1,
  })
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const next = rows.length > page.limit && last ? encodeCursor(LISTING, last.seq) : null
  return { items: shown.map((row) => summaryAt(row, page.now)), next }
}

export function findNotification(
  connection: Connection,
  id: string,
  now: Instant,
): NotificationSummary | undefined {
  const row = statement<SummaryRow>(
    connection,
    'select seq, id, kind, created_at, attempt, leased_until, acknowledged_at from notifications where id = ?',
  ).get(id)
  return row && summaryAt(row, now)
}

function summaryAt(row: SummaryRow, now: Instant): NotificationSummary {
  const stored = {
    acknowledged: row.acknowledged_at !== null,
    leasedUntil: row.leased_until as Instant | null,
    attempt: row.attempt,
    createdAt: row.created_at as Instant,
  }
  const state = stateAt(stored, now)
  return {
    id: row.id,
    kind: row.kind as NotificationKind,
    state,
    createdAt: stored.createdAt,
    attempt: row.attempt,
    attention: needsAttention(stored, now),
    ...(state === 'leased' && { leasedUntil: stored.leasedUntil as Instant }),
  }
}

export function hasLeasable(connection: Connection, code: AuthorityCode, now: Instant): boolean {
  return (
    statement(
      connection,
      `select 1 from notifications
       where authority_code = ? and acknowledged_at is null and (leased_until is null or leased_until <= ?) limit 1`,
    ).get(code, now) !== undefined
  )
}

/** For every authority that has notifications which nobody acknowledged. */
export function listQueueDepths(connection: Connection, now: Instant): QueueDepth[] {
  return statement<{ code: string; queued: number; oldest: string | null; attention: number }>(
    connection,
    `select authority_code as code,
       count(*) filter (where leased_until is null or leased_until <= @now) as queued,
       min(created_at) filter (where leased_until is null or leased_until <= @now) as oldest,
       count(*) filter (where attempt >= @attempts or created_at <= @dayOld) as attention
     from notifications where acknowledged_at is null group by authority_code`,
  )
    .all({ now, attempts: ATTENTION_ATTEMPTS, dayOld: addMs(now, -ATTENTION_AGE_MS) })
    .map((row) => ({
      authorityCode: row.code as AuthorityCode,
      queued: row.queued,
      oldestQueuedAt: row.oldest as Instant | null,
      attention: row.attention,
    }))
}

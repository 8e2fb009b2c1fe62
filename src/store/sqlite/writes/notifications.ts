import type { Instant } from '../../../clock.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import type {
  LeasedNotification,
  NewNotification,
  NotificationKind,
  NotificationPayload,
  NotificationSummary,
} from '../../../domain/notification.js'
import type { Acknowledgement, LeaseRequest, NotificationSetting, Release } from '../../store.js'
import { type Connection, statement } from '../open.js'
import { findNotification } from '../reads/notifications.js'
import { parseStored } from '../rows.js'

/** Queues a notification; one that is there already stays as it is. Answers whether it is new. */
export function queueNotification(connection: Connection, notification: NewNotification): boolean {
  const { id, authorityCode, kind, createdAt, payload } = notification
  const inserted = statement(
    connection,
    `insert into notifications (id, authority_code, kind, created_at, attempt, payload) values (?, ?, ?, ?, 0, ?)
     on conflict (id) do nothing`,
  ).run(id, authorityCode, kind, createdAt, JSON.stringify(payload))
  return inserted.changes === 1
}

export function leaseNotifications(connection: Connection, request: LeaseRequest): LeasedNotification[] {
  const rows = statement<{
    seq: number
    id: string
    kind: string
    created_at: string
    attempt: number
    payload: string
  }>(
    connection,
    `select seq, id, kind, created_at, attempt, payload from notifications
     where authority_code = ? and acknowledged_at is null and (leased_until is null or leased_until <= ?)
     order by seq limit ?`,
  ).all(request.authorityCode, request.now, request.max)
  const take = statement(
    connection,
    'update notifications set lease_id = ?, leased_until = ?, attempt = attempt + 1 where seq = ?',
  )
  return rows.map((row) => {
    take.run(request.leaseId, request.leasedUntil, row.seq)
    return {
      id: row.id,
      kind: row.kind as NotificationKind,
      createdAt: row.created_at as Instant,
      attempt: row.attempt + 1,
      ...parseStored<NotificationPayload>(row.payload),
    }
  })
}

interface HeldRow {
  seq: number
  lease_id: string | null
  leased_until: string | null
  acknowledged_at: string | null
}

function findHeld(connection: Connection, code: AuthorityCode, id: string): HeldRow | undefined {
  return statement<HeldRow>(
    connection,
    'select seq, lease_id, leased_until, acknowledged_at from notifications where id = ? and authority_code = ?',
  ).get(id, code)
}

/** Good after the lease ran out as well: the work was done. */
export function acknowledgeNotifications(
  connection: Connection,
  { code, ids, now }: { code: AuthorityCode; ids: string[]; now: Instant },
): Acknowledgement {
  const result: Acknowledgement = { acknowledged: [], alreadyAcknowledged: [], unknown: [] }
  const acknowledge = statement(
    connection,
    'update notifications set acknowledged_at = ?, lease_id = null, leased_until = null where seq = ?',
  )
  for (const id of new Set(ids)) {
    const held = findHeld(connection, code, id)
    if (held === undefined) {
      result.unknown.push(id)
    } else if (held.acknowledged_at !== null) {
      result.alreadyAcknowledged.push(id)
    } else {
      acknowledge.run(now, held.seq)
      result.acknowledged.push(id)
    }
  }
  return result
}

export function releaseNotifications(
  connection: Connection,
  {
    code,
    ids,
    leaseId,
    now,
  }: { code: AuthorityCode; ids: string[]; leaseId: string | undefined; now: Instant },
): Release {
  const result: Release = { released: [], unknown: [] }
  const release = statement(
    connection,
    'update notifications set lease_id = null, leased_until = null where seq = ?',
  )
  for (const id of new Set(ids)) {
    const held = findHeld(connection, code, id)
    if (held === undefined) {
      result.unknown.push(id)
    } else if (isHeldNow(held, now) && (leaseId === undefined || held.lease_id === leaseId)) {
      release.run(held.seq)
      result.released.push(id)
    }
  }
  return result
}

function isHeldNow(held: HeldRow, now: Instant): boolean {
  return held.acknowledged_at === null && held.leased_until !== null && held.leased_until > now
}

/** For testers alone. What leased it keeps its lease id, so that it can still give it back. */
export function setNotification(
  connection: Connection,
  { id, state, attempt, leasedUntil, now }: NotificationSetting,
): { authorityCode: AuthorityCode; summary: NotificationSummary } | undefined {
  const set = statement<{ authority_code: string }>(
    connection,
    `update notifications set attempt = coalesce(@attempt, attempt), leased_until = @leasedUntil,
       lease_id = case when @leasedUntil is null then null else lease_id end,
       acknowledged_at = case when @state = 'acknowledged' then coalesce(acknowledged_at, @now) end
     where id = @id returning authority_code`,
  ).get({ id, state, attempt: attempt ?? null, leasedUntil, now })
  const summary = set && findNotification(connection, id, now)
  return summary && { authorityCode: set.authority_code as AuthorityCode, summary }
}

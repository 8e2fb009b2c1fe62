import type { Instant } from '../../../clock.js'
import type { CalendarDate } from '../../../domain/calendar.js'
import { becameOverdueOn, freshnessOf } from '../../../domain/freshness.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import { notificationId } from '../../../domain/notification.js'
import { isVisibleOn } from '../../../domain/plan.js'
import type { HealthActivity, MaintenanceMark, OverdueNotices, PurgeBefore } from '../../store.js'
import { type Connection, statement } from '../open.js'
import { getAuthority, listThoseWithDatasets } from '../reads/authorities.js'
import { plansOfAuthority } from '../reads/plans.js'
import { writeAuthority } from './authorities.js'
import { noteEraseDue } from './erase-due.js'
import { queueNotification } from './notifications.js'
import { forgetOffIndex } from './off-index.js'
import { removePlans } from './plans.js'

export function queueOverdueNotices(
  connection: Connection,
  { at, date, rules, newlyOverdueOnly, only }: OverdueNotices,
): AuthorityCode[] {
  const told: AuthorityCode[] = []
  for (const { code, lastDataset } of listThoseWithDatasets(connection)) {
    if (only !== undefined && !only.includes(code)) continue
    const freshness = freshnessOf(lastDataset?.acceptedAt, at, rules)
    if (lastDataset === null || !freshness?.overdue) continue
    if (newlyOverdueOnly && !becameOverdueOn(date, lastDataset.acceptedAt, rules)) continue
    const isNew = queueNotification(connection, {
      id: notificationId(`overdue-${date}`, code),
      authorityCode: code,
      kind: 'dataset-overdue',
      createdAt: at,
      payload: { overdue: { date, lastAcceptedAt: lastDataset.acceptedAt, due: freshness.due } },
    })
    if (isNew) told.push(code)
  }
  return told
}

export function purgePlans(
  connection: Connection,
  { code, today, now }: { code: AuthorityCode; today: CalendarDate; now: Instant },
): number {
  const gone = plansOfAuthority(connection, code).filter((plan) => !isVisibleOn(plan, today))
  if (gone.length === 0) return 0
  removePlans(connection, gone, now)
  const authority = getAuthority(connection, code)
  writeAuthority(connection, { ...authority, version: authority.version + 1 })
  return gone.length
}

// Small enough that a lookup which waits behind one such transaction does not notice.
const PURGED_AT_ONCE = 200

/** Removes what is known of a number that has long had no plan; a visit that was reported since then stays its own time. */
function purgeEvents(connection: Connection, nhsNumber: string, before: Instant): void {
  statement(connection, 'delete from access_events where nhs_number = ? and at <= ?').run(nhsNumber, before)
  statement(connection, 'delete from attendances where nhs_number = ? and received_at <= ?').run(
    nhsNumber,
    before,
  )
  const oldest = statement<{ at: string | null }>(
    connection,
    `select min(at) as at from (select at from access_events where nhs_number = @nhsNumber
       union all select received_at from attendances where nhs_number = @nhsNumber)`,
  ).get({ nhsNumber })
  if (oldest?.at)
    statement(connection, 'update off_index set since = ? where nhs_number = ?').run(oldest.at, nhsNumber)
  else forgetOffIndex(connection, nhsNumber)
}

export function purge(connection: Connection, before: PurgeBefore): number {
  const numbers = statement<{ nhs_number: string }>(
    connection,
    'select nhs_number from off_index where since <= ? limit ?',
  ).all(before.events, PURGED_AT_ONCE)
  for (const { nhs_number } of numbers) purgeEvents(connection, nhs_number, before.events)
  const acknowledged = statement(
    connection,
    `delete from notifications where seq in
       (select seq from notifications where acknowledged_at is not null and acknowledged_at <= ? limit ?)`,
  ).run(before.acknowledged, PURGED_AT_ONCE)
  // The last accepted receipt stays however old it is: a retry of that dataset is answered with it.
  const receipts = statement(
    connection,
    `delete from receipts where seq in (select r.seq from receipts r join authorities a on a.code = r.authority_code
       where r.received_at <= ? and r.id is not a.last_dataset_id limit ?)`,
  ).run(before.receipts, PURGED_AT_ONCE)
  const keys = statement(
    connection,
    `delete from idempotency_keys where (caller, action, key) in
       (select caller, action, key from idempotency_keys where kept_at <= ? limit ?)`,
  ).run(before.idempotencyKeys, PURGED_AT_ONCE)
  const removed = numbers.length + acknowledged.changes + receipts.changes + keys.changes
  if (removed > 0) noteEraseDue(connection)
  return removed
}

export function keepMaintenanceMark(
  connection: Connection,
  { mark, passed }: { mark: MaintenanceMark; passed: readonly CalendarDate[] },
): void {
  const keep = statement(connection, 'insert or ignore into days_run (day) values (?)')
  const redo = statement(connection, 'delete from days_undone where day = ?')
  for (const day of passed) {
    keep.run(day)
    redo.run(day)
  }
  statement(
    connection,
    'update hub_state set last_maintenance_at = ?, last_maintenance_day = ? where id = 1',
  ).run(mark.lastMaintenanceAt, mark.lastDay)
}

export function keepHealthActivity(
  connection: Connection,
  { changed, forgotten }: { changed: readonly HealthActivity[]; forgotten: readonly string[] },
): void {
  const keep = statement(connection, 'insert or replace into health_activity values (?, ?, ?)')
  for (const { odsCode, lastLookupAt, lastAttendanceAt } of changed)
    keep.run(odsCode, lastLookupAt, lastAttendanceAt)
  const forget = statement(connection, 'delete from health_activity where ods_code = ?')
  for (const odsCode of forgotten) forget.run(odsCode)
}

export function probe(connection: Connection): void {
  statement(connection, 'update hub_state set probes = probes + 1 where id = 1').run()
}

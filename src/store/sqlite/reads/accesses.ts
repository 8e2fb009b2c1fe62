import type { Instant } from '../../../clock.js'
import {
  ACCESSES_SHOWN,
  type AccessEvent,
  type RecordedAccess,
  type ShownAccess,
} from '../../../domain/access-event.js'
import type { CalendarDate } from '../../../domain/calendar.js'
import type { NhsNumber } from '../../../domain/nhs-number.js'
import type { Requester } from '../../../domain/requester.js'
import { type Connection, rawStatement, statement } from '../open.js'
import { ACCESS_COLUMNS, accessEventFromRow, parseStored } from '../rows.js'
import { visiblePlansOf } from './plans.js'

// The limit stands in the text: SQLite plans a statement anew for each value that is bound to a limit, which took two
// thirds of this read.
const LATEST = `select ${ACCESS_COLUMNS} from access_events where nhs_number = ?
  order by at desc, seq desc limit ${ACCESSES_SHOWN}`
const BY_ID = `select ${ACCESS_COLUMNS}, nhs_number from access_events where id = ?`

/** The latest accesses of a number from anywhere in the country, newest first. */
export function latestAccesses(connection: Connection, nhsNumber: NhsNumber): AccessEvent[] {
  return rawStatement(connection, LATEST).all(nhsNumber).map(accessEventFromRow)
}

/** The latest accesses with the current one among them, which is an old one when it is a repeat. */
export function accessesShown(
  connection: Connection,
  nhsNumber: NhsNumber,
  currentId: string,
): AccessEvent[] {
  const latest = latestAccesses(connection, nhsNumber)
  if (latest.some((access) => access.id === currentId)) return latest
  const current = findAccess(connection, currentId)
  return current === undefined ? latest : [...latest.slice(0, ACCESSES_SHOWN - 1), current]
}

/** An access by its id with the number that it was about, if health may see a plan of that number today. */
export function findShownAccess(
  connection: Connection,
  id: string,
  today: CalendarDate,
): ShownAccess | undefined {
  const row = rawStatement(connection, BY_ID).get(id)
  if (row === undefined) return undefined
  const nhsNumber = row.at(-1) as NhsNumber
  if (visiblePlansOf(connection, nhsNumber, today).length === 0) return undefined
  return { nhsNumber, access: accessEventFromRow(row) }
}

function findAccess(connection: Connection, id: string): AccessEvent | undefined {
  const row = rawStatement(connection, BY_ID).get(id)
  return row && accessEventFromRow(row)
}

/** An access as it was recorded, which on a repeat is not how it was asked this time. */
export function getAccess(connection: Connection, id: string): AccessEvent {
  const access = findAccess(connection, id)
  if (access === undefined) throw new Error('an access that was recorded is not there')
  return access
}

/** The last recorded access of the same user of the same organisation to the same number, after `since`, up to now. */
export function lastAccessBy(
  connection: Connection,
  nhsNumber: NhsNumber,
  { organisation, user }: Requester,
  { since, now }: { since: Instant; now: Instant },
): RecordedAccess | undefined {
  const row = rawStatement(
    connection,
    `select id, at, notified from access_events
     where nhs_number = ? and at > ? and at <= ? and ods_code = ? and user_id = ?
     order by at desc, seq desc limit 1`,
  ).get(nhsNumber, since, now, organisation.odsCode, user.id)
  if (row === undefined) return undefined
  const [id, at, notified] = row as [string, Instant, string]
  return { id, at, notified: parseStored(notified) }
}

export function hasAccess(connection: Connection, accessId: string, nhsNumber: NhsNumber): boolean {
  const sql = 'select 1 from access_events where id = ? and nhs_number = ?'
  return statement(connection, sql).get(accessId, nhsNumber) !== undefined
}

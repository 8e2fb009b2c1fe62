import type { Instant } from '../../../clock.js'
import { type Connection, statement } from '../open.js'

/** Notes since when a number has had no plan; retention of its events counts from the first such moment. */
export function markOffIndex(connection: Connection, nhsNumber: string, since: Instant): void {
  statement(
    connection,
    'insert into off_index (nhs_number, since) values (?, ?) on conflict (nhs_number) do nothing',
  ).run(nhsNumber, since)
}

/** Whether any number is marked. */
export function hasOffIndex(connection: Connection): boolean {
  return statement(connection, 'select 1 from off_index limit 1').get() !== undefined
}

/** The number has a plan again, or nothing more is known of it. */
export function forgetOffIndex(connection: Connection, nhsNumber: string): void {
  statement(connection, 'delete from off_index where nhs_number = ?').run(nhsNumber)
}

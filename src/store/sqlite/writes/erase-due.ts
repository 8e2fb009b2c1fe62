import { type Connection, statement } from '../open.js'

/** Notes, with the removal of rows, that bytes of them are still in the files. */
export function noteEraseDue(connection: Connection): void {
  statement(connection, 'update hub_state set erase_due = 1 where id = 1').run()
}

export function isEraseDue(connection: Connection): boolean {
  return statement(connection, 'select 1 from hub_state where erase_due = 1').get() !== undefined
}

export function noteErased(connection: Connection): void {
  statement(connection, 'update hub_state set erase_due = 0 where id = 1').run()
}

import { type Connection, statement } from '../open.js'

/** Where bytes of removed rows are left: nowhere, in the pages of the file, or only in the log. */
export const ERASE_DUE = { nowhere: 0, pages: 1, log: 2 } as const
export type EraseDue = (typeof ERASE_DUE)[keyof typeof ERASE_DUE]

/** To be called with the removal of rows, in its transaction. */
export function noteEraseDue(connection: Connection): void {
  keepEraseDue(connection, ERASE_DUE.pages)
}

export function keepEraseDue(connection: Connection, due: EraseDue): void {
  statement(connection, 'update hub_state set erase_due = ? where id = 1').run(due)
}

export function eraseDue(connection: Connection): EraseDue {
  const row = statement<{ due: EraseDue }>(connection, 'select erase_due as due from hub_state').get()
  return row?.due ?? ERASE_DUE.nowhere
}

import type { AuthorityCode } from '../../../domain/local-authority.js'
import type { Receipt, ReceiptSummary } from '../../../domain/receipt.js'
import { decodeNumberCursor, encodeCursor } from '../../cursor.js'
import type { Page, PageRequest } from '../../store.js'
import { type Connection, statement } from '../open.js'
import { type ReceiptRow, receiptFromRow, receiptSummaryFromRow } from '../rows.js'

const LISTING = 'receipts'

export function listReceipts(
  connection: Connection,
  code: AuthorityCode,
  page: PageRequest,
): Page<ReceiptSummary> {
  const before = page.after === undefined ? Number.MAX_SAFE_INTEGER : decodeNumberCursor(LISTING, page.after)
  const rows = statement<{ seq: number; summary: string }>(
    connection,
    'select seq, summary from receipts where authority_code = ? and seq < ? order by seq desc limit ?',
  ).all(code, before, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const next = rows.length > page.limit && last ? encodeCursor(LISTING, last.seq) : null
  return { items: shown.map(receiptSummaryFromRow), next }
}

export function findReceipt(connection: Connection, code: AuthorityCode, id: string): Receipt | undefined {
  const sql = 'select summary, findings from receipts where authority_code = ? and id = ?'
  const row = statement<ReceiptRow>(connection, sql).get(code, id)
  return row && receiptFromRow(row)
}

/** The accepted dataset of an authority that bears this sequence number. */
export function findAccepted(
  connection: Connection,
  code: AuthorityCode,
  sequence: number,
): { datasetId: string; contentDigest: string } | undefined {
  return statement<{ datasetId: string; contentDigest: string }>(
    connection,
    `select id as datasetId, content_digest as contentDigest from receipts
     where authority_code = ? and sequence = ? and accepted = 1`,
  ).get(code, sequence)
}

import type { Receipt } from '../../../domain/receipt.js'
import type { RequestOrigin } from '../../../domain/request-origin.js'
import { pause } from '../../../pause.js'
import { unpackPlanChanges } from '../../plan-changes.js'
import type { AcceptOutcome, DatasetAcceptance } from '../../store.js'
import { type Connection, statement } from '../open.js'
import { getAuthority } from '../reads/authorities.js'
import { writeAuthority } from './authorities.js'
import { removePlans, writePlans } from './plans.js'

type KeptReceipt = Receipt & { id: string }

/** Brings an authority's part of the index to what its dataset says, unless it moved since that was computed. */
export function acceptDataset(connection: Connection, acceptance: DatasetAcceptance): AcceptOutcome {
  const { authorityCode, receipt } = acceptance
  const authority = getAuthority(connection, authorityCode)
  if (authority.version !== acceptance.basedOnVersion) return { kind: 'superseded' }
  const { written, removed } = unpackPlanChanges(acceptance.changes)
  removePlans(connection, removed, receipt.receivedAt)
  pause('D4 plans half written')
  writePlans(
    connection,
    written.map((facts) => ({ ...facts, authorityCode })),
  )
  writeAuthority(connection, {
    ...authority,
    childrenInScope: acceptance.childrenInScope ?? authority.childrenInScope,
    lastDataset: {
      id: receipt.id,
      sequence: receipt.sequence,
      acceptedAt: receipt.receivedAt,
      extractedAt: receipt.extractedAt,
      recordCount: receipt.recordCount,
    },
    version: authority.version + 1,
  })
  keepReceipt(connection, receipt, acceptance.origin)
  return { kind: 'accepted' }
}

export function keepReturned(
  connection: Connection,
  { receipt, origin }: { receipt: KeptReceipt; origin: RequestOrigin },
): void {
  const authority = getAuthority(connection, receipt.authorityCode)
  const { id, sequence, receivedAt, findingCount } = receipt
  writeAuthority(connection, { ...authority, lastReturned: { id, sequence, receivedAt, findingCount } })
  keepReceipt(connection, receipt, origin)
}

function keepReceipt(connection: Connection, receipt: KeptReceipt, origin: RequestOrigin): void {
  const { findings, ...summary } = receipt
  statement(
    connection,
    `insert into receipts (id, authority_code, sequence, accepted, content_digest, received_at, caller, request_id,
       summary, findings) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    receipt.id,
    receipt.authorityCode,
    receipt.sequence,
    receipt.outcome === 'returned' ? 0 : 1,
    receipt.contentDigest,
    receipt.receivedAt,
    origin.caller,
    origin.requestId,
    JSON.stringify(summary),
    JSON.stringify(findings),
  )
}

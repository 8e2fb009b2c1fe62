import type { Instant } from '../../../clock.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import type { Receipt } from '../../../domain/receipt.js'
import type { RequestOrigin } from '../../../domain/request-origin.js'
import { pause } from '../../../pause.js'
import { unpackPlanChanges } from '../../plan-changes.js'
import type { AcceptOutcome, DatasetAcceptance, PeopleEntry, SeedOutcome } from '../../store.js'
import { type Connection, statement } from '../open.js'
import { getAuthority } from '../reads/authorities.js'
import { plansOfAuthority } from '../reads/plans.js'
import { writeAuthority } from './authorities.js'
import { noteEraseDue } from './erase-due.js'
import { savePeople } from './people.js'
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

/**
 * All of them with their people, or nothing: when one of the authorities moved since its difference was computed, or the
 * register has no room.
 */
export function acceptDatasets(
  connection: Connection,
  acceptances: readonly DatasetAcceptance[],
  people: PeopleEntry,
): SeedOutcome {
  const isCurrent = ({ authorityCode, basedOnVersion }: DatasetAcceptance) =>
    getAuthority(connection, authorityCode).version === basedOnVersion
  if (!acceptances.every(isCurrent)) return { kind: 'superseded' }
  if (savePeople(connection, people).kind === 'full') return { kind: 'full' }
  for (const acceptance of acceptances) acceptDataset(connection, acceptance)
  return { kind: 'accepted' }
}

/** Forgets what an authority sent and was told, as if it had sent nothing yet. */
export function resetAuthority(
  connection: Connection,
  { code, now }: { code: AuthorityCode; now: Instant },
): void {
  const authority = getAuthority(connection, code)
  removePlans(connection, plansOfAuthority(connection, code), now)
  statement(connection, 'delete from receipts where authority_code = ?').run(code)
  statement(connection, 'delete from notifications where authority_code = ?').run(code)
  // Who looked stays known; that this authority was told went with its notifications, so that the next look tells it.
  statement(
    connection,
    `update access_events set notified =
       (select json_group_array(value) from json_each(access_events.notified) where value <> @code)
     where notified like '%"' || @code || '"%'`,
  ).run({ code })
  statement(
    connection,
    'insert or ignore into days_undone (day, authority_code) select day, ? from days_run',
  ).run(code)
  writeAuthority(connection, {
    ...authority,
    lastDataset: null,
    lastReturned: null,
    version: authority.version + 1,
  })
  noteEraseDue(connection)
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

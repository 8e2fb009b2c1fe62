import type { AuthorityCode, LocalAuthority } from '../../../domain/local-authority.js'
import type { ResponsibleAuthority } from '../../../domain/lookup.js'
import { type AuthorityRow, authorityFromRow, responsibleFromRow } from '../authority-rows.js'
import { type Connection, rawStatement, statement } from '../open.js'

export function listAuthorities(connection: Connection): LocalAuthority[] {
  return statement<AuthorityRow>(connection, 'select * from authorities order by code')
    .all()
    .map(authorityFromRow)
}

/** The others cannot be overdue; reading all 153 takes most of the time of a night in which nothing happens. */
export function listThoseWithDatasets(connection: Connection): LocalAuthority[] {
  const sql = 'select * from authorities where last_dataset_accepted_at is not null order by code'
  return statement<AuthorityRow>(connection, sql).all().map(authorityFromRow)
}

export function findAuthority(connection: Connection, code: AuthorityCode): LocalAuthority | undefined {
  const row = statement<AuthorityRow>(connection, 'select * from authorities where code = ?').get(code)
  return row && authorityFromRow(row)
}

export function getAuthority(connection: Connection, code: AuthorityCode): LocalAuthority {
  const authority = findAuthority(connection, code)
  if (authority === undefined) throw new Error('the index refers to an authority that is not there')
  return authority
}

const RESPONSIBLE = `select code, name, office_hours_phone, emergency_duty_phone, status, visible_to_health,
  last_dataset_accepted_at from authorities where code = ?`

/** What a lookup shows of an authority. */
export function responsibleAuthority(connection: Connection, code: AuthorityCode): ResponsibleAuthority {
  const known = connection.readonly ? knownSince(connection) : undefined
  const found = known?.get(code)
  if (found !== undefined) return found
  const row = rawStatement(connection, RESPONSIBLE).get(code)
  if (row === undefined) throw new Error('the index refers to an authority that is not there')
  const authority = responsibleFromRow(row)
  known?.set(code, authority)
  return authority
}

interface Known {
  version: number
  byCode: Map<AuthorityCode, ResponsibleAuthority>
}
const knownTo = new WeakMap<Connection, Known>()

/**
 * What a connection that never writes has read since another one last committed: reading an authority again costs
 * more than all else of a lookup's plans. `data_version` moves with every commit of another connection.
 */
function knownSince(connection: Connection): Known['byCode'] {
  const version = statement<number>(connection, 'pragma data_version').pluck().get() as number
  let known = knownTo.get(connection)
  if (known?.version !== version) {
    known = { version, byCode: new Map() }
    knownTo.set(connection, known)
  }
  return known.byCode
}

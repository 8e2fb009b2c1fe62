import type { AuthorityCode, LocalAuthority } from '../../../domain/local-authority.js'
import { type Connection, statement } from '../open.js'
import { type AuthorityRow, authorityFromRow } from '../rows.js'

export function listAuthorities(connection: Connection): LocalAuthority[] {
  return statement<AuthorityRow>(connection, 'select * from authorities order by code')
    .all()
    .map(authorityFromRow)
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

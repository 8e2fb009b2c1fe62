import type { LocalAuthority } from '../../../domain/local-authority.js'
import { goLiveGate, isGoingLive, newAuthority, withProfile } from '../../../domain/local-authority.js'
import type { AuthorityChange, SaveAuthorityOutcome } from '../../store.js'
import { authorityToRow } from '../authority-rows.js'
import { type Connection, statement } from '../open.js'
import { findAuthority } from '../reads/authorities.js'
import { countActiveNumbers } from '../reads/plans.js'

const COLUMNS = [
  'code',
  'name',
  'dfe_code',
  'ods_code',
  'office_hours_phone',
  'emergency_duty_phone',
  'steward_name',
  'steward_role',
  'steward_email',
  'steward_phone',
  'wave',
  'status',
  'visible_to_health',
  'acceptance',
  'children_in_scope',
  'last_dataset_id',
  'last_dataset_sequence',
  'last_dataset_accepted_at',
  'last_dataset_extracted_at',
  'last_dataset_record_count',
  'last_returned_id',
  'last_returned_sequence',
  'last_returned_received_at',
  'last_returned_finding_count',
  'version',
]
const WRITE_AUTHORITY = `insert into authorities (${COLUMNS.join(', ')})
  values (${COLUMNS.map((column) => `@${column}`).join(', ')})
  on conflict (code) do update set ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`

export function writeAuthority(connection: Connection, authority: LocalAuthority): void {
  statement(connection, WRITE_AUTHORITY).run(authorityToRow(authority))
}

/** Makes authorities known to an empty store; a store that has any is left as it is. */
export function seedAuthorities(connection: Connection, authorities: readonly LocalAuthority[]): void {
  if (statement(connection, 'select 1 from authorities limit 1').get() !== undefined) return
  for (const authority of authorities) writeAuthority(connection, authority)
}

const NEEDED = ['name', 'officeHoursPhone', 'emergencyDutyPhone', 'dataSteward'] as const

export function saveAuthority(connection: Connection, request: AuthorityChange): SaveAuthorityOutcome {
  const before = findAuthority(connection, request.code)
  const { name, officeHoursPhone, emergencyDutyPhone, dataSteward } = { ...before, ...request.change }
  if (!name || !officeHoursPhone || !emergencyDutyPhone || !dataSteward) {
    return { kind: 'incomplete', missing: NEEDED.filter((field) => request.change[field] === undefined) }
  }
  const needed = { name, officeHoursPhone, emergencyDutyPhone, dataSteward }
  const after =
    before === undefined
      ? newAuthority(request.code, { ...request.defaults, ...request.change, ...needed })
      : withProfile(before, request.change)
  if (isGoingLive(before, after.status) && !request.force) {
    const active = countActiveNumbers(connection, request.code, request.today)
    const gate = goLiveGate(active, after.childrenInScope)
    if (!gate.passed) return { kind: 'gate-refused', gate }
  }
  writeAuthority(connection, after)
  return { kind: before === undefined ? 'created' : 'changed', authority: after }
}

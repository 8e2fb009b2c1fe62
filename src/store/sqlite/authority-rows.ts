import type { Instant } from '../../clock.js'
import type {
  Acceptance,
  AuthorityCode,
  AuthorityStatus,
  LocalAuthority,
} from '../../domain/local-authority.js'
import type { ResponsibleAuthority } from '../../domain/lookup.js'
import type { RawRow } from './rows.js'

export interface AuthorityRow {
  code: string
  name: string
  dfe_code: string | null
  ods_code: string | null
  office_hours_phone: string
  emergency_duty_phone: string
  steward_name: string
  steward_role: string
  steward_email: string
  steward_phone: string
  wave: number
  status: string
  visible_to_health: number
  acceptance: string
  children_in_scope: number | null
  last_dataset_id: string | null
  last_dataset_sequence: number | null
  last_dataset_accepted_at: string | null
  last_dataset_extracted_at: string | null
  last_dataset_record_count: number | null
  last_returned_id: string | null
  last_returned_sequence: number | null
  last_returned_received_at: string | null
  last_returned_finding_count: number | null
  version: number
}

export function authorityFromRow(row: AuthorityRow): LocalAuthority {
  return {
    code: row.code as AuthorityCode,
    name: row.name,
    dfeCode: row.dfe_code,
    odsCode: row.ods_code,
    officeHoursPhone: row.office_hours_phone,
    emergencyDutyPhone: row.emergency_duty_phone,
    dataSteward: {
      name: row.steward_name,
      role: row.steward_role,
      email: row.steward_email,
      phone: row.steward_phone,
    },
    wave: row.wave,
    status: row.status as AuthorityStatus,
    acceptance: row.acceptance as Acceptance,
    childrenInScope: row.children_in_scope,
    visibleToHealth: row.visible_to_health === 1,
    lastDataset:
      row.last_dataset_id === null
        ? null
        : {
            id: row.last_dataset_id,
            sequence: row.last_dataset_sequence as number,
            acceptedAt: row.last_dataset_accepted_at as Instant,
            extractedAt: row.last_dataset_extracted_at as Instant,
            recordCount: row.last_dataset_record_count as number,
          },
    lastReturned:
      row.last_returned_id === null
        ? null
        : {
            id: row.last_returned_id,
            sequence: row.last_returned_sequence as number,
            receivedAt: row.last_returned_received_at as Instant,
            findingCount: row.last_returned_finding_count as number,
          },
    version: row.version,
  }
}

export function authorityToRow(authority: LocalAuthority): AuthorityRow {
  const { dataSteward, lastDataset, lastReturned } = authority
  return {
    code: authority.code,
    name: authority.name,
    dfe_code: authority.dfeCode,
    ods_code: authority.odsCode,
    office_hours_phone: authority.officeHoursPhone,
    emergency_duty_phone: authority.emergencyDutyPhone,
    steward_name: dataSteward.name,
    steward_role: dataSteward.role,
    steward_email: dataSteward.email,
    steward_phone: dataSteward.phone,
    wave: authority.wave,
    status: authority.status,
    visible_to_health: authority.visibleToHealth ? 1 : 0,
    acceptance: authority.acceptance,
    children_in_scope: authority.childrenInScope,
    last_dataset_id: lastDataset?.id ?? null,
    last_dataset_sequence: lastDataset?.sequence ?? null,
    last_dataset_accepted_at: lastDataset?.acceptedAt ?? null,
    last_dataset_extracted_at: lastDataset?.extractedAt ?? null,
    last_dataset_record_count: lastDataset?.recordCount ?? null,
    last_returned_id: lastReturned?.id ?? null,
    last_returned_sequence: lastReturned?.sequence ?? null,
    last_returned_received_at: lastReturned?.receivedAt ?? null,
    last_returned_finding_count: lastReturned?.findingCount ?? null,
    version: authority.version,
  }
}

export function responsibleFromRow(row: RawRow): ResponsibleAuthority {
  const [code, name, officeHoursPhone, emergencyDutyPhone, status, visibleToHealth, lastAcceptedAt] = row
  return {
    code: code as AuthorityCode,
    name: name as string,
    officeHoursPhone: officeHoursPhone as string,
    emergencyDutyPhone: emergencyDutyPhone as string,
    status: status as AuthorityStatus,
    visibleToHealth: visibleToHealth === 1,
    lastAcceptedAt: lastAcceptedAt as Instant | null,
  }
}

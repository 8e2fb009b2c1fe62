import Database from 'better-sqlite3'
import type { Instant } from '../../clock.js'
import type { AccessEvent } from '../../domain/access-event.js'
import type { CalendarDate } from '../../domain/calendar.js'
import type {
  Acceptance,
  AuthorityCode,
  AuthorityStatus,
  LocalAuthority,
} from '../../domain/local-authority.js'
import type { ResponsibleAuthority } from '../../domain/lookup.js'
import type { NhsNumber } from '../../domain/nhs-number.js'
import type { Plan, PlanType } from '../../domain/plan.js'
import type { Receipt, ReceiptSummary } from '../../domain/receipt.js'

/**
 * A stored column of JSON. One that cannot be read is damaged as a page can be, and counts as that; the parser's own
 * words would quote it to the log.
 */
export function parseStored<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new Database.SqliteError('a stored value is not what the hub wrote', 'SQLITE_CORRUPT')
  }
}

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

/** A row as an array, in the order of the columns that were asked for. */
export type RawRow = readonly (string | number | null)[]

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

export const PLAN_COLUMNS = `nhs_number, authority_code, plan_type, start_date, id, end_date, expected_delivery_date,
  local_id, family_name, given_names, birth_date`

export function planFromRow(row: RawRow): Plan {
  return {
    nhsNumber: row[0] as NhsNumber,
    authorityCode: row[1] as AuthorityCode,
    planType: row[2] as PlanType,
    startDate: row[3] as CalendarDate,
    id: row[4] as string,
    endDate: row[5] as CalendarDate | null,
    expectedDeliveryDate: row[6] as CalendarDate | null,
    localId: row[7] as string | null,
    familyName: row[8] as string | null,
    givenNames: givenNamesFrom(row[9] as string),
    birthDate: row[10] as CalendarDate | null,
  }
}

// Stored as JSON, which is as a rule one text without an escape; a night reads a hundred thousand of them.
const ONE_PLAIN_NAME = /^\["([^"\\]*)"\]$/

function givenNamesFrom(text: string): string[] {
  if (text === '') return []
  const name = ONE_PLAIN_NAME.exec(text)?.[1]
  return name === undefined ? parseStored(text) : [name]
}

export function planToRow(plan: Plan): RawRow {
  return [
    plan.nhsNumber,
    plan.authorityCode,
    plan.planType,
    plan.startDate,
    plan.id,
    plan.endDate,
    plan.expectedDeliveryDate,
    plan.localId,
    plan.familyName,
    plan.givenNames.length === 0 ? '' : JSON.stringify(plan.givenNames),
    plan.birthDate,
  ]
}

export const ACCESS_COLUMNS =
  'id, at, ods_code, organisation_name, user_id, user_name, role_code, role_name, location'

export function accessEventFromRow(row: RawRow): AccessEvent {
  const [id, at, odsCode, organisationName, userId, userName, roleCode, roleName, location] = row
  return {
    id: id as string,
    at: at as Instant,
    organisation: { odsCode: odsCode as string, name: organisationName as string },
    user: {
      id: userId as string,
      name: userName as string,
      ...(typeof roleCode === 'string' && { roleCode }),
      ...(typeof roleName === 'string' && { roleName }),
    },
    location: location as string | null,
  }
}

export interface ReceiptRow {
  summary: string
  findings: string
}

export function receiptSummaryFromRow(row: Pick<ReceiptRow, 'summary'>): ReceiptSummary {
  return parseStored(row.summary)
}

export function receiptFromRow(row: ReceiptRow): Receipt {
  return { ...receiptSummaryFromRow(row), findings: parseStored(row.findings) }
}

import type { Instant } from '../../clock.js'
import type { AccessEvent } from '../../domain/access-event.js'
import type { CalendarDate } from '../../domain/calendar.js'
import type {
  Acceptance,
  AuthorityCode,
  AuthorityStatus,
  LocalAuthority,
} from '../../domain/local-authority.js'
import type { NhsNumber } from '../../domain/nhs-number.js'
import type { Plan, PlanType } from '../../domain/plan.js'
import type { Receipt, ReceiptSummary } from '../../domain/receipt.js'

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

export interface PlanRow {
  nhs_number: string
  authority_code: string
  plan_type: string
  start_date: string
  id: string
  end_date: string | null
  expected_delivery_date: string | null
  local_id: string | null
  family_name: string | null
  given_names: string
  birth_date: string | null
}

export function planFromRow(row: PlanRow): Plan {
  return {
    id: row.id,
    authorityCode: row.authority_code as AuthorityCode,
    nhsNumber: row.nhs_number as NhsNumber,
    planType: row.plan_type as PlanType,
    startDate: row.start_date as CalendarDate,
    endDate: row.end_date as CalendarDate | null,
    expectedDeliveryDate: row.expected_delivery_date as CalendarDate | null,
    localId: row.local_id,
    familyName: row.family_name,
    givenNames: row.given_names === '' ? [] : (JSON.parse(row.given_names) as string[]),
    birthDate: row.birth_date as CalendarDate | null,
  }
}

/** In the order of the columns of `plans`. */
export function planToValues(plan: Plan): (string | null)[] {
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

export interface AccessEventRow {
  id: string
  at: string
  ods_code: string
  organisation_name: string
  user_id: string
  user_name: string
  role_code: string | null
  role_name: string | null
  location: string | null
}

export function accessEventFromRow(row: AccessEventRow): AccessEvent {
  return {
    id: row.id,
    at: row.at as Instant,
    organisation: { odsCode: row.ods_code, name: row.organisation_name },
    user: {
      id: row.user_id,
      name: row.user_name,
      ...(row.role_code === null ? {} : { roleCode: row.role_code }),
      ...(row.role_name === null ? {} : { roleName: row.role_name }),
    },
    location: row.location,
  }
}

export interface ReceiptRow {
  summary: string
  findings: string
}

export function receiptSummaryFromRow(row: Pick<ReceiptRow, 'summary'>): ReceiptSummary {
  return JSON.parse(row.summary) as ReceiptSummary
}

export function receiptFromRow(row: ReceiptRow): Receipt {
  return { ...receiptSummaryFromRow(row), findings: JSON.parse(row.findings) }
}

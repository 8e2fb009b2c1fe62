import Database from 'better-sqlite3'
import type { Instant } from '../../clock.js'
import type { AccessEvent } from '../../domain/access-event.js'
import type { CalendarDate } from '../../domain/calendar.js'
import type { AuthorityCode } from '../../domain/local-authority.js'
import type { NhsNumber } from '../../domain/nhs-number.js'
import { type Gender, nameKey, type Person, type PersonState } from '../../domain/person.js'
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

/** A row as an array, in the order of the columns that were asked for. */
export type RawRow = readonly (string | number | null)[]

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
    givenNames: row[9] === '' ? [] : parseStored(row[9] as string),
    birthDate: row[10] as CalendarDate | null,
  }
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

export const PERSON_COLUMNS = `nhs_number, family_name, given_names, birth_date, gender, state, replaced_by, adopted,
  made_by_seed, version, family_key`

export function personFromRow(row: RawRow): Person {
  const [
    nhsNumber,
    familyName,
    givenNames,
    birthDate,
    gender,
    state,
    replacedBy,
    adopted,
    madeBySeed,
    version,
  ] = row
  return {
    nhsNumber: nhsNumber as NhsNumber,
    familyName: familyName as string | null,
    givenNames: parseStored(givenNames as string),
    birthDate: birthDate as CalendarDate | null,
    gender: gender as Gender | null,
    state: state as PersonState,
    replacedBy: replacedBy as NhsNumber | null,
    adopted: adopted === 1,
    madeBySeed: madeBySeed === 1,
    version: version as number,
  }
}

export function personToRow(person: Person): RawRow {
  return [
    person.nhsNumber,
    person.familyName,
    JSON.stringify(person.givenNames),
    person.birthDate,
    person.gender,
    person.state,
    person.replacedBy,
    person.adopted ? 1 : 0,
    person.madeBySeed ? 1 : 0,
    person.version,
    person.familyName === null ? null : nameKey(person.familyName),
  ]
}

export const ACCESS_COLUMNS =
  'id, at, ods_code, organisation_name, user_id, user_name, role_code, role_name, role_profile_id, location'

export function accessEventFromRow(row: RawRow): AccessEvent {
  const [id, at, odsCode, organisationName, userId, userName, roleCode, roleName, roleProfileId, location] =
    row
  return {
    id: id as string,
    at: at as Instant,
    organisation: { odsCode: odsCode as string, name: organisationName as string },
    user: {
      id: userId as string,
      name: userName as string,
      ...(typeof roleCode === 'string' && { roleCode }),
      ...(typeof roleName === 'string' && { roleName }),
      ...(typeof roleProfileId === 'string' && { roleProfileId }),
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

import { type CalendarDate, dayNumber, parseCalendarDate } from './calendar.js'
import { type Finding, type FindingCode, type FindingPlace, finding } from './finding.js'
import { isRepeatedDigit, type NhsNumber, parseNhsNumber } from './nhs-number.js'
import type { StatedPerson } from './person.js'
import { isPlainName } from './plain-name.js'
import { endOf, PLAN_TYPES, type PlanFacts, type PlanType, planKey, VISIBLE_DAYS_AFTER_END } from './plan.js'

export const LOCAL_ID_LENGTH_MAX = 64
export const NAME_LENGTH_MAX = 140
export const GIVEN_NAMES_MAX = 20

export const RECORD_FIELDS: ReadonlySet<string> = new Set([
  'nhsNumber',
  'planType',
  'startDate',
  'endDate',
  'expectedDeliveryDate',
  'deleted',
  'localId',
  'familyName',
  'givenNames',
  'birthDate',
])

// What a spreadsheet takes for a formula and runs; a tab or a line break, which it would skip, is forbidden anyway.
const FORMULA = /^[=+\-@]/

// Control characters, lone surrogates, and the marks that make a text read in another order than it is stored.
const FORBIDDEN_CHARACTERS = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

/** A record of a dataset after its check. */
export interface CheckedRecord {
  index: number
  line: number | undefined
  /** What it says, when it is good; undefined when it is handed back. */
  facts: PlanFacts | undefined
  /** The key of these facts, made once since every record is looked up by it twice. */
  key: string | undefined
  deleted: boolean
  /** Good, but ended so long ago that it does not go on the index. */
  stale: boolean
  localId: string | null
  /** Of one that is handed back, whom it means, read as leniently as can be: it withdraws nothing of that person. */
  means: Meaning | undefined
}

interface Meaning {
  nhsNumber: NhsNumber | undefined
  localId: string | undefined
}

/**
 * Reads one record and names every fault of it; `today` is the date in Europe/London. `person` is whom it is about, if
 * its number is good, whatever else is wrong. The findings are not kept with the record: a dataset can have a million,
 * and lists only some.
 */
export function checkRecord(
  raw: unknown,
  index: number,
  line: number | undefined,
  today: CalendarDate,
): { record: CheckedRecord; findings: Finding[]; person: StatedPerson | undefined } {
  const reader = new RecordReader(raw, index, line)
  const facts = reader.readFacts(today)
  const record = {
    index,
    line,
    facts,
    key: facts && planKey(facts),
    deleted: reader.deleted,
    stale: facts !== undefined && reader.isStale(facts, today),
    localId: reader.localId,
    means: facts === undefined ? reader.readMeaning() : undefined,
  }
  return { record, findings: reader.findings, person: reader.person }
}

/** Hands a record back after all; its facts are dropped, but not whom it means. */
export function handBack(record: CheckedRecord): void {
  const { nhsNumber, localId } = record.facts as PlanFacts
  record.means = { nhsNumber, localId: localId?.trim() || undefined }
  record.facts = undefined
  record.key = undefined
}

class RecordReader {
  readonly findings: Finding[] = []
  readonly deleted: boolean
  person: StatedPerson | undefined
  /** The local id when it can be named in a finding: not one that is itself a fault. */
  readonly localId: string | null
  readonly #fields: Record<string, unknown>
  readonly #place: FindingPlace

  constructor(raw: unknown, index: number, line: number | undefined) {
    const isRecord = typeof raw === 'object' && raw !== null && !Array.isArray(raw)
    this.#fields = isRecord ? (raw as Record<string, unknown>) : {}
    this.#place = { record: index, line, localId: null }
    this.localId = this.#readLocalIdQuietly()
    this.#place.localId = this.localId
    if (!isRecord) this.#fault('FIELD_TYPE', null)
    for (const name of Object.keys(this.#fields)) {
      // An unknown name may itself be an NHS number or a person's name, so only a plain word is repeated.
      if (!RECORD_FIELDS.has(name)) this.#fault('FIELD_UNKNOWN', isPlainName(name) ? name : null)
    }
    this.deleted = this.#readDeleted()
  }

  /** What the record says, or undefined when anything is wrong with it. */
  readFacts(today: CalendarDate): PlanFacts | undefined {
    const planType = this.#readPlanType()
    const startDate = this.#readDate('startDate')
    if (this.#isMissing('startDate')) this.#fault('START_DATE_MISSING', 'startDate')
    const nhsNumber = this.#readNhsNumber()
    const endDate = this.#readDate('endDate')
    const expectedDeliveryDate = this.#readExpectedDeliveryDate(planType)
    const localId = this.#readLocalId()
    const familyName = this.#readText('familyName', NAME_LENGTH_MAX)
    const givenNames = this.#readGivenNames()
    const birthDate = this.#readDate('birthDate')
    if (nhsNumber) this.person = { nhsNumber, familyName, givenNames, birthDate }
    if (startDate && startDate > today) this.#fault('START_IN_FUTURE', 'startDate')
    if (startDate && endDate && endDate < startDate) this.#fault('END_BEFORE_START', 'endDate')
    const isGood = !this.findings.some((found) => found.severity === 'error')
    if (!isGood || !nhsNumber || !planType || !startDate) return undefined
    // All fields, always, in one order: objects of one shape are compared and sorted much faster.
    return {
      nhsNumber,
      planType,
      startDate,
      endDate,
      expectedDeliveryDate,
      localId,
      familyName,
      givenNames,
      birthDate,
    }
  }

  /** Warns of what is good but old, and answers whether the plan stays off the index. */
  isStale({ planType, endDate, birthDate }: PlanFacts, today: CalendarDate): boolean {
    if (this.deleted) return false
    if (endDate !== null && dayNumber(endDate) + VISIBLE_DAYS_AFTER_END < dayNumber(today)) {
      this.#fault('END_OVER_365_DAYS', 'endDate')
      return true
    }
    const end = endOf({ planType, endDate, birthDate })
    if (end !== null && end !== endDate && end <= today) this.#fault('OVER_18', 'birthDate')
    return false
  }

  readMeaning(): Meaning {
    const asText = (value: unknown) =>
      typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
    const parsed = parseNhsNumber(asText(this.#fields.nhsNumber).replace(/\D/g, ''))
    const localId = asText(this.#fields.localId)
    return {
      nhsNumber: typeof parsed === 'object' ? parsed.nhsNumber : undefined,
      localId: localId === '' ? undefined : localId,
    }
  }

  #fault(code: FindingCode, field: string | null, detail?: string): void {
    this.findings.push(finding(code, { ...this.#place, field }, detail))
  }

  #isMissing(field: string): boolean {
    const value = this.#fields[field]
    return value === undefined || value === null || value === ''
  }

  /** A text of the record; null when it is missing or has a fault, which is then named. */
  #readText(field: string, lengthMax = Number.POSITIVE_INFINITY): string | null {
    if (this.#isMissing(field)) return null
    return this.#checkText(field, this.#fields[field], lengthMax)
  }

  #checkText(field: string, value: unknown, lengthMax: number): string | null {
    if (typeof value !== 'string') return this.#faultAsNull('FIELD_TYPE', field)
    if (value.length > lengthMax)
      return this.#faultAsNull('FIELD_TOO_LONG', field, `At most ${lengthMax} characters.`)
    if (FORBIDDEN_CHARACTERS.test(value)) return this.#faultAsNull('FIELD_CHARACTERS', field)
    return value
  }

  /** In a CSV, which a spreadsheet may open, a code must not be a formula; a name is kept as it is. */
  #readLocalId(): string | null {
    if (this.localId !== null) return this.localId
    const localId = this.#readText('localId', LOCAL_ID_LENGTH_MAX)
    if (localId === null || !this.#isFormula(localId)) return localId
    return this.#faultAsNull('FIELD_CHARACTERS', 'localId', 'Nor may a local id begin with =, +, - or @.')
  }

  #isFormula(text: string): boolean {
    return this.#place.line !== undefined && FORMULA.test(text)
  }

  #faultAsNull(code: FindingCode, field: string, detail?: string): null {
    this.#fault(code, field, detail)
    return null
  }

  #readNhsNumber(): NhsNumber | undefined {
    if (this.#isMissing('nhsNumber')) {
      this.#fault('NHS_NUMBER_MISSING', 'nhsNumber')
      return undefined
    }
    const text = this.#readText('nhsNumber')
    if (text === null) return undefined
    const parsed = parseNhsNumber(text)
    if (typeof parsed === 'string') {
      this.#fault(parsed, 'nhsNumber')
      return undefined
    }
    if (isRepeatedDigit(parsed.nhsNumber)) this.#fault('NHS_NUMBER_REPEATED_DIGIT', 'nhsNumber')
    return parsed.nhsNumber
  }

  #readPlanType(): PlanType | undefined {
    const text = this.#readText('planType')
    const planType = PLAN_TYPES.find((known) => known === text)
    const alreadyNamed = this.findings.some((found) => found.field === 'planType')
    if (planType === undefined && !alreadyNamed) this.#fault('PLAN_TYPE_UNKNOWN', 'planType')
    return planType
  }

  #readDate(field: string): CalendarDate | null {
    const text = this.#readText(field)
    if (text === null) return null
    const parsed = parseCalendarDate(text)
    if (typeof parsed === 'object') return parsed.date
    this.#fault(parsed, field)
    return null
  }

  /** Only a UCPP has one; on other plans it means nothing and is not kept. */
  #readExpectedDeliveryDate(planType: PlanType | undefined): CalendarDate | null {
    const date = this.#readDate('expectedDeliveryDate')
    if (planType !== 'UCPP') return null
    if (this.#isMissing('expectedDeliveryDate') && !this.deleted) {
      this.#fault('EXPECTED_DELIVERY_DATE_MISSING', 'expectedDeliveryDate')
    }
    return date
  }

  #readGivenNames(): string[] {
    if (this.#isMissing('givenNames')) return []
    const value = this.#fields.givenNames
    if (!Array.isArray(value)) {
      this.#fault('FIELD_TYPE', 'givenNames')
      return []
    }
    if (value.length > GIVEN_NAMES_MAX) {
      this.#fault('FIELD_TOO_LONG', 'givenNames', `At most ${GIVEN_NAMES_MAX} names.`)
      return []
    }
    const names: string[] = []
    for (const name of value) {
      const checked = this.#checkText('givenNames', name, NAME_LENGTH_MAX)
      if (checked === null) return []
      if (checked !== '') names.push(checked)
    }
    return names
  }

  #readDeleted(): boolean {
    const value = this.#fields.deleted
    if (this.#isMissing('deleted')) return false
    if (typeof value !== 'boolean')
      this.#fault('FIELD_TYPE', 'deleted', 'Here: true or false in lower case, or empty.')
    return value === true
  }

  #readLocalIdQuietly(): string | null {
    const value = this.#fields.localId
    const usable = typeof value === 'string' && value !== '' && value.length <= LOCAL_ID_LENGTH_MAX
    return usable && !FORBIDDEN_CHARACTERS.test(value) && !this.#isFormula(value) ? value : null
  }
}

import type { CalendarDate } from './calendar.js'
import type { FindingCode } from './finding.js'
import type { NhsNumber } from './nhs-number.js'

export const GENDERS = ['male', 'female', 'other', 'unknown'] as const
export type Gender = (typeof GENDERS)[number]

export const PERSON_STATES = ['normal', 'sensitive', 'superseded', 'invalidated'] as const
export type PersonState = (typeof PERSON_STATES)[number]

export const PDS_CHECKS = ['format', 'registered'] as const
/** How far the people of a dataset are checked: by their numbers alone, or against the register. */
export type PdsCheck = (typeof PDS_CHECKS)[number]

/** What is known of a person beside the number; any of it may not be known. */
export interface Demographics {
  familyName: string | null
  givenNames: string[]
  birthDate: CalendarDate | null
  gender: Gender | null
}

/** A person of the simulated register, by one NHS number. */
export interface Person extends Demographics {
  nhsNumber: NhsNumber
  state: PersonState
  /** The number that took the place of this one; of superseded ones alone. */
  replacedBy: NhsNumber | null
  /** The person was adopted: nothing may lead from this number to the one that replaces it. */
  adopted: boolean
  /** Made by a seed or in bulk, so that the next may replace it; what a tester put stays. */
  madeBySeed: boolean
  /** Counts the changes. */
  version: number
}

/** What a tester says of a person; what is left out stays as it is. */
export type PersonChange = Partial<Omit<Person, 'nhsNumber' | 'madeBySeed' | 'version'>>

/** Whether the number is in use: health may ask about it, and authorities may send it. */
export function isActive({ state }: Pick<Person, 'state'>): boolean {
  return state === 'normal' || state === 'sensitive'
}

/** A person as first registered, before anything was said. */
export function newPerson(nhsNumber: NhsNumber): Person {
  return {
    nhsNumber,
    familyName: null,
    givenNames: [],
    birthDate: null,
    gender: null,
    state: 'normal',
    replacedBy: null,
    adopted: false,
    madeBySeed: false,
    version: 1,
  }
}

export type ReplacementFault = 'missing' | 'unwanted'

/**
 * The person after the change. A number that is no longer superseded has no replacement any more, and one that comes
 * back into use no adoption. Answers what is wrong with the replacement: a superseded number needs one, and no other may
 * have one.
 */
export function withChange(before: Person, change: PersonChange): Person | ReplacementFault {
  const changed = { ...before, ...change }
  if (change.adopted === undefined && !isActive(before) && isActive(changed)) changed.adopted = false
  if (changed.state === 'superseded') return changed.replacedBy === null ? 'missing' : changed
  return change.replacedBy ? 'unwanted' : { ...changed, replacedBy: null }
}

/** Why a number went out of use, and what took its place; of an adoption the old number must not tell the new one. */
export interface NumberInactive {
  reason: 'superseded' | 'invalidated'
  replacedBy: NhsNumber | null
}

/** What authorities are told of a number that has just gone out of use; undefined when it has not. */
export function wentInactive(before: Person | undefined, after: Person): NumberInactive | undefined {
  const wasActive = before === undefined || isActive(before)
  if (!wasActive || after.state === 'normal' || after.state === 'sensitive') return undefined
  return { reason: after.state, replacedBy: after.adopted ? null : after.replacedBy }
}

/** What a record of a dataset says of its person. */
export interface StatedPerson {
  nhsNumber: NhsNumber
  familyName: string | null
  givenNames: string[]
  birthDate: CalendarDate | null
}

/** One disagreement of a record with the register, and the field that it is about. */
export interface PersonFault {
  code: FindingCode
  field: 'nhsNumber' | 'familyName' | 'givenNames' | 'birthDate'
}

/**
 * Checks what a record says against the register: first whether the number can be used, then whether the demographics
 * agree, family name first (domain.md sections 2.4 and 3.3). Names each field that does not agree; what is missing on
 * either side does not.
 */
export function checkPerson(stated: StatedPerson, person: Person | undefined): PersonFault[] {
  const code = faultOfNumber(person)
  if (code !== undefined) return [{ code, field: 'nhsNumber' }]
  const faults: PersonFault[] = []
  const disagree = (field: PersonFault['field']) => faults.push({ code: 'PERSON_NOT_VERIFIED', field })
  if (!isSameName(stated.familyName, person?.familyName ?? null)) disagree('familyName')
  if (!doGivenNamesAgree(stated.givenNames, person?.givenNames ?? [])) disagree('givenNames')
  if (stated.birthDate === null || stated.birthDate !== person?.birthDate) disagree('birthDate')
  return faults
}

function faultOfNumber(person: Person | undefined): FindingCode | undefined {
  switch (person?.state) {
    case undefined:
      return 'PERSON_UNKNOWN'
    case 'invalidated':
      return 'NHS_NUMBER_INVALIDATED'
    case 'superseded':
      return 'NHS_NUMBER_SUPERSEDED'
    case 'sensitive':
      return 'PERSON_SENSITIVE'
    default:
      return undefined
  }
}

function isSameName(stated: string | null, registered: string | null): boolean {
  const name = nameKey(stated ?? '')
  return name !== '' && name === nameKey(registered ?? '')
}

/** The cascade of domain.md section 2.4, which stops at the first step that fits. */
export function doGivenNamesAgree(stated: readonly string[], registered: readonly string[]): boolean {
  // (1) All of them, however they are cut into names.
  if (isSameName(stated.join(' '), registered.join(' '))) return true
  const [first = null] = stated
  // (2) The first is the first, or (3) the first is any.
  return registered.some((name) => isSameName(first, name))
}

const MARKS = /\p{Mn}/gu
const OTHER_THAN_LETTERS = /[^\p{L}\p{N}]/gu

/**
 * A name as it is compared: without capitals, accents, and all that is no letter or digit (apostrophes, hyphens, blanks,
 * full stops), of which two systems seldom write the same.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKD').replace(MARKS, '').toUpperCase().replace(OTHER_THAN_LETTERS, '')
}

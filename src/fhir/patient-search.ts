import { type CalendarDate, parseCalendarDate } from '../domain/calendar.js'
import { GIVEN_NAMES_MAX } from '../domain/dataset-record.js'
import { GENDERS, type Gender, nameKey } from '../domain/person.js'
import { PEOPLE_FOUND_MAX, type PersonSearch, WILDCARD } from '../domain/person-search.js'
import {
  invalidCombination,
  invalidValue,
  missingValue,
  nothingAsked,
  notSimulated,
  unknownParameter,
} from './personal-demographics.js'
import type { SearchParameter } from './search.js'

/** What a patient can be searched by here. */
export const PATIENT_PARAMETERS: readonly SearchParameter[] = [
  { name: 'family', documentation: 'Required. May hold * from its third letter on.' },
  {
    name: 'given',
    documentation: 'One given name, several times for several. May hold * from its third letter on.',
  },
  { name: 'gender', documentation: `One of ${GENDERS.join(', ')}.` },
  {
    name: 'birthdate',
    documentation:
      'Required: a date, with eq, ge or le before it or nothing; twice, with ge and le, is a range.',
  },
  { name: '_max-results', documentation: `1 to ${PEOPLE_FOUND_MAX}, which is the default.` },
  { name: '_exact-match', documentation: 'true: nobody who was found by a * alone.' },
  { name: '_history', documentation: 'Taken, and of no effect: the hub keeps no former names.' },
  { name: '_fuzzy-match', documentation: 'false alone.' },
]

const KNOWN = new Set(PATIENT_PARAMETERS.map(({ name }) => name))
// The service knows these of a person; the hub holds none of them.
const NOT_HELD = new Set([
  'death-date',
  'address-postalcode',
  'address-postcode',
  'general-practitioner',
  'email',
  'phone',
])
const FORMAT = '_format'

/** A search as it was understood; `score` is how well each of those who are found fits. */
export interface PatientSearch {
  search: PersonSearch
  score: number
  /** Only who fits wholly is wanted, and a wildcard finds nobody so. */
  findsNobody: boolean
}

// What the sandbox of the service gives those who were found by a wildcard.
const WILDCARD_SCORE = 0.8343

/**
 * Reads the search of a patient, and refuses what the service does in its words: nothing asked, a parameter that is not
 * known, a date that is none, and less than a family name and a birth date. No text that was sent is repeated.
 */
export function readPatientSearch(given: URLSearchParams): PatientSearch {
  refuseNames([...given.keys()].filter((name) => name !== FORMAT))
  if (readFlag(given, '_fuzzy-match')) throw notSimulated('A fuzzy search is not simulated; leave it out.')
  readFlag(given, '_history')
  const born = readBirthDates(given.getAll('birthdate'))
  const familyName = once(given, 'family')
  if (familyName === undefined) {
    throw invalidCombination('A search needs at least family and birthdate.')
  }
  const stated = given.getAll('given')
  if (stated.length > GIVEN_NAMES_MAX) throw invalidValue(`Send given at most ${GIVEN_NAMES_MAX} times.`)
  const names = [readName('family', familyName), ...stated.map((each) => readName('given', each))]
  const [family = '', ...givenNames] = names
  const isWild = names.some((name) => name.includes(WILDCARD))
  return {
    search: {
      familyName: family,
      givenNames,
      ...born,
      gender: readGender(once(given, 'gender')),
      resultsMax: readResultsMax(once(given, '_max-results')),
    },
    score: isWild ? WILDCARD_SCORE : 1,
    findsNobody: readFlag(given, '_exact-match') && isWild,
  }
}

function refuseNames(names: readonly string[]): void {
  if (names.length === 0) throw nothingAsked('Nothing is asked for. Send at least family and birthdate.')
  const known = `Those that are: ${[...KNOWN].join(', ')}.`
  if (names.some((name) => NOT_HELD.has(name))) {
    throw notSimulated(
      `The hub holds no address, phone, e-mail, practice or death of anybody to search by. ${known}`,
    )
  }
  if (names.some((name) => !KNOWN.has(name))) {
    throw unknownParameter(`A search parameter is not known. ${known}`)
  }
}

function once(given: URLSearchParams, name: string): string | undefined {
  const [first, second] = given.getAll(name)
  if (second !== undefined) throw invalidValue(`Send ${name} once.`)
  return first
}

function readFlag(given: URLSearchParams, name: string): boolean {
  const text = once(given, name) ?? 'false'
  if (text !== 'true' && text !== 'false') throw invalidValue(`${name} must be true or false.`)
  return text === 'true'
}

const NAME_LENGTH_MAX = 35
const WILDCARD_FROM = 2

function readName(name: string, text: string): string {
  const wildcard = text.indexOf(WILDCARD)
  if (text.length > NAME_LENGTH_MAX)
    throw invalidValue(`${name} must have at most ${NAME_LENGTH_MAX} characters.`)
  if (wildcard !== -1 && wildcard < WILDCARD_FROM)
    throw invalidValue(`${name} must begin with two letters before a *.`)
  if (nameKey(wildcard === -1 ? text : text.slice(0, wildcard)) === '')
    throw invalidValue(`${name} must be a name.`)
  return text
}

const BIRTH_DATE = /^(eq|ge|le)?(\d{4}-\d{2}-\d{2})$/

function readBirthDates(texts: readonly string[]): Pick<PersonSearch, 'bornFrom' | 'bornTo'> {
  if (texts.length === 0) throw missingValue('birthdate is missing; a search needs it.')
  const dates = texts.map(readBirthDate)
  const of = (...comparators: string[]) => dates.filter((each) => comparators.includes(each.comparator))
  const [from, secondFrom] = of('eq', 'ge')
  const [to, secondTo] = of('eq', 'le')
  if (secondFrom !== undefined || secondTo !== undefined) {
    throw invalidValue('Send birthdate once, or twice with ge and le for a range.')
  }
  return { bornFrom: from?.date ?? null, bornTo: to?.date ?? null }
}

function readBirthDate(text: string): { comparator: string; date: CalendarDate } {
  const [, comparator = 'eq', written = ''] = BIRTH_DATE.exec(text) ?? []
  const parsed = parseCalendarDate(written)
  if (typeof parsed === 'object') return { comparator, date: parsed.date }
  throw invalidValue(
    'birthdate must be a date that exists, YYYY-MM-DD, with eq, ge or le before it or nothing.',
  )
}

function readGender(text: string | undefined): Gender | null {
  if (text === undefined) return null
  const gender = GENDERS.find((known) => known === text.toLowerCase())
  if (gender === undefined) throw invalidValue(`gender must be one of ${GENDERS.join(', ')}.`)
  return gender
}

function readResultsMax(text: string | undefined): number {
  const count = text === undefined ? PEOPLE_FOUND_MAX : Number(/^\d{1,2}$/.exec(text)?.[0])
  if (count >= 1 && count <= PEOPLE_FOUND_MAX) return count
  throw invalidValue(`_max-results must be a number from 1 to ${PEOPLE_FOUND_MAX}.`)
}

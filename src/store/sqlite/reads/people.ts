import type { NhsNumber } from '../../../domain/nhs-number.js'
import type { Person } from '../../../domain/person.js'
import {
  familyKeyOf,
  isFoundBy,
  type PeopleFound,
  type PersonSearch,
  type PresentPerson,
  presentPerson,
} from '../../../domain/person-search.js'
import { type Connection, rawStatement, statement } from '../open.js'
import { PERSON_COLUMNS, personFromRow } from '../rows.js'

const BY_NUMBER = `select ${PERSON_COLUMNS} from people where nhs_number = ?`

export function findPerson(connection: Connection, nhsNumber: NhsNumber): Person | undefined {
  const row = rawStatement(connection, BY_NUMBER).get(nhsNumber)
  return row && personFromRow(row)
}

/** Whoever is to be shown under a number, in or out of use. */
export function findPresentPerson(connection: Connection, nhsNumber: NhsNumber): PresentPerson {
  const registered = findPerson(connection, nhsNumber)
  if (registered === undefined) return { kind: 'unknown' }
  const person = presentPerson(registered, (other) => findPerson(connection, other))
  return person === undefined ? { kind: 'invalidated' } : { kind: 'found', person }
}

export function countPeople(connection: Connection): number {
  return statement<number>(connection, 'select count(*) from people').pluck().get() as number
}

const [FIRST_DATE, LAST_DATE] = ['0001-01-01', '9999-12-31']
// Sorts behind every letter that a name can be compared by.
const AFTER_ALL = '\u{10ffff}'
const NAMED = `select ${PERSON_COLUMNS} from people
  where family_key >= ? and family_key <= ? and birth_date >= ? and birth_date <= ?
  order by family_key, birth_date, nhs_number`
// A family name of all of England is some 2,500 people; to look through twice as many takes some ten milliseconds.
const LOOKED_THROUGH_MAX = 5_000

/** The people that a search is for, each once; too many when there are more, or too many had to be looked through. */
export function searchPeople(connection: Connection, search: PersonSearch): PeopleFound {
  const { start, isWhole } = familyKeyOf(search)
  const range = [start, isWhole ? start : `${start}${AFTER_ALL}`]
  const born = [search.bornFrom ?? FIRST_DATE, search.bornTo ?? LAST_DATE]
  const found = new Map<NhsNumber, Person>()
  let lookedThrough = 0
  for (const row of rawStatement(connection, NAMED).iterate(...range, ...born)) {
    lookedThrough += 1
    if (lookedThrough > LOOKED_THROUGH_MAX) return { kind: 'too-many' }
    const registered = personFromRow(row)
    if (!isFoundBy(registered, search)) continue
    const person = presentPerson(registered, (other) => findPerson(connection, other))
    if (person !== undefined) found.set(person.nhsNumber, person)
    if (found.size > search.resultsMax) return { kind: 'too-many' }
  }
  return { kind: 'found', people: [...found.values()] }
}

import type { CalendarDate } from './calendar.js'
import { type Gender, isActive, nameKey, type Person } from './person.js'

export const PEOPLE_FOUND_MAX = 50

export type PeopleFound = { kind: 'found'; people: Person[] } | { kind: 'too-many' }

/** Who is to be shown under a number. */
export type PresentPerson = { kind: 'found'; person: Person } | { kind: 'unknown' } | { kind: 'invalidated' }

/** Whom a search is for. A name may hold `*`, which stands for any letters, but not among its first two. */
export interface PersonSearch {
  familyName: string
  /** Each must be one of the person's given names; the first with `*` is that of the first name alone. */
  givenNames: string[]
  bornFrom: CalendarDate | null
  bornTo: CalendarDate | null
  gender: Gender | null
  resultsMax: number
}

/** What of a search the store narrows down by: the letters before the first `*`. */
export function familyKeyOf({ familyName }: PersonSearch): { start: string; isWhole: boolean } {
  const [start = ''] = familyName.split(WILDCARD)
  return { start: nameKey(start), isWhole: !familyName.includes(WILDCARD) }
}

export const WILDCARD = '*'

/** Whether the person is one that the search is for; invalidated numbers are never found. */
export function isFoundBy(person: Person, search: PersonSearch): boolean {
  const { familyName, givenNames, birthDate, gender, state } = person
  if (state === 'invalidated' || birthDate === null) return false
  if (search.bornFrom !== null && birthDate < search.bornFrom) return false
  if (search.bornTo !== null && birthDate > search.bornTo) return false
  if (search.gender !== null && search.gender !== gender) return false
  if (!fits(familyName ?? '', search.familyName)) return false
  return search.givenNames.every((wanted) => {
    const among = wanted.includes(WILDCARD) ? givenNames.slice(0, 1) : givenNames
    return among.some((name) => fits(name, wanted))
  })
}

/** Looked through piece by piece, each at the first place that fits: that needs no more than one pass. */
function fits(name: string, wanted: string): boolean {
  const key = nameKey(name)
  const [start = '', ...pieces] = wanted.split(WILDCARD).map(nameKey)
  const end = pieces.pop()
  if (end === undefined) return key === start
  if (!key.startsWith(start)) return false
  let at = start.length
  for (const piece of pieces) {
    const found = key.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return key.length - end.length >= at && key.endsWith(end)
}

const REPLACEMENTS_MAX = 20

/**
 * The person whose number took the place of this one, at the end of however many changes; the person itself while the
 * number is in use. A replacement that is not registered is the same person under the new number. Undefined when
 * nobody can be shown: the number is invalidated, was given up by an adoption, or leads back to itself.
 */
export function presentPerson(
  person: Person,
  find: (nhsNumber: Person['nhsNumber']) => Person | undefined,
): Person | undefined {
  let now = person
  for (let replacements = 0; replacements < REPLACEMENTS_MAX; replacements += 1) {
    if (isActive(now)) return now
    const { replacedBy, adopted } = now
    if (replacedBy === null || adopted) return undefined
    now = find(replacedBy) ?? { ...now, nhsNumber: replacedBy, state: 'normal', replacedBy: null }
  }
  return undefined
}

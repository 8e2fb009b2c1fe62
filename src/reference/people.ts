import type { CalendarDate } from '../domain/calendar.js'
import type { NhsNumber } from '../domain/nhs-number.js'
import { newPerson, type Person } from '../domain/person.js'

/**
 * The people that a new register knows: those of the public sandbox of the Personal Demographics Service, and the
 * invalidated number of its public tests. None of them exists.
 */
export const SANDBOX_PEOPLE: readonly Person[] = [
  sandboxPerson('9000000009', { familyName: 'Smith', givenNames: ['Jane'] }),
  sandboxPerson('9000000017', { familyName: 'Smyth', givenNames: ['Jayne'] }),
  sandboxPerson('9000000025', { familyName: 'Smythe', givenNames: ['Janet'], state: 'sensitive' }),
  // Of whom the sandbox knows no more than the number.
  sandboxPerson('9000000033', { birthDate: null, gender: null }),
  sandboxPerson('9449310378', { birthDate: null, gender: null, state: 'invalidated' }),
]

function sandboxPerson(nhsNumber: string, known: Partial<Person>): Person {
  const born = { birthDate: '2010-10-22' as CalendarDate, gender: 'female' } as const
  return { ...newPerson(nhsNumber as NhsNumber), ...born, ...known }
}

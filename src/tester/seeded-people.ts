import type { CalendarDate } from '../domain/calendar.js'
import { checkRecord } from '../domain/dataset-record.js'
import type { NhsNumber } from '../domain/nhs-number.js'
import { newPerson, type Person } from '../domain/person.js'
import { genderOf } from '../synthetic/register.js'
import type { SeededList } from './worlds.js'

/** The people of a seed, as its records have them; whoever has no good number is left to the findings. */
export class SeededPeople {
  readonly #today: CalendarDate
  /** Of a ready-made world. */
  readonly #seed: number | undefined
  readonly #people = new Map<NhsNumber, Person>()

  constructor(today: CalendarDate, seed: number | undefined) {
    this.#today = today
    this.#seed = seed
  }

  /** Those of one list, each once; two authorities may have the same child, as the first of them has it. */
  of({ records }: SeededList): Person[] {
    const own = new Map<NhsNumber, Person>()
    for (const record of records) {
      const { person: stated } = checkRecord(record, 0, undefined, this.#today)
      if (stated === undefined) continue
      const { nhsNumber, ...known } = stated
      const gender =
        this.#seed === undefined ? null : genderOf({ nhsNumber, planType: record.planType }, this.#seed)
      const person = this.#people.get(nhsNumber) ?? { ...newPerson(nhsNumber), ...known, gender }
      this.#people.set(nhsNumber, person)
      own.set(nhsNumber, person)
    }
    return [...own.values()]
  }

  all(): Person[] {
    return [...this.#people.values()]
  }
}

import type { SyntheticDataset } from './england.js'
import type { SyntheticRecord } from './people.js'
import { Random } from './random.js'

/** A synthetic person as the register of people knows them. */
export interface SyntheticPerson
  extends Pick<SyntheticRecord, 'nhsNumber' | 'familyName' | 'givenNames' | 'birthDate'> {
  gender: 'female' | 'male'
}

/** Everybody in a dataset, each once: its children, and the mothers of those who are not born. */
export function peopleIn({ records }: Pick<SyntheticDataset, 'records'>, seed: number): SyntheticPerson[] {
  const people = new Map<string, SyntheticPerson>()
  for (const record of records) {
    const { nhsNumber, familyName, givenNames, birthDate } = record
    people.set(nhsNumber, { nhsNumber, familyName, givenNames, birthDate, gender: genderOf(record, seed) })
  }
  return [...people.values()]
}

/** By a chance of its own, so that the datasets of a seed stay as they are. */
export function genderOf(
  { nhsNumber, planType }: { nhsNumber: string; planType: unknown },
  seed: number,
): SyntheticPerson['gender'] {
  if (planType === 'UCPP') return 'female'
  return new Random(`${seed} gender ${nhsNumber}`).pick(['female', 'male'])
}

import { addDays, type CalendarDate, dayNumber } from '../domain/calendar.js'
import type { PlanType } from '../domain/plan.js'
import { FAMILY_NAMES, GIVEN_NAMES } from './names.js'
import type { Random } from './random.js'

/** One record of a synthetic dataset, as it is sent. */
export interface SyntheticRecord {
  nhsNumber: string
  planType: PlanType
  startDate: CalendarDate
  endDate?: CalendarDate
  expectedDeliveryDate?: CalendarDate
  localId: string
  familyName: string
  givenNames: string[]
  birthDate: CalendarDate
}

type Person = Pick<SyntheticRecord, 'nhsNumber' | 'localId' | 'familyName' | 'givenNames' | 'birthDate'>

const YEAR_DAYS = 365
/** Less than eighteen years, whatever the leap years. */
const CHILDHOOD_DAYS = 18 * YEAR_DAYS
const PLAN_DAYS = { CPP: 400, LAC: 900 } as const
const PREGNANCY_PLAN_DAYS = 240
const SIBLINGS_MAX = 3

/**
 * Invents the people of one authority. Every date lies on a wheel of its own that turns with the calendar, so that
 * from one day to the next only a few plans change, as in a real nightly dataset.
 */
export class PeopleMaker {
  readonly #random: Random
  readonly #today: CalendarDate
  readonly #numbers: Iterator<string>
  readonly #localPrefix: string
  #count = 0
  #familyName = ''
  #siblingsToCome = 0

  constructor(random: Random, today: CalendarDate, numbers: Iterator<string>, localPrefix: string) {
    this.#random = random
    this.#today = today
    this.#numbers = numbers
    this.#localPrefix = localPrefix
  }

  /** A child with a plan of each of these types, all open. */
  childOn(...planTypes: ('CPP' | 'LAC')[]): SyntheticRecord[] {
    const child = this.#person(this.#ago(CHILDHOOD_DAYS))
    return planTypes.map((planType) => {
      const start = this.#ago(PLAN_DAYS[planType])
      const wasBorn = start >= child.birthDate
      return record(child, planType, { startDate: wasBorn ? start : child.birthDate })
    })
  }

  /** A child whose plan ended in the last year. */
  childFormerlyOn(planType: 'CPP' | 'LAC'): SyntheticRecord {
    const twoYearsOld = addDays(this.#ago(CHILDHOOD_DAYS - 2 * YEAR_DAYS), -2 * YEAR_DAYS)
    const child = this.#person(twoYearsOld)
    const endDate = addDays(this.#ago(YEAR_DAYS - 1), -1)
    return record(child, planType, { startDate: addDays(endDate, -30 - this.#random.below(300)), endDate })
  }

  /** A mother whose unborn child has a plan. */
  mother(): SyntheticRecord {
    const mother = this.#person(addDays(this.#ago(25 * YEAR_DAYS), -17 * YEAR_DAYS))
    const startDate = this.#ago(PREGNANCY_PLAN_DAYS)
    return record(mother, 'UCPP', {
      startDate,
      expectedDeliveryDate: addDays(startDate, PREGNANCY_PLAN_DAYS),
    })
  }

  #person(birthDate: CalendarDate): Person {
    const { value: nhsNumber } = this.#numbers.next()
    if (nhsNumber === undefined) throw new Error('there are no synthetic NHS numbers left')
    if (this.#siblingsToCome === 0) {
      this.#familyName = this.#random.pick(FAMILY_NAMES)
      this.#siblingsToCome = 1 + this.#random.below(SIBLINGS_MAX)
    }
    this.#siblingsToCome -= 1
    this.#count += 1
    const given = this.#random.pick(GIVEN_NAMES)
    const second = this.#random.pick(GIVEN_NAMES)
    return {
      nhsNumber,
      localId: `${this.#localPrefix}-${String(this.#count).padStart(6, '0')}`,
      familyName: this.#familyName,
      givenNames: second < 'H' && second !== given ? [given, second] : [given],
      birthDate,
    }
  }

  /** When a wheel that takes `periodDays` for one turn last came round: today or less than a turn ago. */
  #ago(periodDays: number): CalendarDate {
    const turned = (dayNumber(this.#today) + this.#random.below(periodDays)) % periodDays
    return addDays(this.#today, -((turned + periodDays) % periodDays))
  }
}

function record(
  { nhsNumber, ...person }: Person,
  planType: PlanType,
  dates: Pick<SyntheticRecord, 'startDate' | 'endDate' | 'expectedDeliveryDate'>,
): SyntheticRecord {
  return { nhsNumber, planType, ...dates, ...person }
}

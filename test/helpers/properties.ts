import fc from 'fast-check'
import type { Test } from 'tap'
import type { CalendarDate } from '../../src/domain/calendar.js'
import { dateFromDayNumber, dayNumber } from '../../src/domain/calendar.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import { checkDigitFor } from '../../src/domain/nhs-number.js'

// A fixed seed, so that a run today tests what a run tomorrow does; a failure prints its counterexample.
const SEED = 20_261_124

/** One assertion for many runs; its failure shows the smallest counterexample. Properties use node:assert. */
export function holds<T>(t: Test, property: fc.IProperty<T>, numRuns = 300): void {
  fc.assert(property, { seed: SEED, numRuns })
  t.pass(`holds in ${numRuns} runs`)
}

export function aDateBetween(first: string, last: string): fc.Arbitrary<CalendarDate> {
  const [min, max] = [first, last].map((date) => dayNumber(date as CalendarDate))
  return fc.integer({ min: min as number, max: max as number }).map(dateFromDayNumber)
}

/** Any valid number: nine digits that have a check digit, and that digit. */
export const aValidNumber: fc.Arbitrary<NhsNumber> = fc
  .integer({ min: 0, max: 999_999_999 })
  .map((nine) => String(nine).padStart(9, '0'))
  .filter((nine) => checkDigitFor(nine) !== undefined)
  .map((nine) => `${nine}${checkDigitFor(nine)}` as NhsNumber)

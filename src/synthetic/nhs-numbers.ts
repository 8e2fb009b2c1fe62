import { checkDigitFor } from '../domain/nhs-number.js'
import type { Random } from './random.js'

/** Usable numbers of the range 999 000 0000 to 999 999 9999, which is never issued to a person. */
export const SYNTHETIC_NUMBERS_MAX = 909_091

const RANGE_START = 999_000_000
const RANGE_LENGTH = 1_000_000

/** Every usable synthetic NHS number once, in an order of chance, so that neighbours on the index are no family. */
export function* syntheticNhsNumbers(random: Random): Generator<string, undefined> {
  let place = random.below(RANGE_LENGTH)
  // Not divisible by 2 or 5, as the range's length is by nothing else: the stride meets every place once.
  const stride = 100_001 + 10 * random.below(80_000)
  for (let i = 0; i < RANGE_LENGTH; i += 1) {
    const nineDigits = String(RANGE_START + place)
    const checkDigit = checkDigitFor(nineDigits)
    if (checkDigit !== undefined) yield `${nineDigits}${checkDigit}`
    place = (place + stride) % RANGE_LENGTH
  }
}

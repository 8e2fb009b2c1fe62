import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  checkDigitFor,
  isRepeatedDigit,
  type NhsNumber,
  parseNhsNumber,
} from '../../src/domain/nhs-number.js'
import { aValidNumber, holds } from '../helpers/properties.js'

/** Modulus 11 as section 7 of the domain notes writes it, by another road than the code. */
function fitsByTheBook(digits: string): boolean {
  const weighted = [...digits.slice(0, 9)].map((digit, i) => Number(digit) * (10 - i))
  const rest = 11 - (weighted.reduce((sum, each) => sum + each, 0) % 11)
  if (rest === 10) return false
  return (rest === 11 ? 0 : rest) === Number(digits[9])
}

t.test('a number is read however people write it, and kept as ten bare digits', (t) => {
  const accepted: [string, string][] = [
    ['9990000018', '9990000018'],
    ['999 000 0018', '9990000018'],
    ['999-000-0018', '9990000018'],
    ['999\u00a0000\u00a00018', '9990000018'],
    ['9990000018', '9990000018'],
    ['9990000042', '9990000042'],
    ['0000000000', '0000000000'],
  ]
  for (const [text, nhsNumber] of accepted) t.same(parseNhsNumber(text), { nhsNumber }, JSON.stringify(text))
  t.end()
})

t.test('what is no number is refused with the fault that fits', (t) => {
  const refused: [string, string][] = [
    ['9990000019', 'NHS_NUMBER_CHECK_DIGIT'],
    ['999 000 0010', 'NHS_NUMBER_CHECK_DIGIT'],
    ['9990000000', 'NHS_NUMBER_CHECK_DIGIT'],
    ['999 000-0018', 'NHS_NUMBER_FORMAT'],
    ['999-0000018', 'NHS_NUMBER_FORMAT'],
    ['999\u00a0000 0018', 'NHS_NUMBER_FORMAT'],
    ['9434 765 919', 'NHS_NUMBER_FORMAT'],
    ['943  476  5919', 'NHS_NUMBER_FORMAT'],
    [' 9990000018', 'NHS_NUMBER_FORMAT'],
    ['9990000018\n', 'NHS_NUMBER_FORMAT'],
    ['943476591', 'NHS_NUMBER_FORMAT'],
    ['99900000180', 'NHS_NUMBER_FORMAT'],
    ['943.476.5919', 'NHS_NUMBER_FORMAT'],
    ['９４３４７６５９１９', 'NHS_NUMBER_FORMAT'],
    ['-9990000018', 'NHS_NUMBER_FORMAT'],
    ['', 'NHS_NUMBER_FORMAT'],
    ['9.43E+09', 'NHS_NUMBER_FORMAT'],
    ['9,43e9', 'NHS_NUMBER_FORMAT'],
    ['9E+09', 'NHS_NUMBER_FORMAT'],
    ['JRDAN 269', 'NHS_NUMBER_OLD_STYLE'],
    ['ABCD123/4', 'NHS_NUMBER_OLD_STYLE'],
    ['943476591X', 'NHS_NUMBER_OLD_STYLE'],
    ['E943476591', 'NHS_NUMBER_OLD_STYLE'],
  ]
  for (const [text, fault] of refused) t.equal(parseNhsNumber(text), fault, JSON.stringify(text))
  t.end()
})

t.test('any ten digits are a number exactly when modulus 11 says so', (t) => {
  holds(
    t,
    fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (number) => {
      const digits = String(number).padStart(10, '0')
      const expected = fitsByTheBook(digits) ? { nhsNumber: digits } : 'NHS_NUMBER_CHECK_DIGIT'
      assert.deepEqual(parseNhsNumber(digits), expected)
    }),
    1000,
  )
  t.end()
})

t.test('a valid number with one digit changed is never taken', (t) => {
  const slips = fc.tuple(aValidNumber, fc.nat(9), fc.integer({ min: 1, max: 9 }))
  holds(
    t,
    fc.property(slips, ([valid, place, shift]) => {
      const digits = [...valid]
      digits[place] = String((Number(digits[place]) + shift) % 10)
      assert.deepEqual(parseNhsNumber(valid), { nhsNumber: valid })
      assert.equal(parseNhsNumber(digits.join('')), 'NHS_NUMBER_CHECK_DIGIT')
    }),
  )
  t.end()
})

t.test('a valid number with two different neighbours swapped is never taken', (t) => {
  const slips = fc
    .tuple(aValidNumber, fc.nat(8))
    .filter(([valid, place]) => valid[place] !== valid[place + 1])
  holds(
    t,
    fc.property(slips, ([valid, place]) => {
      const swapped = `${valid.slice(0, place)}${valid[place + 1]}${valid[place]}${valid.slice(place + 2)}`
      assert.equal(parseNhsNumber(swapped), 'NHS_NUMBER_CHECK_DIGIT')
    }),
  )
  t.end()
})

t.test('ten equal digits pass the arithmetic and are flagged, and nothing else is flagged', (t) => {
  for (let digit = 0; digit <= 9; digit += 1) {
    const repeated = String(digit).repeat(10)
    t.same(parseNhsNumber(repeated), { nhsNumber: repeated })
    t.equal(isRepeatedDigit(repeated as NhsNumber), true, repeated)
  }
  t.equal(isRepeatedDigit('9990000018' as NhsNumber), false)
  t.equal(isRepeatedDigit('9999999990' as NhsNumber), false)
  t.end()
})

t.test('the test range has exactly 909,091 usable numbers, and the first of them are known', (t) => {
  const first: string[] = []
  let usable = 0
  for (let nine = 999_000_000; nine <= 999_999_999; nine += 1) {
    const digit = checkDigitFor(String(nine))
    if (digit === undefined) continue
    usable += 1
    if (usable <= 4) first.push(`${nine}${digit}`)
  }
  t.equal(usable, 909_091)
  t.same(first, ['9990000018', '9990000026', '9990000034', '9990000042'])
  t.equal(checkDigitFor('999000000'), undefined)
  t.end()
})

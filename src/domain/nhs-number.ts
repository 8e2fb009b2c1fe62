/** Ten digits, written bare, whose last one fits the others by modulus 11. */
export type NhsNumber = string & { readonly brand: 'NhsNumber' }

export type NhsNumberFault = 'NHS_NUMBER_FORMAT' | 'NHS_NUMBER_OLD_STYLE' | 'NHS_NUMBER_CHECK_DIGIT'

const BARE_NUMBER = /^\d{10}$/
// 3-3-4 with the same separator twice; a space from a word processor may be the no-break one.
const WRITTEN_NUMBER = /^(\d{3})([ \u00a0-])(\d{3})\2(\d{4})$/
// What a spreadsheet makes of a long number ("9.99E+09"): letters, but not a pre-1996 number.
const SPREADSHEET_NUMBER = /^\d+([.,]\d+)?E[+-]?\d+$/i

/** Reads an NHS number as people write it, or names the fault (domain.md section 0 rule 13 and section 7). */
export function parseNhsNumber(text: string): { nhsNumber: NhsNumber } | NhsNumberFault {
  const digits = BARE_NUMBER.test(text) ? text : withoutSeparators(text)
  if (digits === undefined) {
    return /[A-Za-z]/.test(text) && !SPREADSHEET_NUMBER.test(text)
      ? 'NHS_NUMBER_OLD_STYLE'
      : 'NHS_NUMBER_FORMAT'
  }
  return checkDigitFits(digits) ? { nhsNumber: digits as NhsNumber } : 'NHS_NUMBER_CHECK_DIGIT'
}

function withoutSeparators(text: string): string | undefined {
  const match = WRITTEN_NUMBER.exec(text)
  return match === null ? undefined : `${match[1]}${match[3]}${match[4]}`
}

/** The ways in which people write a number, bare first. */
function writtenForms(nhsNumber: string): string[] {
  const parts = [nhsNumber.slice(0, 3), nhsNumber.slice(3, 6), nhsNumber.slice(6)]
  return ['', ' ', '-', '\u00a0'].map((separator) => parts.join(separator))
}

/** Whether a number stands in a text by itself, in any of those ways: with no digit before or behind it. */
export function standsIn(text: string, nhsNumber: string): boolean {
  return writtenForms(nhsNumber).some((form) => {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
      if (!isDigit(text, at - 1) && !isDigit(text, at + form.length)) return true
    }
    return false
  })
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

/** Whether a text has so many digits that there could be a number in it. */
export function couldHoldNumber(text: string): boolean {
  return text.length >= DIGITS && text.replace(/\D/g, '').length >= DIGITS
}

const DIGITS = 10

/** The tenth digit that fits nine others by modulus 11, or undefined when none does. */
export function checkDigitFor(nineDigits: string): number | undefined {
  let sum = 0
  for (let i = 0; i < 9; i += 1) sum += (nineDigits.charCodeAt(i) - 48) * (10 - i)
  const digit = (11 - (sum % 11)) % 11
  return digit === 10 ? undefined : digit
}

function checkDigitFits(digits: string): boolean {
  return checkDigitFor(digits) === digits.charCodeAt(9) - 48
}

/** Ten equal digits pass modulus 11 and are never a person: accepted, with a warning. */
export function isRepeatedDigit(nhsNumber: NhsNumber): boolean {
  return /^(\d)\1{9}$/.test(nhsNumber)
}

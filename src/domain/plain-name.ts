const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/
const NHS_NUMBER_DIGITS = 10

/** Whether an unknown property's name is a plain word, which an error may repeat; it could be a person's name or number. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name) && name.replace(/\D/g, '').length < NHS_NUMBER_DIGITS
}

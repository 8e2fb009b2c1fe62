// Fewer than ten digits, since a name can itself be an NHS number.
const PLAIN_NAME = /^(?!(?:\D*\d){10})[A-Za-z][A-Za-z0-9_-]{0,39}$/

/** Whether an unknown property's name is a plain word, which an error may repeat; it could be a person's name or number. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name)
}

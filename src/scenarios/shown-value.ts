const LENGTH_MAX = 80
// What is printed goes into the logs of other people's builds.
const TEN_DIGITS = /\d{3}[ -]?\d{3}[ -]?\d{4}/g

/** A text without what may be an NHS number. */
export function withoutNumbers(text: string): string {
  return text.replace(TEN_DIGITS, '(ten digits)')
}

/** A value in a few words: never a whole body, and no NHS number. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return objectText(value)
  if (typeof value === 'symbol') return String(value.description)
  return shortened(JSON.stringify(value) ?? 'nothing')
}

function objectText(value: object): string {
  return shortened(`an object with ${Object.keys(value).join(', ') || 'nothing in it'}`)
}

function shortened(whole: string): string {
  const text = withoutNumbers(whole)
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text
}

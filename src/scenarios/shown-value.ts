const LENGTH_MAX = 80
// What is printed goes into the logs of other people's builds.
const TEN_DIGITS = /\d{3}[ -]?\d{3}[ -]?\d{4}/g

/** A value in a few words: never a whole body, and no NHS number. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return objectText(value)
  const text = (JSON.stringify(value) ?? 'nothing').replace(TEN_DIGITS, '(ten digits)')
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text
}

function objectText(value: object): string {
  const text = `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text
}

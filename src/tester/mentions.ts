import { standsIn } from '../domain/nhs-number.js'

/** Whether a text that somebody sent holds this NHS number by itself; in JSON it may be written with escapes. */
export function mentions(text: string, nhsNumber: string): boolean {
  return standsIn(text.includes('\\u') ? unescaped(text) : text, nhsNumber)
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

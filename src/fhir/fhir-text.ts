// All blanks that R4's string and code do not know: no-break spaces, line separators and the like.
const OTHER_BLANKS = /[^\S \r\n\t]/g

/** A text as R4's `string` has it (section 2.24.0.1). */
export function fhirText(text: string): string {
  return text.replace(OTHER_BLANKS, ' ')
}

/** A text as R4's `code` has it: single blanks, none at its ends; undefined when nothing is left. */
export function fhirCode(text: string | undefined): string | undefined {
  return text?.trim().replace(/\s+/g, ' ') || undefined
}

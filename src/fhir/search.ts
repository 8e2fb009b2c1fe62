import { isOfOtherRelease, JSON_TYPES } from './media-types.js'
import { invalidSearch, notAcceptable } from './refusal.js'
import { NHS_NUMBER } from './systems.js'

/** What a search can be asked for; each becomes a line of the capability statement. */
export interface SearchParameter {
  name: string
  documentation: string
}

/** In R4's words the parameter is `patient`; `patient:identifier` is the same with the modifier that the guide uses. */
export const PATIENT_PARAMETER: SearchParameter = {
  name: 'patient',
  documentation: `Required, once: patient:identifier=${NHS_NUMBER}|<NHS number>, or the NHS number alone.`,
}

/** Understood of every request, and so no search parameter. */
const FORMAT = '_format'

/** What was asked, with the parameters that were understood, in their order, for the self link. */
export interface Search {
  /** As it was written; whether it is an NHS number is for the lookup to say. */
  nhsNumber: string
  /** Any of these will do; undefined where none is asked for. */
  codes: string[] | undefined
  understood: [name: string, value: string][]
}

/**
 * Reads the parameters of a search. `isLenient` is `Prefer: handling=lenient`, which passes over those that are not
 * known (R4 section 3.1.1.1.3). Refuses INVALID_SEARCH_DATA: a patient that is missing, repeated or several in one, an
 * identifier of another system, a parameter that is not known. No text that was sent is repeated.
 */
export function readSearch(
  given: URLSearchParams,
  known: readonly SearchParameter[],
  isLenient: boolean,
): Search {
  const names = [...known.map(({ name }) => name), 'patient:identifier', FORMAT]
  const understood = [...given].filter(([name]) => names.includes(name))
  if (!isLenient && understood.length < [...given].length) {
    throw invalidSearch(
      `A search parameter is not known here. Those that are: ${names.join(', ')}. Prefer: handling=lenient passes over others.`,
    )
  }
  const patients = understood.filter(([name]) => name === 'patient' || name === 'patient:identifier')
  const [first] = patients
  if (first === undefined) throw invalidSearch(`No patient is given. ${HOW_TO_ASK}`)
  if (patients.length > 1 || first[1].includes(',')) {
    throw invalidSearch(`One patient can be asked for in one search. ${HOW_TO_ASK}`)
  }
  const codes = understood.filter(([name]) => name === 'code').map(([, value]) => value)
  if (codes.length > 1) throw invalidSearch('Give code once; a comma between several means any of them.')
  const self = understood.map(([name, value]): [string, string] => [
    name,
    name === FORMAT ? withPlus(value) : value,
  ])
  return { nhsNumber: numberIn(first[1]), codes: codes[0]?.split(','), understood: self }
}

const HOW_TO_ASK = `Ask with patient:identifier=${NHS_NUMBER}|<NHS number>, or with patient=<NHS number>.`

/** A token: `system|value`, or the value alone (R4 section 3.1.1.5.11). */
function numberIn(token: string): string {
  const bar = token.lastIndexOf('|')
  if (token.includes('/') && bar === -1) throw invalidSearch(`A reference cannot be searched. ${HOW_TO_ASK}`)
  if (bar === -1) return token
  if (token.slice(0, bar) !== NHS_NUMBER) {
    throw invalidSearch(`Invalid NHS number: the identifier’s system must be ${NHS_NUMBER}, exactly so.`)
  }
  return token.slice(bar + 1)
}

/** Refuses every `_format` but JSON, under whichever of its names; R4 section 3.1.1.1.11. */
export function refuseOtherFormats(given: URLSearchParams): void {
  for (const format of given.getAll(FORMAT)) {
    const [type = ''] = withPlus(format).split(';')
    const name = type.trim().toLowerCase()
    const isJson = name === '' || name === 'json' || JSON_TYPES.includes(name)
    if (!isJson || isOfOtherRelease(format)) throw notAcceptable()
  }
}

/** In a query a plus sign that is not encoded is a blank. */
function withPlus(format: string): string {
  return format.replace('fhir json', 'fhir+json')
}

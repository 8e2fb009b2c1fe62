/** The names under which JSON of FHIR is asked for and sent. */
export const JSON_TYPES: readonly string[] = [
  'application/fhir+json',
  'application/json',
  'text/json',
  'application/json+fhir',
]

const R4 = ['4.0', '4.0.1']
const UTF8 = ['utf-8', 'utf8']

/** Whether a media type says that it is of another release of FHIR (R4 section 3.2.1.2). */
export function isOfOtherRelease(mediaType: string): boolean {
  return isOther(mediaType, 'fhirversion', R4)
}

export function isOfOtherCharset(mediaType: string): boolean {
  return isOther(mediaType, 'charset', UTF8)
}

/** A range of an Accept header without its parameters, but for its weight. */
export function weightedType(range: string): string {
  const [type = '', ...parameters] = range.split(';')
  return [type, ...parameters.filter((each) => nameOf(each) === 'q')].join(';')
}

function isOther(mediaType: string, name: string, known: readonly string[]): boolean {
  const [, ...parameters] = mediaType.split(';')
  return parameters.some((each) => nameOf(each) === name && !known.includes(settingOf(each)))
}

function nameOf(parameter: string): string {
  return (parameter.split('=')[0] as string).trim().toLowerCase()
}

function settingOf(parameter: string): string {
  const [, value = ''] = parameter.split('=')
  return value.trim().replaceAll('"', '').toLowerCase()
}

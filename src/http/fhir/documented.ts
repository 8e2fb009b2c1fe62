import type { TSchema } from 'typebox'
import type { SearchParameter } from '../../fhir/search.js'
import { NHS_NUMBER } from '../../fhir/systems.js'
import { closed } from '../../messages/common.js'
import { FhirId } from '../../messages/fhir/elements.js'
import { Type } from '../../messages/type.js'
import { ORGANISATION_HEADER, ROLE_PROFILE_HEADER, USER_HEADER } from './who-asks.js'

// What openapi.yaml says of a FHIR request. Parameters and headers are read by src/fhir, which refuses in FHIR's words,
// so nothing here is required.

function header(name: string, description: string, example: string): [string, TSchema] {
  return [name.toLowerCase(), Type.Optional(Type.String({ description, examples: [example] }))]
}

export const WHO_ASKS = [
  header(USER_HEADER, 'Who asks; with the organisation it decides what is a repeat.', '555500000001'),
  header(ROLE_PROFILE_HEADER, 'The role profile under which they ask; kept with the access.', '555254242102'),
  header(ORGANISATION_HEADER, 'For whom they ask, by ODS code.', 'RBN01'),
]
const REQUEST_ID = '60E0B220-8136-4CA5-AE46-1D97EF59D068'
export const REPEATABLE = header(
  'X-Request-ID',
  'Echoed; and whoever repeats a request with the same one has no second effect.',
  REQUEST_ID,
)
export const UNSCHEDULED = header(
  'IsUnscheduledAccessEvent',
  'true, or not sent: the authorities are told. false: a silent search, nothing is recorded.',
  'false',
)
const TRACED = [
  header('X-Request-ID', 'Echoed.', REQUEST_ID),
  header('TraceID', 'The caller’s own reference; echoed.', '5b1f0a52-5f0e-4b5e-9d7e-0b6f0c5f5d11'),
  header('X-Correlation-ID', 'Echoed.', '11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA'),
]

export function documentedHeaders(...own: [string, TSchema][]) {
  return Type.Object(Object.fromEntries([...TRACED, ...own]))
}

const formatParameter = Type.Optional(
  Type.String({ description: 'json, under any of its names.', examples: ['json'] }),
)
const patientParameter = Type.Optional(
  Type.String({
    description: 'The system and the number of one patient.',
    examples: [`${NHS_NUMBER}|9990000018`],
  }),
)

/** Of a search: the form of the guide, its alias, and what else this one knows. */
export function documentedSearch(parameters: readonly SearchParameter[]) {
  const known = parameters.map(({ name, documentation }) => [
    name,
    Type.Optional(
      Type.String({ description: documentation, examples: name === 'patient' ? ['9990000018'] : [] }),
    ),
  ])
  return closed({
    'patient:identifier': patientParameter,
    ...Object.fromEntries(known),
    _format: formatParameter,
  })
}

export const documentedFormat = closed({ _format: formatParameter })

export const documentedRead = { params: closed({ id: FhirId }), querystring: documentedFormat }

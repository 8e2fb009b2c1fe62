import type { HubError } from '../domain/problem.js'
import { FhirRefusal } from './refusal.js'
import { type Answers, answerFrom, type Wording } from './spine-codes.js'
import { PDS_SPINE_CODES } from './systems.js'

// What the public specification of the Personal Demographics Service lists, and beyond it what CP-IS answers.
const ANSWERS: Answers = {
  HEADER_REPEATED: [400, 'INVALID_VALUE', 'value'],
  SCHEMA_VIOLATION: [400, 'INVALID_VALUE', 'value'],
  ORIGIN_NOT_ALLOWED: [403, 'ACCESS_DENIED', 'forbidden'],
  HOST_NOT_ALLOWED: [421, 'ACCESS_DENIED', 'forbidden'],
  NOT_FOUND: [404, 'RESOURCE_NOT_FOUND', 'not-found'],
  METHOD_NOT_ALLOWED: [405, 'UNSUPPORTED_SERVICE', 'not-supported'],
  REQUEST_TIMEOUT: [408, 'UNABLE_TO_CALL_SERVICE', 'timeout'],
  BODY_TOO_LARGE: [413, 'INVALID_VALUE', 'too-long'],
  CONTENT_TYPE: [415, 'UNSUPPORTED_SERVICE', 'not-supported'],
  CONTENT_ENCODING: [415, 'UNSUPPORTED_SERVICE', 'not-supported'],
  OVERLOADED: [503, 'UNABLE_TO_CALL_SERVICE', 'throttled'],
  STORE_UNAVAILABLE: [503, 'UNABLE_TO_CALL_SERVICE', 'transient'],
  REGISTER_UNAVAILABLE: [503, 'UNABLE_TO_CALL_SERVICE', 'transient'],
}

/** As the Personal Demographics Service has it. */
export const PDS_WORDING: Wording = {
  system: PDS_SPINE_CODES,
  version: '1',
  answerTo: (code) => answerFrom(ANSWERS, code),
  diagnosticsOf: ({ detail }: HubError) => detail,
}

export function invalidNumber(): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'INVALID_RESOURCE_ID', issueType: 'value' },
    'Ask with an NHS number of ten bare digits, the last of which fits the others.',
  )
}

export function unknownPerson(): FhirRefusal {
  return new FhirRefusal(
    { status: 404, spineCode: 'RESOURCE_NOT_FOUND', issueType: 'not-found', severity: 'information' },
    'Nobody is registered under this NHS number.',
  )
}

export function invalidatedNumber(): FhirRefusal {
  return new FhirRefusal(
    { status: 404, spineCode: 'INVALIDATED_RESOURCE', issueType: 'processing' },
    'This NHS number has been invalidated, and no other leads on from it. Trace the person.',
  )
}

/** Not an error to the service, which answers it with 200 in the place of a bundle. */
export function tooManyMatches(): FhirRefusal {
  return new FhirRefusal(
    { status: 200, spineCode: 'TOO_MANY_MATCHES', issueType: 'multiple-matches', severity: 'information' },
    'More people fit than may be shown. Say more of the person.',
  )
}

export function missingValue(diagnostics: string): FhirRefusal {
  return new FhirRefusal({ status: 400, spineCode: 'MISSING_VALUE', issueType: 'required' }, diagnostics)
}

export function invalidValue(diagnostics: string): FhirRefusal {
  return new FhirRefusal({ status: 400, spineCode: 'INVALID_VALUE', issueType: 'value' }, diagnostics)
}

export function invalidCombination(diagnostics: string): FhirRefusal {
  return new FhirRefusal({ status: 400, spineCode: 'INVALID_SEARCH_DATA', issueType: 'value' }, diagnostics)
}

export function nothingAsked(diagnostics: string): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'UNSUPPORTED_SERVICE', issueType: 'processing' },
    diagnostics,
  )
}

export function notSimulated(diagnostics: string): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'UNSUPPORTED_VALUE', issueType: 'not-supported' },
    diagnostics,
  )
}

export function unknownParameter(diagnostics: string): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'ADDITIONAL_PROPERTIES', issueType: 'invariant' },
    diagnostics,
  )
}

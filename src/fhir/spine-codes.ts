import type { OperationOutcomeIssue } from 'fhir/r4.js'
import type { HubError, ProblemCode } from '../domain/problem.js'
import { SPINE_CODES } from './systems.js'

type IssueType = OperationOutcomeIssue['code']

/** The codes of the Spine that the hub answers, with their words (domain.md sections 6.3 and 7). */
export const SPINE_DISPLAYS = {
  INVALID_SEARCH_DATA: 'Search data is invalid',
  PRECONDITION_FAILED: 'Required condition was not fulfilled',
  ACCESS_DENIED: 'Access has been denied to process this request',
  RESOURCE_NOT_FOUND: 'Resource not found',
  UNSUPPORTED_SERVICE: 'Unsupported Service',
  INVALID_RESOURCE: 'Invalid validation of resource',
  MISSING_VALUE: 'Required value is missing',
  INVALID_VALUE: 'Provided value is invalid',
  UNSUPPORTED_VALUE: 'Required value is unsupported',
  UNABLE_TO_CALL_SERVICE: 'Unable to call service',
  INVALID_RESOURCE_ID: 'Resource Id is invalid',
  INVALIDATED_RESOURCE:
    'Resource that has been marked as invalid was requested - invalid resources cannot be retrieved',
  TOO_MANY_MATCHES: 'Too Many Matches',
  ADDITIONAL_PROPERTIES: 'Additional properties should not be included',
  FAILURE_TO_PROCESS_MESSAGE: 'Failure to process message',
} as const
export type SpineCode = keyof typeof SPINE_DISPLAYS

export interface SpineAnswer {
  status: number
  spineCode: SpineCode
  issueType: IssueType
  /** Of what is no error; the national services call it so. */
  severity?: 'information'
}

/** How one national API words what the hub refuses. */
export interface Wording {
  /** Of the codes; the services do not agree on its name. */
  system: string
  version?: string
  answerTo(code: ProblemCode): SpineAnswer
  diagnosticsOf(refusal: HubError): string
}

export type Answers = Partial<Record<ProblemCode, readonly [number, SpineCode, IssueType]>>

const ANSWERS: Answers = {
  // The guide's own three rows.
  INVALID_NHS_NUMBER: [400, 'INVALID_SEARCH_DATA', 'invalid'],
  HEADER_REPEATED: [400, 'PRECONDITION_FAILED', 'invalid'],
  IDEMPOTENCY_KEY: [400, 'PRECONDITION_FAILED', 'invalid'],
  IDEMPOTENCY_KEY_REUSED: [400, 'PRECONDITION_FAILED', 'invalid'],
  ORIGIN_NOT_ALLOWED: [403, 'ACCESS_DENIED', 'forbidden'],
  HOST_NOT_ALLOWED: [421, 'ACCESS_DENIED', 'forbidden'],
  // Beyond them.
  SCHEMA_VIOLATION: [400, 'INVALID_RESOURCE', 'structure'],
  JSON_MALFORMED: [400, 'INVALID_RESOURCE', 'structure'],
  DUPLICATE_KEY: [400, 'INVALID_RESOURCE', 'structure'],
  PROPERTY_FORBIDDEN: [400, 'INVALID_RESOURCE', 'structure'],
  NESTED_TOO_DEEP: [400, 'INVALID_RESOURCE', 'structure'],
  NOT_UTF8: [400, 'INVALID_RESOURCE', 'structure'],
  NOT_FOUND: [404, 'RESOURCE_NOT_FOUND', 'not-found'],
  METHOD_NOT_ALLOWED: [405, 'UNSUPPORTED_SERVICE', 'not-supported'],
  REQUEST_TIMEOUT: [408, 'UNABLE_TO_CALL_SERVICE', 'timeout'],
  BODY_TOO_LARGE: [413, 'INVALID_RESOURCE', 'too-long'],
  CONTENT_TYPE: [415, 'UNSUPPORTED_SERVICE', 'not-supported'],
  CONTENT_ENCODING: [415, 'UNSUPPORTED_SERVICE', 'not-supported'],
  OVERLOADED: [503, 'UNABLE_TO_CALL_SERVICE', 'throttled'],
  STORAGE_FULL: [503, 'UNABLE_TO_CALL_SERVICE', 'no-store'],
  STORE_UNAVAILABLE: [503, 'UNABLE_TO_CALL_SERVICE', 'transient'],
}
const FAILED = [500, 'FAILURE_TO_PROCESS_MESSAGE', 'exception'] as const

/** Looks a refusal up; where it is not in the table, the answer is that of INTERNAL. */
export function answerFrom(answers: Answers, code: ProblemCode): SpineAnswer {
  const [status, spineCode, issueType] = answers[code] ?? FAILED
  return { status, spineCode, issueType }
}

/** As the CP-IS guide has it. */
export const CPIS_WORDING: Wording = {
  system: SPINE_CODES,
  answerTo: (code) => answerFrom(ANSWERS, code),
  diagnosticsOf,
}

function diagnosticsOf({ code, detail }: HubError): string {
  switch (code) {
    case 'INVALID_NHS_NUMBER':
      return `Invalid NHS number. ${detail}`
    case 'HEADER_REPEATED':
      return `Missing or invalid header parameter: ${detail}`
    case 'IDEMPOTENCY_KEY':
      return 'Missing or invalid header parameter: X-Request-ID must be 1 to 255 visible ASCII characters, best a UUID.'
    case 'IDEMPOTENCY_KEY_REUSED':
      return 'Missing or invalid header parameter: X-Request-ID was used for another request. Send a new one, and the same one only to repeat the same request.'
    case 'NOT_FOUND':
      return 'There is no such address here; GET metadata says what there is.'
    case 'CONTENT_TYPE':
      return 'Send a resource as application/fhir+json, or the parameters of a _search as application/x-www-form-urlencoded, in UTF-8.'
    default:
      return detail
  }
}

import type { OperationOutcomeIssue } from 'fhir/r4.js'
import type { ProblemCode } from '../domain/problem.js'

type IssueType = OperationOutcomeIssue['code']

/** The codes of the Spine that the hub answers, with their words (domain.md section 6.3). */
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
  FAILURE_TO_PROCESS_MESSAGE: 'Failure to process message',
} as const
export type SpineCode = keyof typeof SPINE_DISPLAYS

export interface SpineAnswer {
  status: number
  spineCode: SpineCode
  issueType: IssueType
}

/** Where the answer to a refusal of the hub is not in this table, it is that of INTERNAL. */
const ANSWERS: Partial<Record<ProblemCode, readonly [number, SpineCode, IssueType]>> = {
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

/** How a refusal of the hub is answered in FHIR. */
export function spineAnswerTo(code: ProblemCode): SpineAnswer {
  const [status, spineCode, issueType] = ANSWERS[code] ?? FAILED
  return { status, spineCode, issueType }
}

import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import { type HubError, PROBLEMS, type ProblemCode, type SchemaFault } from '../domain/problem.js'
import { IS_REQUIRED, UNNAMED } from '../messages/schema-faults.js'
import { FhirRefusal } from './refusal.js'
import { SPINE_DISPLAYS, type SpineAnswer, type SpineCode, spineAnswerTo } from './spine-codes.js'
import { SPINE_CODES } from './systems.js'

export interface Outcome {
  status: number
  resource: OperationOutcome
}

/** A refusal as the guide's OperationOutcome, with its HTTP status (domain.md section 6.3). */
export function operationOutcomeOf(refusal: HubError | FhirRefusal): Outcome {
  if (refusal instanceof FhirRefusal) {
    const { answer, message, expression } = refusal
    return outcomeOf(answer.status, [issueOf(answer, message, expression)])
  }
  const answer = spineAnswerTo(refusal.code)
  // What is wrong with the text of a body is one fault; what does not fit the schema, one for each element.
  const faults = refusal.code === 'SCHEMA_VIOLATION' ? (refusal.errors ?? []).map(issueOfFault) : []
  return outcomeOf(answer.status, faults.length > 0 ? faults : [issueOf(answer, diagnosticsOf(refusal))])
}

/** A refusal that a tester wants, under whatever code: one of the hub's is told in the Spine's. */
export function simulatedOutcomeOf(status: number, code: string, diagnostics: string): Outcome {
  const known = code in PROBLEMS ? spineAnswerTo(code as ProblemCode) : undefined
  const spineCode = (known?.spineCode ?? code) as SpineCode
  const issueType =
    known?.issueType ?? (status === 429 ? 'throttled' : status < 500 ? 'processing' : 'exception')
  return outcomeOf(status, [issueOf({ status, spineCode, issueType }, diagnostics)])
}

function outcomeOf(status: number, issue: OperationOutcomeIssue[]): Outcome {
  return { status, resource: { resourceType: 'OperationOutcome', issue } }
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

/** Of a body that does not fit: each fault, by the element that it is about. */
function issueOfFault({ pointer, message }: SchemaFault): OperationOutcomeIssue {
  const expression = fhirPathOf(pointer)
  return issueOf(
    message === IS_REQUIRED
      ? { status: 400, spineCode: 'MISSING_VALUE', issueType: 'required' }
      : { status: 400, spineCode: 'INVALID_VALUE', issueType: 'value' },
    `${expression} ${message}.`,
    expression,
  )
}

function issueOf(answer: SpineAnswer, diagnostics: string, expression?: string): OperationOutcomeIssue {
  const { spineCode, issueType } = answer
  return {
    severity: 'error',
    code: issueType,
    details: { coding: [{ system: SPINE_CODES, code: spineCode, display: SPINE_DISPLAYS[spineCode] }] },
    diagnostics,
    ...(expression !== undefined && { expression: [expression] }),
  }
}

/** `/type/0/coding` as `Encounter.type[0].coding`; the only bodies that are resources are Encounters. */
function fhirPathOf(pointer: string): string {
  const [whole = ''] = pointer.split(`/${UNNAMED}`)
  const steps = whole
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
  return `Encounter${steps.join('')}`
}

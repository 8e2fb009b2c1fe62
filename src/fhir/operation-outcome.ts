import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import type { HubError, SchemaFault } from '../domain/problem.js'
import { FhirRefusal } from './refusal.js'
import { SPINE_DISPLAYS, type SpineAnswer, spineAnswerTo } from './spine-codes.js'
import { SPINE_CODES } from './systems.js'

/** A refusal as the guide's OperationOutcome, with its HTTP status (domain.md section 6.3). */
export function operationOutcomeOf(error: HubError): { status: number; resource: OperationOutcome } {
  const answer = error instanceof FhirRefusal ? error.answer : spineAnswerTo(error.code)
  const issue =
    error.errors === undefined || error.errors.length === 0
      ? [issueOf(answer, diagnosticsOf(error), error instanceof FhirRefusal ? error.expression : undefined)]
      : error.errors.map(issueOfFault)
  return { status: answer.status, resource: { resourceType: 'OperationOutcome', issue } }
}

function diagnosticsOf({ code, detail }: HubError): string {
  switch (code) {
    case 'INVALID_NHS_NUMBER':
      return `Invalid NHS number. ${detail}`
    case 'IDEMPOTENCY_KEY':
    case 'IDEMPOTENCY_KEY_REUSED':
      return 'Missing or invalid header parameter: X-Request-ID was used for another request, or cannot be used. Send a new one, best a UUID, and the same one only to repeat the same request.'
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
  const isMissing = message === 'is required'
  return issueOf(
    isMissing
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
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
  return `Encounter${steps.join('')}`
}

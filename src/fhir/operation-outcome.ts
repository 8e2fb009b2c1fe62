import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import { type HubError, PROBLEMS, type ProblemCode, type SchemaFault } from '../domain/problem.js'
import { IS_REQUIRED, UNNAMED } from '../messages/schema-faults.js'
import { FhirRefusal } from './refusal.js'
import { SPINE_DISPLAYS, type SpineAnswer, type SpineCode, type Wording } from './spine-codes.js'

export interface Outcome {
  status: number
  resource: OperationOutcome
}

/** A refusal as an OperationOutcome in the words of one API, with its HTTP status (domain.md section 6.3). */
export function operationOutcomeOf(refusal: HubError | FhirRefusal, wording: Wording): Outcome {
  if (refusal instanceof FhirRefusal) {
    const { answer, message, expression } = refusal
    return outcomeOf(answer.status, [issueOf(wording, answer, message, expression)])
  }
  const answer = wording.answerTo(refusal.code)
  // What is wrong with the text of a body is one fault; what does not fit the schema, one for each element.
  const faults =
    refusal.code === 'SCHEMA_VIOLATION'
      ? (refusal.errors ?? []).map((fault) => issueOfFault(wording, fault))
      : []
  return outcomeOf(
    answer.status,
    faults.length > 0 ? faults : [issueOf(wording, answer, wording.diagnosticsOf(refusal))],
  )
}

/** A refusal that a tester wants, under whatever code: one of the hub's is told in the words of the API. */
export function simulatedOutcomeOf(
  wording: Wording,
  { status, code }: { status: number; code: string },
  diagnostics: string,
): Outcome {
  const known = code in PROBLEMS ? wording.answerTo(code as ProblemCode) : undefined
  const spineCode = (known?.spineCode ?? code) as SpineCode
  const issueType =
    known?.issueType ?? (status === 429 ? 'throttled' : status < 500 ? 'processing' : 'exception')
  return outcomeOf(status, [issueOf(wording, { status, spineCode, issueType }, diagnostics)])
}

function outcomeOf(status: number, issue: OperationOutcomeIssue[]): Outcome {
  return { status, resource: { resourceType: 'OperationOutcome', issue } }
}

/** Of a body that does not fit: each fault, by the element that it is about. */
function issueOfFault(wording: Wording, { pointer, message }: SchemaFault): OperationOutcomeIssue {
  const expression = fhirPathOf(pointer)
  return issueOf(
    wording,
    message === IS_REQUIRED
      ? { status: 400, spineCode: 'MISSING_VALUE', issueType: 'required' }
      : { status: 400, spineCode: 'INVALID_VALUE', issueType: 'value' },
    `${expression} ${message}.`,
    expression,
  )
}

function issueOf(
  { system, version }: Wording,
  answer: SpineAnswer,
  diagnostics: string,
  expression?: string,
): OperationOutcomeIssue {
  const { spineCode: code, issueType, severity = 'error' } = answer
  const coding = { system, ...(version !== undefined && { version }), code, display: SPINE_DISPLAYS[code] }
  return {
    severity,
    code: issueType,
    details: { coding: [coding] },
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

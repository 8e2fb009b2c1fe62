import type { SpineAnswer } from './spine-codes.js'

/** A refusal that only FHIR knows; the others are the hub's own. Its message never holds a value that was sent. */
export class FhirRefusal extends Error {
  override readonly name = 'FhirRefusal'
  readonly answer: SpineAnswer
  /** FHIRPath of the element at fault, such as `Encounter.period.start`. */
  readonly expression: string | undefined

  constructor(answer: SpineAnswer, diagnostics: string, expression?: string) {
    super(diagnostics)
    this.answer = answer
    this.expression = expression
  }
}

/** What is asked for cannot be searched; domain.md section 6.3. */
export function invalidSearch(diagnostics: string): FhirRefusal {
  return new FhirRefusal({ status: 400, spineCode: 'INVALID_SEARCH_DATA', issueType: 'invalid' }, diagnostics)
}

/** A header is missing or wrong; domain.md section 6.3. */
export function preconditionFailed(diagnostics: string): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'PRECONDITION_FAILED', issueType: 'invalid' },
    `Missing or invalid header parameter: ${diagnostics}`,
  )
}

export function notAcceptable(): FhirRefusal {
  return new FhirRefusal(
    { status: 406, spineCode: 'UNSUPPORTED_SERVICE', issueType: 'not-supported' },
    'The hub speaks JSON alone: send Accept: application/fhir+json, or nothing, and no other _format.',
  )
}

export function resourceNotFound(diagnostics: string): FhirRefusal {
  return new FhirRefusal(
    { status: 404, spineCode: 'RESOURCE_NOT_FOUND', issueType: 'not-found' },
    diagnostics,
  )
}

export function wrongElement(expression: string, why: string): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'INVALID_VALUE', issueType: 'value' },
    `${expression} ${why}`,
    expression,
  )
}

export function unsupportedElement(expression: string, why: string): FhirRefusal {
  return new FhirRefusal(
    { status: 400, spineCode: 'UNSUPPORTED_VALUE', issueType: 'not-supported' },
    `${expression} ${why}`,
    expression,
  )
}

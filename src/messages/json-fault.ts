import { type HubError, type ProblemCode, refuse } from '../domain/problem.js'

/** Lists and objects inside one another; the deepest message has four. */
export const NESTING_MAX = 16

const LINE_FEED = 0x0a

type FaultCode = Extract<
  ProblemCode,
  'JSON_MALFORMED' | 'DUPLICATE_KEY' | 'PROPERTY_FORBIDDEN' | 'NESTED_TOO_DEEP'
>

/** What is wrong with a JSON text, on its way out of the lists and objects in which it stands. */
export class JsonFault extends Error {
  readonly code: FaultCode
  readonly at: number
  /** Where in the message it is, innermost first. */
  readonly path: string[] = []

  constructor(code: FaultCode, at: number) {
    super(code)
    this.code = code
    this.at = at
  }
}

/** A fault in words: where it is, and nothing of what was sent. */
export function jsonProblem(fault: JsonFault, bytes: Buffer): HubError {
  const place = placeOf(fault.at, bytes)
  const errors = (message: string) => [{ pointer: [...fault.path, ''].reverse().join('/'), message }]
  switch (fault.code) {
    case 'JSON_MALFORMED':
      return refuse(
        'JSON_MALFORMED',
        fault.at >= bytes.length
          ? 'The body is not whole: it ends in the middle, and may have been cut.'
          : `The body is not well-formed JSON ${place}. A quote or a comma may be missing or too many.`,
      )
    case 'DUPLICATE_KEY':
      return refuse(
        'DUPLICATE_KEY',
        `A property stands twice in one object ${place}, and which of the two is meant cannot be known. Send it once.`,
        errors('stands twice in its object'),
      )
    case 'PROPERTY_FORBIDDEN':
      return refuse(
        'PROPERTY_FORBIDDEN',
        `No property may be called __proto__, constructor or prototype, as one is ${place}.`,
        errors('has a name that is not allowed'),
      )
    case 'NESTED_TOO_DEEP':
      return refuse(
        'NESTED_TOO_DEEP',
        `More than ${NESTING_MAX} lists and objects stand inside one another ${place}.`,
      )
  }
}

/** For whoever opens the file in an editor, and for whoever reads it by bytes. */
function placeOf(at: number, bytes: Buffer): string {
  let line = 1
  for (let i = bytes.indexOf(LINE_FEED); i !== -1 && i < at; i = bytes.indexOf(LINE_FEED, i + 1)) line += 1
  return `at byte ${at + 1} (line ${line})`
}

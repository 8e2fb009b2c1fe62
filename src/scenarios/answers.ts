import type { ExpectBody } from '../messages/scenario.js'
import { compare, type Difference, meaningOf } from './matching.js'
import { isPointer, pointedAt } from './pointers.js'
import { refusalLines } from './refusal-text.js'
import { type Answer, CUT } from './transport.js'
import { fillIn, type Values } from './values.js'

/** An answer as expectations look at it. */
export interface ReadAnswer {
  status: number
  headers: Record<string, string>
  /** What the JSON says, or the text of what is none; undefined when there is no body. */
  body: unknown
}

export function readAnswer({ status, headers, text }: Answer): ReadAnswer {
  return { status, headers, body: text === '' ? undefined : bodyOf(headers['content-type'] ?? '', text) }
}

/** Where an answer is not as a step expects it; without an expectation, any success will do. */
export function answerDifferences(
  answer: ReadAnswer | typeof CUT,
  expected: ExpectBody | undefined,
  values: Values,
): Difference[] {
  const { cut, status, headers = {}, body } = (fillIn(meaningOf(expected), values) ?? {}) as ExpectBody
  if (answer === CUT) return cut ? [] : [{ at: 'connection', expected: 'an answer', came: 'cut off' }]
  if (cut) return [{ at: 'connection', expected: 'cut off', came: `an answer with status ${answer.status}` }]
  const wrongStatus = statusDifferences(answer, status)
  // What a refusal's body lacks says nothing that its status and code do not say.
  if (wrongStatus.length > 0) return wrongStatus
  return [
    ...Object.entries(headers).flatMap(([name, value]) =>
      compare(asHeader(value), answer.headers[name.toLowerCase()], `header ${name}`),
    ),
    ...(body === undefined ? [] : compare(body, answer.body, 'body')),
  ]
}

/** What a step captures, or where there is nothing to capture. */
export function captureFrom(
  answer: ReadAnswer,
  capture: Record<string, string>,
): { values: Values; missing: Difference[] } {
  const values = Object.entries(capture).map(([name, from]): [string, unknown] => [name, found(answer, from)])
  return {
    values: Object.fromEntries(values),
    missing: values
      .filter(([, value]) => value === undefined)
      .map(([name]) => ({
        at: `capture ${name}`,
        expected: `something at ${capture[name]}`,
        came: 'nothing',
      })),
  }
}

function found({ headers, body }: ReadAnswer, from: string): unknown {
  if (isPointer(from)) return pointedAt(body, from)
  return from === 'body' ? body : headers[from.replace('header ', '').toLowerCase()]
}

function bodyOf(contentType: string, text: string): unknown {
  if (!/[/+]json\b/.test(contentType)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function statusDifferences(answer: ReadAnswer, expected: number | undefined): Difference[] {
  const { status } = answer
  const isGood = expected === undefined ? status >= 200 && status < 300 : status === expected
  if (isGood) return []
  const says = refusalLines(answer.body)
  return [
    {
      at: 'status',
      expected: expected === undefined ? '2xx' : String(expected),
      came: statusText(answer),
      ...(says.length > 0 && { says }),
    },
  ]
}

/** With the code of a refusal or of the first finding, which says more than any number. */
function statusText({ status, body }: ReadAnswer): string {
  const code = pointedAt(body, '/code') ?? pointedAt(body, '/findings/0/code')
  return typeof code === 'string' ? `${status} ${code}` : String(status)
}

/** Headers are texts, and a YAML `true` or `1` is meant as one. */
function asHeader(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}

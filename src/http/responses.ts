import type { TSchema } from 'typebox'
import { PROBLEMS, type ProblemCode } from '../domain/problem.js'
import { ref } from '../messages/common.js'
import { ProblemSchema } from '../messages/problem.js'
import { Type } from '../messages/type.js'
import { PROBLEM_TYPE } from './problems.js'

const DESCRIPTIONS: Record<string, string> = {
  201: 'Stored.',
  204: 'It is done.',
  422: 'Returned: nothing was changed.',
  503: 'Not now.',
}

/** What any route can answer, whatever it does. */
const EVERYWHERE: readonly ProblemCode[] = [
  'SCHEMA_VIOLATION',
  'HEADER_REPEATED',
  'ORIGIN_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'HOST_NOT_ALLOWED',
  'HEADERS_TOO_LARGE',
  'STORE_UNAVAILABLE',
]

/** The answers of a route: the good ones by status, and the problems by their codes. */
export function responses(
  good: Record<number, TSchema & { description?: string }>,
  ...codes: readonly ProblemCode[]
) {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set([...codes, ...EVERYWHERE]))
    byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code])
  const problems = [...byStatus].map(([status, some]) => [
    status,
    { description: some.join(', '), content: { [PROBLEM_TYPE]: { schema: ref(ProblemSchema) } } },
  ])
  const described = Object.entries(good).map(([status, schema]) => [
    status,
    { description: DESCRIPTIONS[status] ?? 'The answer.', ...schema },
  ])
  const both = { ...Object.fromEntries(described), ...Object.fromEntries(problems) }
  for (const [status, schema] of Object.entries(good)) {
    if (!byStatus.has(Number(status))) continue
    // A good answer and a refusal of one status differ by their content types.
    both[status].content = { 'application/json': { schema }, ...both[status].content }
  }
  return both
}

/** A good answer that says nothing. */
export const NO_CONTENT = { 204: Type.Unsafe<null>({ type: 'null', description: 'It is done.' }) }

/** What a route that takes JSON can refuse before it looks at what was asked. */
export const JSON_BODY_PROBLEMS: readonly ProblemCode[] = [
  'SCHEMA_VIOLATION',
  'JSON_MALFORMED',
  'NOT_UTF8',
  'DUPLICATE_KEY',
  'PROPERTY_FORBIDDEN',
  'NESTED_TOO_DEEP',
  'BODY_TOO_LARGE',
  'CONTENT_TYPE',
  'CONTENT_ENCODING',
]

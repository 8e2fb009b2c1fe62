import type { Instant } from '../clock.js'
import { type KeptBody, keptBytesOf, textOf } from './kept-body.js'

/** A request as the journal keeps it: what it shows is made of this when somebody reads. */
export interface JournalEntry {
  id: number
  /** When it came, by the hub's clock. */
  at: Instant
  /** Null of what was not even a request. */
  method: string | null
  /** The pattern of `openapi.yaml`; null of what met no route. */
  route: string | null
  caller: string | null
  requestId: string
  /** Null when its connection was cut before anything of an answer had left. */
  status: number | null
  /** On the machine's clock. */
  durationMs: number
  /** The rule that fired. */
  fault: string | null
  request: KeptRequest
  /** What was answered, or was meant to be. */
  response: KeptMessage | null
}

interface KeptMessage {
  headers: Record<string, string>
  body: KeptBody
}

interface KeptRequest extends KeptMessage {
  /** As everything in the hub sees it, without its host: an NHS number that others put into it is masked. */
  path: string | null
  query: Record<string, string>
  /** What of its URL is not shown and could hold a number: searched alone. */
  searched: string
}

/** All that was asked and answered, as text in which to look for a number. */
export function* textsOf({ request, response }: JournalEntry): Generator<string> {
  yield sentText(request)
  yield [request.path, ...Object.values(request.query), request.searched].join('\n')
  if (response !== null) yield textOf(response.body) ?? ''
}

/** Decoded, when it is a form: a number there may stand behind an escape that ends with a digit. */
function sentText({ body, headers }: KeptMessage): string {
  const text = textOf(body) ?? ''
  return isForm(headers['content-type']) ? [...new URLSearchParams(text)].flat().join('\n') : text
}

/** Whether a body of this type is a form. */
export function isForm(contentType: string | undefined): boolean {
  return contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false
}

/** How much of what callers can make large is kept of it. */
export function bytesOf({ request, response }: JournalEntry): number {
  return (
    keptBytesOf(request.body) +
    lengthOf(request.headers) +
    lengthOf(request.query) +
    request.searched.length +
    (request.path?.length ?? 0) +
    (response === null ? 0 : keptBytesOf(response.body) + lengthOf(response.headers))
  )
}

function lengthOf(texts: Record<string, string>): number {
  let length = 0
  for (const name in texts) length += name.length + (texts[name]?.length ?? 0)
  return length
}

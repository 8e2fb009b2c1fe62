import { isUtf8 } from 'node:buffer'
import { refuse } from '../domain/problem.js'

const BYTE_ORDER_MARK = 0xfeff

/** Reads a JSON body. The parser's own words are never passed on: they quote what was sent. */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw refuse('NOT_UTF8', 'Send the body as UTF-8.')
  const text = bytes.toString()
  try {
    return JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text)
  } catch {
    throw refuse(
      'JSON_MALFORMED',
      'The body is not well-formed JSON. It may have been cut, or a quote or comma is missing.',
    )
  }
}

import { isUtf8 } from 'node:buffer'
import { refuse } from '../domain/problem.js'
import { checkJson, type JsonSize } from './strict-json.js'

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Reads a JSON body: UTF-8, with or without one byte order mark, and well-formed beyond what the parser asks for.
 * The parser's own words are never passed on: they quote what was sent.
 */
export function parseJson(bytes: Buffer, size?: JsonSize): unknown {
  if (!isUtf8(bytes)) throw refuse('NOT_UTF8', 'Send the body as UTF-8.')
  const start = hasByteOrderMark(bytes) ? BYTE_ORDER_MARK.length : 0
  checkJson(bytes, start, size)
  try {
    return JSON.parse(bytes.toString('utf8', start))
  } catch {
    throw refuse('JSON_MALFORMED', 'The body is not well-formed JSON.')
  }
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)
}

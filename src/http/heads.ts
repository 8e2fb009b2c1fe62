import type { IncomingMessage } from 'node:http'
import { type HubError, refuse } from '../domain/problem.js'

// Which of two would hold differs from one server to the next, and so what a proxy checked and what was carried out.
const ONCE: readonly string[] = [
  'host',
  'content-type',
  'authorization',
  'content-length',
  'x-request-id',
  'idempotency-key',
]

/** What is wrong with the head of a request that Node could read; undefined when nothing is. */
export function refusalOfHead({ rawHeaders, headers, httpVersion }: IncomingMessage): HubError | undefined {
  const repeated = repeatedHeader(rawHeaders)
  if (repeated !== undefined) return refuse('HEADER_REPEATED', `Send ${repeated} once.`)
  if (headers.host === undefined && httpVersion === '1.1') {
    return refuse('SCHEMA_VIOLATION', 'A request of HTTP/1.1 must have a Host header.')
  }
  const coding = headers['transfer-encoding']
  if (coding === undefined) return undefined
  if (httpVersion === '1.1' && coding.toLowerCase() === 'chunked') return undefined
  return refuse('SCHEMA_VIOLATION', 'The only transfer-encoding that is read is chunked, in HTTP/1.1.')
}

const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)/i

/** Whom the request is addressed to: a host in its target goes before the Host header (RFC 9112 section 3.2.2). */
export function addresseeOf({ url = '', headers }: IncomingMessage): string | undefined {
  // A slash, as nearly every target begins.
  if (url.charCodeAt(0) === 0x2f) return headers.host
  return ABSOLUTE_TARGET.exec(url)?.[1] ?? headers.host
}

/** The first header that came twice and may come once, in lower case. */
function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  // Bits instead of a Set, and the length looked at first, since every request comes past here.
  let seen = 0
  let nhsSeen: Set<string> | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const bit = bitOf(name)
    if ((seen & bit) !== 0) return name.toLowerCase()
    seen |= bit
    if (!isNhsHeader(name)) continue
    nhsSeen ??= new Set()
    if (nhsSeen.has(name.toLowerCase())) return nameOfNhsHeader(name)
    nhsSeen.add(name.toLowerCase())
  }
  return undefined
}

function bitOf(name: string): number {
  switch (name.length) {
    case 4:
    case 12:
    case 13:
    case 14:
    case 15: {
      const place = ONCE.indexOf(name.toLowerCase())
      return place === -1 ? 0 : 1 << place
    }
    default:
      return 0
  }
}

function isNhsHeader(name: string): boolean {
  const first = name.charCodeAt(0) | 0x20
  return first === 0x6e && name.toLowerCase().startsWith('nhsd-')
}

// The caller chose this name, and it could hold a number.
const PLAIN_NHS_HEADER = /^nhsd-[a-z-]{1,40}$/

function nameOfNhsHeader(name: string): string {
  return PLAIN_NHS_HEADER.test(name.toLowerCase()) ? name.toLowerCase() : 'each NHSD header'
}

import type { IncomingMessage } from 'node:http'
import { couldHoldNumber } from '../domain/nhs-number.js'
import type { OwnUrls } from './own-urls.js'

const ADDRESSEE = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const queries = new WeakMap<IncomingMessage, string>()
const segments = new WeakMap<IncomingMessage, string[]>()

/**
 * The URL of a request as everything in the hub sees it, before any hook: of one that is no route of the hub's own shape,
 * word for word, without its query and without what could be a number in its path. What was taken off, whoever answers it
 * reads with `maskedQueryOf` and `maskedSegmentOf`.
 */
export function maskUrl(request: IncomingMessage, own: OwnUrls): string {
  const { url = '' } = request
  const path = pathOf(url)
  if (own.has(path) || own.has(decodedPath(path))) return url
  if (url[path.length] === '?') queries.set(request, url.slice(path.length + 1))
  const [addressee = ''] = ADDRESSEE.exec(path) ?? []
  const masked =
    addressee +
    path
      .slice(addressee.length)
      .split('/')
      .map((segment) => maskSegment(request, segment))
      .join('/')
  // Fastify has just put the whole URL here.
  Object.assign(request, { originalUrl: masked })
  return masked
}

/** The query that a URL came with. */
export function maskedQueryOf(request: IncomingMessage): string {
  return queries.get(request) ?? ''
}

/** What stood in the path in the place of the last mark, as it was written; undefined when nothing was masked. */
export function maskedSegmentOf(request: IncomingMessage): string | undefined {
  return segments.get(request)?.at(-1)
}

/** All that can have held a number in the URL of a request, decoded, each on a line of its own: to be searched alone. */
export function searchedInUrl(request: IncomingMessage): string {
  const { url = '' } = request
  const masked = segments.get(request) ?? []
  const query = queries.get(request) ?? url.slice(pathOf(url).length + 1)
  if (query === '' && masked.length === 0) return ''
  const written = masked.map((segment) => decoded(segment, decodeURIComponent))
  return [...written, ...[...new URLSearchParams(query)].flat()].join('\n')
}

/** What stands before the query of a URL, or before the fragment that no URL of a request should have. */
export function pathOf(url: string): string {
  const mark = url.search(/[?#]/)
  return mark === -1 ? url : url.slice(0, mark)
}

/**
 * A path as the router will read it, without the scheme and the host that a target may begin with. A slash that is
 * encoded is none to the router.
 */
export function decodedPath(path: string): string {
  return decoded(withoutAddressee(path), decodeURI)
}

/** A path without the scheme, the host and whatever stands before the host. */
export function withoutAddressee(path: string): string {
  return path.replace(ADDRESSEE, '')
}

function decoded(text: string, decode: (text: string) => string): string {
  if (!text.includes('%')) return text
  try {
    return decode(text)
  } catch {
    return text
  }
}

function maskSegment(request: IncomingMessage, segment: string): string {
  if (!couldHoldNumber(decoded(segment, decodeURIComponent)) || UUID.test(segment)) return segment
  segments.set(request, [...(segments.get(request) ?? []), segment])
  return '-'
}

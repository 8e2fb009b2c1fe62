import type { IncomingMessage } from 'node:http'

// All that the hub answers and shaped itself; whatever else is asked for, others shaped, and put NHS numbers into it.
const OWN = /^\/(v1|tester|health|metrics|docs|openapi\.json)(\/|$)/
const WITH_HOST = /^https?:\/\/[^/?#]*/i
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NHS_NUMBER_DIGITS = 10

const queries = new WeakMap<IncomingMessage, string>()
const segments = new WeakMap<IncomingMessage, string>()

/**
 * The URL of a request as everything in the hub sees it, before any hook: of one that the hub did not shape, without its
 * query and without what could be a number in its path. What was taken off, whoever answers it reads with `maskedQueryOf`
 * and `maskedSegmentOf`.
 */
export function maskUrl(request: IncomingMessage): string {
  const { url = '' } = request
  const path = pathOf(url)
  if (OWN.test(path) || OWN.test(decodedPath(path))) return url
  if (url[path.length] === '?') queries.set(request, url.slice(path.length + 1))
  const [host = ''] = WITH_HOST.exec(path) ?? []
  const masked =
    host +
    path
      .slice(host.length)
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
  return segments.get(request)
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
  return decoded(path.replace(WITH_HOST, ''), decodeURI)
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
  if (segment.length < NHS_NUMBER_DIGITS) return segment
  const digits = decoded(segment, decodeURIComponent).replace(/\D/g, '').length
  if (digits < NHS_NUMBER_DIGITS || UUID.test(segment)) return segment
  segments.set(request, segment)
  return '-'
}

import type { IncomingMessage } from 'node:http'

// Others shaped the URLs below here, and put NHS numbers into them.
const SHAPED_BY_OTHERS = '/cpis/'
// Ten digits, bare or written 3-3-4; a UUID of digits alone is none.
const NUMBER_SEGMENT = /\/\d{3}(?:-|%20)?\d{3}(?:-|%20)?\d{4}(?=\/|$)/g

const queries = new WeakMap<IncomingMessage, string>()

/**
 * The URL of a request as everything in the hub sees it, before any hook: of a URL that others shaped, without its query
 * and without what could be a number in its path. What was taken off the FHIR interface reads with `maskedQueryOf`.
 */
export function maskUrl(request: IncomingMessage): string {
  const { url = '' } = request
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (!path.includes(SHAPED_BY_OTHERS)) return url
  if (mark !== -1) queries.set(request, url.slice(mark + 1))
  const masked = path.replace(NUMBER_SEGMENT, '/-')
  // Fastify has just put the whole URL here.
  Object.assign(request, { originalUrl: masked })
  return masked
}

/** The query that a URL came with. */
export function maskedQueryOf(request: IncomingMessage): string {
  return queries.get(request) ?? ''
}

import type { IncomingMessage } from 'node:http'

// All that the hub answers and shaped itself; whatever else is asked for, others shaped, and put NHS numbers into it.
const OWN = /^\/(v1|health|metrics|docs|openapi\.json)(\/|$)/
const WITH_HOST = /^https?:\/\/[^/?#]*/i
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NHS_NUMBER_DIGITS = 10

const queries = new WeakMap<IncomingMessage, string>()

/**
 * The URL of a request as everything in the hub sees it, before any hook: of one that the hub did not shape, without its
 * query and without what could be a number in its path. What was taken off the FHIR side reads with `maskedQueryOf`.
 */
export function maskUrl(request: IncomingMessage): string {
  const { url = '' } = request
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (OWN.test(path) || OWN.test(decodedPath(path))) return url
  if (mark !== -1) queries.set(request, url.slice(mark + 1))
  const [host = ''] = WITH_HOST.exec(path) ?? []
  const masked = host + path.slice(host.length).split('/').map(maskSegment).join('/')
  // Fastify has just put the whole URL here.
  Object.assign(request, { originalUrl: masked })
  return masked
}

/** The query that a URL came with. */
export function maskedQueryOf(request: IncomingMessage): string {
  return queries.get(request) ?? ''
}

/** A path as the router will read it, without the scheme and the host that a target may begin with. */
export function decodedPath(path: string): string {
  const bare = path.replace(WITH_HOST, '')
  if (!bare.includes('%')) return bare
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}

function maskSegment(segment: string): string {
  if (segment.length < NHS_NUMBER_DIGITS) return segment
  const digits = decodedPath(segment).replace(/\D/g, '').length
  return digits < NHS_NUMBER_DIGITS || UUID.test(segment) ? segment : '-'
}

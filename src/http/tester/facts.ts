import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import type { DatasetLimits } from '../../domain/dataset-limits.js'
import { claimedBy } from '../../fhir/claims.js'
import { isOdsCode } from '../../messages/lookup.js'
import { isCaller } from '../../tester/callers.js'
import { inflatedOrNothing } from '../../tester/inflated.js'
import { ORGANISATION_HEADER, SIMULATED_ORGANISATION } from '../fhir/who-asks.js'
import { searchedInUrl } from '../masked-urls.js'

// What testers are shown of a request, and match their rules with. Nothing here refuses: a request that is wrong is one
// that they want to see.

/** The pattern of the route as `openapi.yaml` writes it, such as `/v1/authorities/{authorityCode}/datasets`. */
export function routeOf({ routeOptions: { url } }: FastifyRequest): string | null {
  return url === undefined ? null : patternOf(url)
}

/** The same from how the router writes it, such as `/v1/authorities/:authorityCode/datasets`. */
export function patternOf(url: string): string {
  let pattern = patterns.get(url)
  if (pattern === undefined) {
    pattern = url.replace(/:([A-Za-z]+)/g, '{$1}')
    patterns.set(url, pattern)
  }
  return pattern
}
const patterns = new Map<string, string>()

// Whatever else stands there, a number or a name could.
const GSS_CODE = /^[A-Z]\d{8}$/

/** The authority of the path. */
export function authorityOf({ params }: FastifyRequest): string | null {
  const code = (params as { authorityCode?: unknown } | undefined)?.authorityCode
  return typeof code === 'string' && GSS_CODE.test(code) ? code : null
}

/**
 * Who asks, until callers can be authenticated: the authority of the path, or the requester's ODS code. Null when an NHS
 * number stands there, since callers are shown to all who look on.
 */
export function callerOf(request: FastifyRequest): string | null {
  const caller = authorityOf(request) ?? odsCodeIn(request.body) ?? odsCodeOfHeaders(request)
  return caller !== null && isCaller(caller) ? caller : null
}

interface AnyBody {
  requester?: { organisation?: { odsCode?: unknown } }
  serviceProvider?: { identifier?: { value?: unknown } }
}

function odsCodeIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  const { requester, serviceProvider } = body as AnyBody
  const code = requester?.organisation?.odsCode ?? serviceProvider?.identifier?.value
  return isOdsCode(code) ? code : null
}

function odsCodeOfHeaders({ headers, routeOptions: { url } }: FastifyRequest): string | null {
  const named = headers[ORGANISATION_HEADER.toLowerCase()]
  if (isOdsCode(named)) return named
  const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (token === undefined) return null
  const claimed = claimedBy(token)?.organisation?.odsCode
  if (claimed !== undefined) return claimed
  // A header that is no ODS code is refused; where there is none, it stands in.
  return !named && STANDS_IN_AT.test(url ?? '') ? SIMULATED_ORGANISATION.odsCode : null
}

/** Where the hub asks for whom; silent or not, since the same caller does both. */
const STANDS_IN_AT = /\/CareTeam(\/_search)?$/

/** All that a request asked, as text to be searched: its body, inflated when it is a gzip dataset, and its URL. */
export function askedText(request: FastifyRequest, limits: DatasetLimits): string {
  const isGzip = request.headers['content-encoding']?.toLowerCase() === 'gzip'
  const inflated = (bytes: Buffer) => (isGzip ? inflatedOrNothing(bytes, limits) : bytes)
  return `${bodyText(request.body, inflated)}\n${searchedInUrl(request.raw)}`
}

function bodyText(body: unknown, inflated: (bytes: Buffer) => Buffer): string {
  if (body === undefined || body === null) return ''
  if (body instanceof URLSearchParams) return [...body].flat().join('\n')
  const { bytes } = body as { bytes?: unknown }
  if (!Buffer.isBuffer(bytes)) return JSON.stringify(body)
  const text = inflated(bytes)
  return isUtf8(text) ? text.toString() : ''
}

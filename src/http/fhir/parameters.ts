import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import Negotiator from 'negotiator'
import { refuse } from '../../domain/problem.js'
import { isOfOtherCharset, isOfOtherRelease, JSON_TYPES, weightedType } from '../../fhir/media-types.js'
import { notAcceptable } from '../../fhir/refusal.js'
import { refuseOtherFormats } from '../../fhir/search.js'
import { readPlainBody, registerJson } from '../bodies.js'
import { maskedQueryOf } from '../masked-urls.js'
import { FHIR_TYPE } from './base.js'

export const FORM_TYPE = 'application/x-www-form-urlencoded'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a FHIR request: those of its URL and of its form together. */
    parameters: URLSearchParams
  }
}

/** Reads the parameters of each request, and refuses those that ask for another format than JSON. */
export function registerParameters(app: FastifyInstance): void {
  // A place for it alone: Fastify wants no object there, which all requests would share.
  app.decorateRequest('parameters', null as unknown as URLSearchParams)
  app.addHook('preHandler', (request, _reply, done) => {
    const parameters = new URLSearchParams(maskedQueryOf(request.raw))
    if (request.body instanceof URLSearchParams) {
      for (const [name, value] of request.body) parameters.append(name, value)
    }
    request.parameters = parameters
    refuseOtherFormats(parameters)
    // `_format` goes before what the header says; R4 section 3.1.1.1.11.
    if (!parameters.get('_format') && !isJsonAccepted(request.headers.accept)) throw notAcceptable()
    done()
  })
}

function parseForm(body: Buffer): URLSearchParams {
  if (!isUtf8(body)) throw refuse('NOT_UTF8', 'Send the form in UTF-8.')
  return new URLSearchParams(body.toString())
}

/** Reads resources, under the content types that R4 clients send them with. */
export function registerResources(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  for (const type of [FHIR_TYPE, 'application/json']) registerJson(app, type, refuseOtherResource)
}

function refuseOtherResource(contentType = ''): void {
  if (!isOfOtherRelease(contentType) && !isOfOtherCharset(contentType)) return
  throw refuse('CONTENT_TYPE', 'Send resources of FHIR R4, in UTF-8.')
}

/** Reads the form of a POST search. */
export function registerForms(app: FastifyInstance): void {
  app.addContentTypeParser(FORM_TYPE, (request, payload, done) => {
    readPlainBody(request, payload, done, { parse: parseForm })
  })
}

const USUAL = new Set([undefined, '', '*/*', ...JSON_TYPES])

/** Whether this Accept header lets JSON of FHIR R4 be answered, in whichever version and charset of it. */
export function isJsonAccepted(accept: string | undefined): boolean {
  if (USUAL.has(accept)) return true
  const ranges = (accept ?? '').split(',').filter((range) => !isOfOtherRelease(range))
  const negotiator = new Negotiator({ headers: { accept: ranges.map(weightedType).join(',') } })
  return ranges.length > 0 && negotiator.mediaType([...JSON_TYPES]) !== undefined
}

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../domain/problem.js'
import { parseJson } from '../messages/parse-json.js'
import { readBody } from './read-body.js'

/** For requests about one child. */
export const BODY_MAX_BYTES = 16 * 1024
/** For lists of notification ids. */
export const LIST_BODY_MAX_BYTES = 64 * 1024

/** Reads JSON bodies, in UTF-8 and uncompressed, and nothing else. */
export function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  registerJson(app, 'application/json')
}

/** Reads JSON of this type; whatever parameters it has must be let through by `refuseType`. */
export function registerJson(
  app: FastifyInstance,
  contentType: string,
  refuseType: RefuseType = refuseOtherText,
): void {
  app.addContentTypeParser(contentType, (request, payload, done) => {
    // An empty body is no body; whether one is needed is for the schema to say.
    const parse = (body: Buffer) => (body.length === 0 ? undefined : parseJson(body))
    readPlainBody(request, payload, done, { parse, refuseType })
  })
}

type RefuseType = (contentType: string | undefined) => void

/** Reads a body that is text in UTF-8 and not compressed. */
export function readPlainBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, body?: unknown) => void,
  { parse, refuseType = refuseOtherText }: { parse: (body: Buffer) => unknown; refuseType?: RefuseType },
): void {
  readBody(request, payload, tooLarge, (refusal, body) => {
    if (body === undefined) return done(refusal)
    try {
      refuseType(request.headers['content-type'])
      refuseEncoding(request)
      done(null, parse(body))
    } catch (error) {
      done(error as Error)
    }
  })
}

const tooLarge = () => refuse('BODY_TOO_LARGE', 'Send less in one request.')

const UTF8_TYPE = /^[^;]+(;\s*charset="?utf-?8"?\s*)?$/i

/** Refuses a content type that says more of its text than that it is UTF-8. */
export function refuseOtherText(contentType: string | undefined): void {
  if (contentType === 'application/json' || UTF8_TYPE.test(contentType ?? '')) return
  throw refuse(
    'CONTENT_TYPE',
    'Send the body in UTF-8; the content type needs no parameter but that charset.',
  )
}

function refuseEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (encoding !== 'identity')
    throw refuse('CONTENT_ENCODING', 'Send this body as it is; only datasets may be gzip.')
}

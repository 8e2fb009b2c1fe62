import type { IncomingMessage } from 'node:http'
import type { Instant } from '../../clock.js'
import { isCredential, type JournalEntry } from '../../tester/journal-entry.js'
import { countBytes, type KeptBody, keepBytes, keepText } from '../../tester/kept-body.js'
import { maskedQueryOf, pathOf } from '../masked-urls.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the journal keeps of it; only where the controls are on, and of no request of testers themselves. */
    recorded: Recorded | undefined
  }
}

type Headers = Record<string, string | number | string[] | undefined>

/** What is kept of a request on its way: what is cheap now, and can be shown later. */
export class Recorded {
  readonly at: Instant
  readonly route: string | null
  readonly #bytesMax: number
  #raw: IncomingMessage | undefined
  #sent: KeptBody | undefined
  #answered: KeptBody | undefined

  constructor(raw: IncomingMessage, at: Instant, route: string | null, bytesMax: number) {
    this.#raw = raw
    this.at = at
    this.route = route
    this.#bytesMax = bytesMax
  }

  /** Notes the body that came; of a compressed one its length alone. */
  keepSent(body: Buffer): void {
    const encoding = this.#raw?.headers['content-encoding']?.toLowerCase() ?? 'identity'
    this.#sent = encoding === 'identity' ? keepBytes(body, this.#bytesMax) : countBytes(body.length)
  }

  /** Notes the body that is about to be sent; of a stream only that there is one. */
  keepAnswered(body: unknown): void {
    if (typeof body === 'string') this.#answered = keepText(body, this.#bytesMax)
    else if (Buffer.isBuffer(body)) this.#answered = keepBytes(body, this.#bytesMax)
    else this.#answered = countBytes(body === undefined || body === null ? 0 : null)
  }

  /** What was said on both sides; undefined the second time. */
  take(answerHeaders: Headers): Pick<JournalEntry, 'request' | 'response'> | undefined {
    const raw = this.#raw
    if (raw === undefined) return undefined
    this.#raw = undefined
    const { url = '', headers } = raw
    const path = pathOf(url)
    const request = {
      path,
      query: path.length === url.length ? {} : queryOf(url.slice(path.length + 1)),
      maskedQuery: withoutCredentials(maskedQueryOf(raw)),
      headers: keptHeaders(headers),
      body: this.#sent ?? countBytes(announcedBytes(raw)),
    }
    const body = this.#answered
    return { request, response: body === undefined ? null : { headers: keptHeaders(answerHeaders), body } }
  }
}

function keptHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name in headers) if (!isCredential(name)) kept[name] = String(headers[name])
  return kept
}

/** Of a body that was not read. */
function announcedBytes({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined) return null
  const bytes = Number(headers['content-length'] ?? 0)
  return Number.isSafeInteger(bytes) ? bytes : null
}

function queryOf(query: string): Record<string, string> {
  return Object.fromEntries([...new URLSearchParams(query)].filter(([name]) => !isCredential(name)))
}

/** Decoded, as a number in it is to be found; nothing when there is a credential in it. */
function withoutCredentials(query: string): string {
  return query === '' || isCredential(query) ? '' : [...new URLSearchParams(query).values()].join(' ')
}

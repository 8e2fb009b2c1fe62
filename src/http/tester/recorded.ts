import type { IncomingMessage } from 'node:http'
import type { Instant } from '../../clock.js'
import { NOT_SHOWN, shownHeader } from '../../tester/credentials.js'
import { isForm, type JournalEntry } from '../../tester/journal-entry.js'
import { countBytes, type KeptBody, keepBytes, keepMasked, keepText } from '../../tester/kept-body.js'
import { pathOf, searchedInUrl, withoutAddressee } from '../masked-urls.js'

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
  readonly #parameters: readonly string[]
  #raw: IncomingMessage | undefined
  #sent: KeptBody | undefined
  #answered: KeptBody | undefined
  /** What of a form is not shown. */
  #searchedInForm = ''

  constructor(
    raw: IncomingMessage,
    at: Instant,
    {
      route,
      parameters,
      bodyBytesMax,
    }: { route: string | null; parameters: readonly string[]; bodyBytesMax: number },
  ) {
    this.#raw = raw
    this.at = at
    this.route = route
    this.#bytesMax = bodyBytesMax
    this.#parameters = parameters
  }

  /** Notes the body that came; of a compressed one its length alone. */
  keepSent(body: Buffer): void {
    const { 'content-encoding': encoding = 'identity', 'content-type': type } = this.#raw?.headers ?? {}
    if (encoding.toLowerCase() !== 'identity') this.#sent = countBytes(body.length)
    else if (isForm(type)) this.#keepForm(body)
    else this.#sent = keepMasked(body, this.#bytesMax)
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
      path: shownPath(path),
      query: path.length === url.length ? {} : this.#queryOf(url.slice(path.length + 1)),
      searched: onlyNumbers(`${searchedInUrl(raw)}${this.#searchedInForm}`),
      headers: keptHeaders(headers),
      body: this.#sent ?? countBytes(announcedBytes(raw)),
    }
    const body = this.#answered
    return { request, response: body === undefined ? null : { headers: keptHeaders(answerHeaders), body } }
  }

  /** As it came, unless it has more than the parameters of the route: a value of those could be anything. */
  #keepForm(body: Buffer): void {
    const form = [...new URLSearchParams(body.toString())]
    const isOurs = ([name]: [string, string]) => this.#parameters.includes(name)
    if (form.every(isOurs)) {
      this.#sent = keepBytes(body, this.#bytesMax)
      return
    }
    const shown = form.map((pair): [string, string] => (isOurs(pair) ? pair : [pair[0], NOT_SHOWN]))
    const text = new URLSearchParams(shown).toString()
    this.#sent = { ...keepText(text, this.#bytesMax), bytes: body.length }
    for (const pair of form) if (!isOurs(pair)) this.#searchedInForm += `\n${pair[1]}`
  }

  /** Of what is no parameter of the route, the value could be anything. */
  #queryOf(query: string): Record<string, string> {
    const named = [...new URLSearchParams(query)]
    return Object.fromEntries(
      named.map(([name, value]) => [name, this.#parameters.includes(name) ? value : NOT_SHOWN]),
    )
  }
}

function keptHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name in headers) kept[name] = shownHeader(name, String(headers[name]))
  return kept
}

/** Of a body that was not read. */
function announcedBytes({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined) return null
  const bytes = Number(headers['content-length'] ?? 0)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** Without who is addressed, and without what some write into a path beside it. */
function shownPath(path: string): string {
  const own = withoutAddressee(path)
  if (!/[;@]/.test(own)) return own
  return own
    .split('/')
    .map((segment) => (segment.includes('@') ? NOT_SHOWN : segment.replace(/;.*/, `;${NOT_SHOWN}`)))
    .join('/')
}

/** What can be a number, or a part of one: of the rest nothing is kept. */
function onlyNumbers(text: string): string {
  return text === '' ? '' : text.replace(/[^\d\n \u00a0-]+/g, '_')
}

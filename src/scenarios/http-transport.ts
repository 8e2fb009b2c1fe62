import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type MachineClock, SECOND_MS, systemMachineClock } from '../clock.js'
import { type Answer, CUT, type HubRequest, NoHub, type Transport } from './transport.js'

/** Longer than a lease may wait. */
const PATIENCE_MS = 60 * SECOND_MS
const TOO_LATE = `There was no answer within ${PATIENCE_MS / SECOND_MS} s.`
const ANSWER_BYTES_MAX = 64 * 1_024 * 1_024
/** What a connection that is cut looks like from here; anything else means that there was none. */
const CUT_CODES = ['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE', 'ECONNABORTED']

/**
 * Speaks HTTP to the hub at a base URL. Each request has a connection of its own, so that one that is cut is the
 * request's own end and not that of a kept connection which had been idle.
 */
export function overHttp(baseUrl: string, machineClock: MachineClock = systemMachineClock): Transport {
  const base = baseUrl.replace(/\/+$/, '')
  return { send: (request) => exchange(base, request, machineClock) }
}

async function exchange(
  base: string,
  request: HubRequest,
  machineClock: MachineClock,
): Promise<Answer | typeof CUT> {
  const outgoing = openRequest(base, request)
  const stopWaiting = machineClock.after(PATIENCE_MS, () => outgoing.destroy(new NoHub(TOO_LATE)))
  try {
    return await new Promise<Answer>((resolve, reject) => {
      outgoing.on('error', reject)
      outgoing.on('response', (response) => read(response).then(resolve, reject))
      outgoing.end(request.body)
    })
  } catch (error) {
    if (CUT_CODES.includes((error as NodeJS.ErrnoException).code ?? '')) return CUT
    throw unreachable(base, error as NodeJS.ErrnoException)
  } finally {
    stopWaiting()
  }
}

function openRequest(base: string, { method, path, headers, body }: HubRequest): ClientRequest {
  const open = base.startsWith('https:') ? requestHttps : requestHttp
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  try {
    return open(`${base}${path}`, { method, agent: false, headers: { ...length, ...headers } })
  } catch (error) {
    // A path or a header that was put together from an answer may hold what HTTP cannot say.
    throw new NoHub(`The request cannot be sent (${(error as NodeJS.ErrnoException).code}).`)
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) throw new NoHub('The answer is larger than 64 MiB.')
    chunks.push(chunk)
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
  const text = Buffer.concat(chunks).toString()
  return { status: response.statusCode ?? 0, headers: Object.fromEntries(headers), text }
}

function unreachable(base: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof NoHub) return error
  if (error.code === 'ECONNREFUSED') return new NoHub(`No hub answers at ${base}.`)
  return new NoHub(`The hub at ${base} cannot be reached: ${error.code ?? error.message}.`)
}

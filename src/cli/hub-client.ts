import { randomUUID } from 'node:crypto'
import type { Static } from 'typebox'
import { SECOND_MS, waitMs } from '../clock.js'
import type { Receipt } from '../domain/receipt.js'
import type { AttendanceBody, AttendanceReplySchema } from '../messages/attendance.js'
import type { AuthoritySchema } from '../messages/authority.js'
import type { FreshnessSchema } from '../messages/freshness.js'
import type { LookupBody, LookupReplySchema } from '../messages/lookup.js'
import type { AcknowledgeReplySchema, LeaseBody, LeaseReplySchema } from '../messages/notification.js'
import type { ProblemSchema } from '../messages/problem.js'
import type { ConformanceSchema } from '../messages/tester/conformance.js'

export type Authority = Static<typeof AuthoritySchema>
export type Freshness = Static<typeof FreshnessSchema>
export type LookupReply = Static<typeof LookupReplySchema>
export type LeaseReply = Static<typeof LeaseReplySchema>
export type AcknowledgeReply = Static<typeof AcknowledgeReplySchema>
export type Problem = Static<typeof ProblemSchema>
export type Conformance = Static<typeof ConformanceSchema>

const BUSY_RETRIES_MAX = 4
const BUSY_WAIT_SECONDS_MAX = 10
const BUSY_WAIT_SECONDS = 1
const NO_CONTENT = 204
const JSON_HEADERS = { 'content-type': 'application/json' }

/** The hub said no, and why. */
export class HubRefusal extends Error {
  override readonly name = 'HubRefusal'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.title} (${problem.code}): ${problem.detail}`)
    this.problem = problem
  }
}

/** There was no answer, or none of a hub. */
export class HubUnreachable extends Error {
  override readonly name = 'HubUnreachable'
}

/** A dataset on its way: its bytes, and for CSV its own fields. */
export interface DatasetUpload {
  contentType: 'application/json' | 'text/csv'
  body: string | Uint8Array<ArrayBuffer>
  fields?: Record<string, string | number>
  dryRun?: boolean
  confirmShrink?: boolean
}

interface Answer {
  status: number
  body: unknown
}

/** What the commands ask of a hub. A hub that is busy (503) is asked again a few times; every request bears that. */
export class HubClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async getAuthority(code: string): Promise<Authority> {
    return (await this.#ask('GET', ofAuthority(code, ''))).body as Authority
  }

  /** `repeated`: the hub had this very dataset before, and answers with its first receipt. */
  async submitDataset(code: string, upload: DatasetUpload): Promise<{ receipt: Receipt; repeated: boolean }> {
    const { fields = {}, dryRun = false, confirmShrink = false } = upload
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(fields)) query.set(name, String(value))
    if (dryRun) query.set('dryRun', 'true')
    if (confirmShrink) query.set('confirmShrink', 'true')
    const path = ofAuthority(code, `/datasets${query.size === 0 ? '' : `?${query}`}`)
    const headers = { 'content-type': upload.contentType }
    const { status, body } = await this.#ask('POST', path, { headers, body: upload.body })
    return { receipt: body as Receipt, repeated: status === 200 && !dryRun }
  }

  async lookUp(lookup: LookupBody): Promise<LookupReply> {
    return (await this.#post('/v1/lookups', lookup, idempotent())) as LookupReply
  }

  async reportAttendance(attendance: AttendanceBody): Promise<Static<typeof AttendanceReplySchema>> {
    const reply = await this.#post('/v1/attendances', attendance, idempotent())
    return reply as Static<typeof AttendanceReplySchema>
  }

  async lease(code: string, wish: LeaseBody): Promise<LeaseReply> {
    return (await this.#post(ofAuthority(code, '/notifications/lease'), wish)) as LeaseReply
  }

  async acknowledge(code: string, ids: string[]): Promise<AcknowledgeReply> {
    const reply = await this.#post(ofAuthority(code, '/notifications/acknowledge'), { ids })
    return reply as AcknowledgeReply
  }

  async release(code: string, ids: string[], leaseId: string): Promise<void> {
    await this.#post(ofAuthority(code, '/notifications/release'), { ids, leaseId })
  }

  /** Registers people, for which the hub's tester controls must be on. */
  async savePeople(people: readonly unknown[]): Promise<void> {
    await this.#post('/tester/people', { people })
  }

  async readFreshness(): Promise<Freshness> {
    return (await this.#ask('GET', '/v1/freshness')).body as Freshness
  }

  /** What a caller has shown, for which the hub's tester controls must be on. */
  async readConformance(side: 'authorities' | 'organisations', code: string): Promise<Conformance> {
    const path = `/tester/conformance/${side}/${encodeURIComponent(code)}`
    return (await this.#ask('GET', path)).body as Conformance
  }

  /** Any other request of JSON, such as those of testers; `signal` gives it up. */
  async send(method: string, path: string, message?: unknown, signal?: AbortSignal): Promise<unknown> {
    const request = message === undefined ? {} : { headers: JSON_HEADERS, body: JSON.stringify(message) }
    return (await this.#ask(method, path, { ...request, signal: signal ?? null })).body
  }

  async #post(path: string, message: unknown, headers: Record<string, string> = {}): Promise<unknown> {
    const request = { headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(message) }
    return (await this.#ask('POST', path, request)).body
  }

  async #ask(method: string, path: string, request: RequestInit = {}): Promise<Answer> {
    for (let retries = 0; ; retries += 1) {
      const response = await this.#fetch(path, { method, redirect: 'error', ...request })
      if (response.status !== 503 || retries === BUSY_RETRIES_MAX) return this.#read(response)
      await response.body?.cancel()
      const asked = Number(response.headers.get('retry-after') ?? BUSY_WAIT_SECONDS)
      const seconds = Number.isFinite(asked) ? Math.min(asked, BUSY_WAIT_SECONDS_MAX) : BUSY_WAIT_SECONDS
      await waitMs(seconds * SECOND_MS)
    }
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, request)
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  async #read(response: Response): Promise<Answer> {
    if (response.status === NO_CONTENT) return { status: NO_CONTENT, body: undefined }
    let body: unknown
    try {
      body = await response.json()
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#notAHub(response)
      throw this.#unreachable(error)
    }
    if (response.headers.get('content-type')?.startsWith('application/problem+json')) {
      throw new HubRefusal(body as Problem)
    }
    if (response.headers.get('x-simulated') !== 'true') throw this.#notAHub(response)
    return { status: response.status, body }
  }

  #notAHub(response: Response): HubUnreachable {
    return new HubUnreachable(
      `${this.url} answered with status ${response.status}, but not as a cpis-hub does.`,
    )
  }

  /** fetch says only "fetch failed"; the reason stands in its cause, or in the first of several. */
  #unreachable(error: unknown): HubUnreachable {
    const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string }
    if (cause?.code === 'ECONNREFUSED') {
      return new HubUnreachable(`No hub answers at ${this.url}. Is it running? "cpis-hub serve" starts one.`)
    }
    const reason = cause?.code ?? cause?.message ?? message
    return new HubUnreachable(`The hub at ${this.url} cannot be reached: ${reason}.`)
  }
}

export function ofAuthority(code: string, rest: string): string {
  return `/v1/authorities/${encodeURIComponent(code)}${rest}`
}

function idempotent(): Record<string, string> {
  return { 'idempotency-key': randomUUID() }
}

import { type Answer, ask } from '../helpers/process.js'
import { aVisit, WHISTON_NURSE } from '../helpers/seed.js'
import type { Exchange, Journal } from './journal.js'
import { AUTHORITIES, CHILDREN, datasetOf, phoneOf } from './world.js'

interface Request {
  method?: string
  path: string
  body: object
  headers?: Record<string, string>
}

/** A request that may be sent again, with the first answer that it got. */
export interface Retryable {
  exchange: Exchange<unknown, unknown>
  request: Request
  first: Answer | undefined
  keep: (answer: Answer) => unknown
}

/** What the client knows of a notification, from having leased it. */
export interface Known {
  eventId: string
  subject: string
}

/** Everyone who uses the hub, in one: writes down each request before it is sent, and each answer. */
export class Client {
  readonly journal: Journal = { events: [], datasets: [], leases: [], acknowledgements: [], changes: [] }
  readonly known = new Map<string, Known>()
  retryables: Retryable[] = []
  /** What a storage that has failed or is full refused: whoever sent it does not know what became of it. */
  readonly refused: { key: string; code: string }[] = []
  answered = 0
  url = ''
  /** Sent with each request. */
  headers: Record<string, string> = {}
  #count = 0
  readonly #sequences = new Map<string, number>()

  /** Another that knows the same, and goes on by itself. */
  clone(): Client {
    const other = new Client()
    Object.assign(other.journal, structuredClone(this.journal))
    for (const [id, known] of this.known) other.known.set(id, known)
    other.#count = this.#count
    for (const [authority, sequence] of this.#sequences) other.#sequences.set(authority, sequence)
    return other
  }

  /** One request of each kind, one after the other, whatever becomes of those before. */
  async useOnce(): Promise<void> {
    const [authority = ''] = AUTHORITIES
    await this.submit(authority)
    await this.lookUp(`${this.#next()}`)
    await this.attend()
    await this.change(authority)
    await this.collect(authority, () => {})
  }

  /** Sends all kinds of requests at once, until the hub no longer answers or it is enough; tells of each answer. */
  async useUntilGone(
    onAnswer: (answered: number) => void,
    isEnough: () => boolean = () => false,
  ): Promise<void> {
    this.answered = 0
    const count = () => {
      this.answered += 1
      onAnswer(this.answered)
    }
    const work = [
      ...[1, 2, 3].map(() => () => this.lookUp(`${this.#next()}`)),
      // The same two users again and again: their repeats are one event.
      ...[1, 2].map((user) => () => this.lookUp(`regular-${user}`)),
      () => this.attend(),
      ...AUTHORITIES.map((authority) => () => this.submit(authority)),
      ...AUTHORITIES.map((authority) => () => this.change(authority)),
      ...[...AUTHORITIES, ...AUTHORITIES].map((authority) => () => this.collect(authority, count, 1)),
    ]
    await Promise.all(
      work.map(async (step) => {
        while (!isEnough() && (await step())) count()
      }),
    )
  }

  async lookUp(userId: string): Promise<boolean> {
    const n = this.#next()
    const { nhsNumber, holders } = this.#child(n)
    const requester = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id: userId } }
    const exchange = {
      key: `lookup-${n}`,
      sent: { subject: subjectOf(nhsNumber, userId), holders },
      status: null,
    }
    this.journal.events.push(exchange)
    const request = { path: '/v1/lookups', body: { nhsNumber, requester } }
    return this.#sendKeyed(exchange, request, ({ body }) => body.access)
  }

  async attend(): Promise<boolean> {
    const n = this.#next()
    const { nhsNumber, holders } = this.#child(n)
    const key = `attendance-${n}`
    const exchange = { key, sent: { subject: key, holders }, status: null }
    this.journal.events.push(exchange)
    const body = aVisit(nhsNumber, { note: key, at: '2021-04-01T09:00:00.000Z' })
    return this.#sendKeyed(exchange, { path: '/v1/attendances', body }, (answer) => answer.body)
  }

  async submit(authority: string): Promise<boolean> {
    const sequence = (this.#sequences.get(authority) ?? 0) + 1
    const { body, visible } = datasetOf(authority, sequence)
    const exchange = {
      key: `dataset-${authority}-${sequence}`,
      sent: { authority, sequence, visible },
      status: null,
    }
    this.journal.datasets.push(exchange)
    this.#sequences.set(authority, sequence)
    // Two datasets that are not neighbours have no plan of those that move in common.
    const request = { path: `/v1/authorities/${authority}/datasets?confirmShrink=true`, body }
    return this.#sendRetryable(exchange, request, (answer) => answer.body)
  }

  async change(authority: string): Promise<boolean> {
    const value = this.#next()
    const exchange = { key: `change-${value}`, sent: { authority, value }, status: null }
    this.journal.changes.push(exchange)
    const body = { officeHoursPhone: phoneOf(value) }
    const request = { method: 'PUT', path: `/v1/authorities/${authority}`, body }
    return (await this.#send(exchange, request, () => ({}))) !== undefined
  }

  /** Leases a few and acknowledges all but the last of them. */
  async collect(authority: string, onAnswer: () => void, waitSeconds = 0): Promise<boolean> {
    const leased = { key: `lease-${this.#next()}`, sent: { authority }, status: null }
    this.journal.leases.push(leased)
    const wish = { max: 4, leaseSeconds: 3600, waitSeconds }
    const path = `/v1/authorities/${authority}/notifications`
    const answer = await this.#send(leased, { path: `${path}/lease`, body: wish }, ({ body }) => ({
      ids: body.notifications.map((each: { id: string }) => each.id),
    }))
    if (answer === undefined) return false
    this.learn(answer.body.notifications)
    const ids = answer.body.notifications.slice(0, -1).map((each: { id: string }) => each.id)
    if (ids.length === 0) return true
    onAnswer()
    const exchange = { key: `acknowledgement-${this.#next()}`, sent: { authority, ids }, status: null }
    this.journal.acknowledgements.push(exchange)
    return (
      (await this.#send(exchange, { path: `${path}/acknowledge`, body: { ids } }, () => ({}))) !== undefined
    )
  }

  /** Sends a request of before once more; its answer counts as the first when there was none. */
  async retry({
    exchange,
    request,
    first,
    keep,
  }: Retryable): Promise<{ first: Answer | undefined; again: Answer }> {
    const again = await ask(this.url, request.path, request)
    if (first === undefined) Object.assign(exchange, { status: again.status, reply: keep(again) })
    return { first, again }
  }

  learn(notifications: LeasedNotification[]): void {
    for (const { id, nhsNumber, access, attendance } of notifications) {
      if (access !== undefined) {
        this.known.set(id, { eventId: access.id, subject: subjectOf(nhsNumber ?? '', access.user.id) })
      } else if (attendance !== undefined) {
        this.known.set(id, { eventId: attendance.id, subject: attendance.note ?? '' })
      }
    }
  }

  #next(): number {
    this.#count += 1
    return this.#count
  }

  #child(n: number) {
    return CHILDREN[n % CHILDREN.length] as (typeof CHILDREN)[number]
  }

  #sendKeyed(exchange: Exchange<unknown, unknown>, request: Request, keep: (answer: Answer) => unknown) {
    return this.#sendRetryable(exchange, { ...request, headers: { 'idempotency-key': exchange.key } }, keep)
  }

  async #sendRetryable(
    exchange: Exchange<unknown, unknown>,
    request: Request,
    keep: (answer: Answer) => unknown,
  ): Promise<boolean> {
    const retryable: Retryable = { exchange, request, first: undefined, keep }
    this.retryables.push(retryable)
    retryable.first = await this.#send(exchange, request, keep)
    return retryable.first !== undefined
  }

  /** Undefined when no answer came. */
  async #send(
    exchange: Exchange<unknown, unknown>,
    request: Request,
    keep: (answer: Answer) => unknown,
  ): Promise<Answer | undefined> {
    // So that a reply can be told by its head alone.
    const headers = { ...request.headers, 'x-request-id': exchange.key, ...this.headers }
    const answer = await ask(this.url, request.path, { ...request, headers }).catch(() => undefined)
    if (answer === undefined) return undefined
    if (answer.status === 503) {
      exchange.status = answer.status
      this.refused.push({ key: exchange.key, code: answer.body.code })
      return undefined
    }
    if (answer.status >= 300) throw new Error(`${exchange.key} was refused: ${JSON.stringify(answer.body)}`)
    Object.assign(exchange, { status: answer.status, reply: keep(answer) })
    return answer
  }
}

export interface LeasedNotification {
  id: string
  nhsNumber?: string
  access?: { id: string; user: { id: string } }
  attendance?: { id: string; note: string | null }
}

/** One user's lookups of one child are one event. */
export function subjectOf(nhsNumber: string, userId: string): string {
  return `${nhsNumber} by ${userId}`
}

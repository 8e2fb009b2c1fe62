import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

const ATTEMPTS_MAX = 5
const TIMEOUT_MS = 10_000
const WAIT_SECONDS = 1

export interface Nurse {
  id: string
  name: string
  roleName: string
}

interface Plan {
  planName: string
  status: 'active' | 'ended'
  stale: boolean
  authority: { name: string; officeHoursPhone: string; emergencyDutyPhone: string }
}

export interface Known {
  nhsNumber: string
  plans: Plan[]
  access: { id: string; notified: string[] } | null
}

export interface Visit {
  event: 'arrived' | 'discharged' | 'left-before-treatment'
  at: string
  note?: string
  callback?: { name: string; phone: string }
}

export interface Settings {
  hubUrl: string
  organisation: { odsCode: string; name: string }
  wait?: (seconds: number) => Promise<unknown>
}

/** The system of an emergency department, as far as the hub sees it. */
export class EmergencyDepartment {
  readonly #settings: Required<Settings>

  constructor(settings: Settings) {
    this.#settings = { wait: (seconds) => setTimeout(seconds * 1_000), ...settings }
  }

  /**
   * What is known of a child who has come in. Rejects when the hub cannot be had, which says nothing about the child:
   * whoever shows it must not show it as "no plan".
   */
  lookUp(nhsNumber: string, user: Nurse): Promise<Known> {
    return this.#post('/v1/lookups', { nhsNumber, requester: this.#requester(user) })
  }

  /** Tells the authorities of the visit itself, which the lookup did not. */
  reportVisit({ nhsNumber, access }: Known, user: Nurse, visit: Visit): Promise<{ notified: string[] }> {
    return this.#post('/v1/attendances', {
      nhsNumber,
      requester: this.#requester(user),
      ...(access !== null && { accessId: access.id }),
      service: 'emergency-department',
      ...visit,
    })
  }

  #requester(user: Nurse) {
    return { organisation: this.#settings.organisation, user }
  }

  /** One key for all attempts: the hub does the work once, however many of them reach it. */
  async #post<Reply>(path: string, message: object): Promise<Reply> {
    const key = randomUUID()
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const { reply, retryAfterSeconds } = await this.#tryOnce<Reply>(path, message, key)
      if (reply !== undefined) return reply
      if (attempt < ATTEMPTS_MAX) await this.#settings.wait(retryAfterSeconds)
    }
    throw new Error(
      'The hub does not answer. Ring the local authority: this does not mean that there is no plan.',
    )
  }

  async #tryOnce<Reply>(path: string, message: object, key: string) {
    const response = await fetch(`${this.#settings.hubUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined)
    // Of a reply that breaks off the body is lost as well.
    const body = await response?.json().catch(() => undefined)
    if (response?.ok && body !== undefined) return { reply: body as Reply, retryAfterSeconds: 0 }
    if (response !== undefined && response.status < 500 && body !== undefined) {
      throw new Error(`${body.code}: ${body.detail}`)
    }
    return {
      reply: undefined,
      retryAfterSeconds: Number(response?.headers.get('retry-after') ?? WAIT_SECONDS),
    }
  }
}

/** Every plan, each with whom to ring by day and by night, and whether the list it stands in is up to date. */
export function show({ plans }: Known): string[] {
  if (plans.length === 0) return ['No plan is known.']
  return plans.map(({ planName, status, stale, authority }) => {
    const phones = `by day ${authority.officeHoursPhone}, by night ${authority.emergencyDutyPhone}`
    const doubt = stale ? ' Its list is out of date: ring and ask.' : ''
    return `${planName} (${status}), ${authority.name}: ${phones}.${doubt}`
  })
}

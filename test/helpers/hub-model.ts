import { HALTON, ROBIN, SASHA, TAYLOR, WARRINGTON } from './seed.js'

// The rules once more, as simply as they can be said; in days and milliseconds of a winter, when London has UTC.

const HOUR = 3_600_000
const DAY = 24 * HOUR
export const START = Date.parse('2026-11-24T09:30:00Z')
const dayOf = (ms: number) => Math.floor(ms / DAY)
const START_DAY = dayOf(START)
const dateOf = (day: number) => new Date(day * DAY).toISOString().slice(0, 10)

export const CODES = [HALTON, WARRINGTON] as const
export type Code = (typeof CODES)[number]
export const NUMBERS = [ROBIN, SASHA, TAYLOR] as const

interface ModelPlan {
  nhsNumber: string
  planType: 'CPP' | 'LAC' | 'UCPP'
  start: number
  end?: number
  due?: number
  eighteen?: number
}

/** What an authority can send: each kind of end comes within the first days. */
export const PLANS: readonly ModelPlan[] = [
  { nhsNumber: ROBIN, planType: 'CPP', start: START_DAY - 100 },
  { nhsNumber: ROBIN, planType: 'LAC', start: START_DAY - 500, end: START_DAY - 364 },
  { nhsNumber: SASHA, planType: 'UCPP', start: START_DAY - 100, due: START_DAY - 27 },
  { nhsNumber: SASHA, planType: 'CPP', start: START_DAY - 90, eighteen: START_DAY + 2 },
  { nhsNumber: TAYLOR, planType: 'CPP', start: START_DAY - 80, end: START_DAY + 3 },
]

export function recordOf({ nhsNumber, planType, start, end, due, eighteen }: ModelPlan) {
  const birth = eighteen && dateOf(eighteen)
  return {
    nhsNumber,
    planType,
    startDate: dateOf(start),
    ...(end !== undefined && { endDate: dateOf(end) }),
    ...(due !== undefined && { expectedDeliveryDate: dateOf(due) }),
    ...(birth && { birthDate: `${Number(birth.slice(0, 4)) - 18}${birth.slice(4)}` }),
  }
}

const endOf = ({ end, eighteen }: ModelPlan) =>
  Math.min(end ?? Number.POSITIVE_INFINITY, eighteen ?? Number.POSITIVE_INFINITY)
const lastShown = (plan: ModelPlan) => (plan.due === undefined ? endOf(plan) + 365 : plan.due + 28)

interface Told {
  what: string
  attempt: number
  leasedUntil: number
  done: boolean
}

interface Access {
  nhsNumber: string
  user: string
  at: number
  told: Code[]
}

/** What a hub should remember. */
export class HubModel {
  now = START
  /** The last day whose maintenance has run. */
  ranDay = START_DAY
  readonly sequences: Record<Code, number> = { [HALTON]: 0, [WARRINGTON]: 0 }
  readonly #plans: Record<Code, ModelPlan[]> = { [HALTON]: [], [WARRINGTON]: [] }
  readonly #acceptedAt: Partial<Record<Code, number>> = {}
  readonly #queues: Record<Code, Told[]> = { [HALTON]: [], [WARRINGTON]: [] }
  readonly #accesses: Access[] = []
  readonly #noticed = new Set<string>()

  get date(): string {
    return dateOf(dayOf(this.now))
  }

  accept(code: Code, plans: readonly ModelPlan[]): void {
    this.sequences[code] += 1
    this.#acceptedAt[code] = this.now
    const today = dayOf(this.now)
    this.#plans[code] = plans.filter(({ end }) => end === undefined || end + 365 >= today)
  }

  /** As `authority type status`, in no order. */
  shown(nhsNumber: string): string[] {
    const today = dayOf(this.now)
    return CODES.flatMap((code) =>
      this.#plans[code]
        .filter((plan) => plan.nhsNumber === nhsNumber && today <= lastShown(plan))
        .map((plan) => `${code} ${plan.planType} ${endOf(plan) <= today ? 'ended' : 'active'}`),
    ).sort()
  }

  /** An unscheduled lookup; answers what its reply says, or undefined for a miss. */
  look(nhsNumber: string, user: string): { repeat: boolean; notified: Code[]; accesses: number } | undefined {
    const holders = this.#holders(nhsNumber)
    if (holders.length === 0) return undefined
    const before = this.#accesses
      .filter((access) => access.nhsNumber === nhsNumber && access.user === user)
      .filter(({ at }) => at <= this.now && at > this.now - DAY)
      .reduce<Access | undefined>((last, each) => (last && last.at > each.at ? last : each), undefined)
    const access = before ?? { nhsNumber, user, at: this.now, told: [] }
    if (before === undefined) this.#accesses.push(access)
    for (const code of holders) {
      if (access.told.includes(code)) continue
      access.told.push(code)
      this.#tell(code, `access ${nhsNumber}`)
    }
    const accesses = this.#accesses.filter((each) => each.nhsNumber === nhsNumber).length
    return {
      repeat: before !== undefined,
      notified: [...access.told].sort(),
      accesses: Math.min(25, accesses),
    }
  }

  attend(nhsNumber: string): Code[] {
    const holders = this.#holders(nhsNumber)
    for (const code of holders) this.#tell(code, `attendance ${nhsNumber}`)
    return holders
  }

  lease(code: Code, max: number, leaseMs: number): string[] {
    const taken = this.#queues[code]
      .filter(({ done, leasedUntil }) => !done && leasedUntil <= this.now)
      .slice(0, max)
    for (const told of taken) {
      told.attempt += 1
      told.leasedUntil = this.now + leaseMs
    }
    return taken.map(({ what, attempt }) => `${what} ${attempt}`)
  }

  /** Acknowledges the oldest that are not. */
  acknowledge(code: Code, what: readonly string[]): void {
    for (const each of what) {
      const told = this.#queues[code].find((held) => !held.done && `${held.what} ${held.attempt}` === each)
      if (told !== undefined) told.done = true
    }
  }

  move(to: number): void {
    this.now = to
    const today = dayOf(to)
    for (let day = this.ranDay + 1; day <= today; day += 1) {
      for (const code of CODES) {
        if (this.#isOverdue(code, day * DAY)) this.#notice(code, day - 1)
        this.#purge(code, day)
      }
    }
    this.ranDay = Math.max(this.ranDay, today)
  }

  /** What a start in the middle of a day does. */
  restart(): void {
    const today = dayOf(this.now)
    for (const code of CODES) {
      if (this.ranDay > today) this.#purge(code, today)
      else if (this.#isOverdue(code, this.now) && dayOf((this.#acceptedAt[code] ?? 0) + 26 * HOUR) === today)
        this.#notice(code, today)
    }
  }

  #holders(nhsNumber: string): Code[] {
    const shown = this.shown(nhsNumber)
    return CODES.filter((code) => shown.some((plan) => plan.startsWith(code)))
  }

  #isOverdue(code: Code, at: number): boolean {
    const acceptedAt = this.#acceptedAt[code]
    return acceptedAt !== undefined && at - acceptedAt > 26 * HOUR
  }

  #notice(code: Code, day: number): void {
    const name = `${code} ${day}`
    if (this.#noticed.has(name)) return
    this.#noticed.add(name)
    this.#tell(code, `overdue ${dateOf(day)}`)
  }

  #tell(code: Code, what: string): void {
    this.#queues[code].push({ what, attempt: 0, leasedUntil: 0, done: false })
  }

  #purge(code: Code, day: number): void {
    this.#plans[code] = this.#plans[code].filter((plan) => day <= lastShown(plan))
  }
}

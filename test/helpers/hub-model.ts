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

/** A notification as it was handed out. */
export interface HandedOut {
  text: string
  told: Told
}

interface Access {
  nhsNumber: string
  user: string
  at: number
  told: Code[]
}

/** What a fault does, and to which requests; of these `on` names the kind. */
export interface ModelFault {
  on: 'dataset' | 'lookup' | 'visit' | 'lease' | 'acknowledgement'
  effect:
    | 'refused'
    | 'cut before'
    | 'cut after'
    | 'truncated'
    | 'no room'
    | 'delivered twice'
    | 'expires at once'
  after: number
  times: number
  /** Requests of its kind so far. */
  seen: number
}

/** All that a snapshot keeps. */
interface World {
  /** Where the clock stands still; a machine's clock runs where nobody set it. */
  frozenAt: number | undefined
  sequences: Record<Code, number>
  plans: Record<Code, ModelPlan[]>
  acceptedAt: Partial<Record<Code, number>>
  queues: Record<Code, Told[]>
  /** What is handed out once more. */
  again: Record<Code, HandedOut[]>
  accesses: Access[]
  noticed: Set<string>
  lastDay: number
  /** The days whose maintenance has run. */
  ran: Set<number>
  faults: ModelFault[]
}

function newWorld(): World {
  return {
    frozenAt: undefined,
    sequences: { [HALTON]: 0, [WARRINGTON]: 0 },
    plans: { [HALTON]: [], [WARRINGTON]: [] },
    acceptedAt: {},
    queues: { [HALTON]: [], [WARRINGTON]: [] },
    again: { [HALTON]: [], [WARRINGTON]: [] },
    accesses: [],
    noticed: new Set(),
    lastDay: START_DAY,
    ran: new Set(),
    faults: [],
  }
}

/** What a hub should remember. */
export class HubModel {
  /** Hears of what is seldom met. */
  readonly #met: (what: string) => void
  /** What the machine's clock says. */
  machineNow = START
  #world = newWorld()
  #kept: World | undefined

  constructor(met: (what: string) => void) {
    this.#met = met
  }

  get now(): number {
    return this.#world.frozenAt ?? this.machineNow
  }

  nextSequence(code: Code): number {
    return this.#world.sequences[code] + 1
  }

  accept(code: Code, plans: readonly ModelPlan[]): void {
    this.#world.sequences[code] += 1
    this.#world.acceptedAt[code] = this.now
    const today = dayOf(this.now)
    this.#world.plans[code] = plans.filter(({ end }) => end === undefined || end + 365 >= today)
  }

  /** As `authority type status`, in no order. */
  shown(nhsNumber: string): string[] {
    const today = dayOf(this.now)
    return CODES.flatMap((code) =>
      this.#world.plans[code]
        .filter((plan) => plan.nhsNumber === nhsNumber && today <= lastShown(plan))
        .map((plan) => `${code} ${plan.planType} ${endOf(plan) <= today ? 'ended' : 'active'}`),
    ).sort()
  }

  /** An unscheduled lookup; answers what its reply says, or undefined for a miss. */
  look(nhsNumber: string, user: string): { repeat: boolean; notified: Code[]; accesses: number } | undefined {
    const holders = this.#holders(nhsNumber)
    if (holders.length === 0) return undefined
    const before = this.#world.accesses
      .filter((access) => access.nhsNumber === nhsNumber && access.user === user)
      .filter(({ at }) => at <= this.now && at > this.now - DAY)
      .reduce<Access | undefined>((last, each) => (last && last.at > each.at ? last : each), undefined)
    if (before !== undefined && before.at + DAY - this.now <= 1)
      this.#met('a repeat a moment before its day is over')
    const access = before ?? { nhsNumber, user, at: this.now, told: [] }
    if (before === undefined) this.#world.accesses.push(access)
    for (const code of holders) {
      if (access.told.includes(code)) continue
      access.told.push(code)
      this.#tell(code, `access ${nhsNumber}`)
    }
    const accesses = this.#world.accesses.filter((each) => each.nhsNumber === nhsNumber).length
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

  hasLeasable(code: Code): boolean {
    return this.#world.again[code].length > 0 || this.#leasable(code).length > 0
  }

  /** Second deliveries come first, as they were handed out before. */
  lease(code: Code, max: number, leaseMs: number, effect: ModelFault['effect'] | undefined): HandedOut[] {
    const second = this.#world.again[code].splice(0, max)
    if (second.length > 0) this.#met('a second delivery')
    const first = this.#leasable(code)
      .slice(0, max - second.length)
      .map((told) => {
        told.attempt += 1
        told.leasedUntil = this.now + (effect === 'expires at once' ? 0 : leaseMs)
        return { text: `${told.what} ${told.attempt}`, told }
      })
    if (effect === 'expires at once' && first.length > 0) this.#met('a lease that ran out at once')
    if (effect === 'delivered twice') this.#world.again[code].push(...first)
    return [...second, ...first]
  }

  /** Answers how many of them were not acknowledged before. */
  acknowledge(handedOut: readonly HandedOut[]): number {
    const open = new Set(handedOut.map(({ told }) => told).filter(({ done }) => !done))
    for (const told of open) told.done = true
    return open.size
  }

  /** The clock is set, and stands still. */
  move(to: number): void {
    this.#world.frozenAt = to
    this.#passMidnights()
  }

  /** Back to the machine's clock. */
  unset(): void {
    this.#world.frozenAt = undefined
    this.#passMidnights()
  }

  /** The machine's clock goes on from where the hub's stood. */
  restart(): void {
    this.machineNow = this.now
    Object.assign(this.#world, { frozenAt: undefined, faults: [], again: newWorld().again })
    const today = dayOf(this.now)
    for (const code of CODES) {
      const acceptedAt = this.#world.acceptedAt[code]
      if (this.#isOverdue(code, this.now) && dayOf((acceptedAt ?? 0) + 26 * HOUR) === today)
        this.#notice(code, today)
    }
  }

  /** Keeps all of it under the one name there is. */
  keep(): void {
    this.#kept = structuredClone(this.#world)
  }

  /** Answers false when nothing was kept. */
  restore(): boolean {
    if (this.#kept === undefined) return false
    this.#world = structuredClone(this.#kept)
    if (this.#world.lastDay < dayOf(this.now)) this.#met('a restore over a midnight')
    this.#passMidnights()
    return true
  }

  set(fault: Omit<ModelFault, 'seen'>): void {
    this.#world.faults.push({ ...fault, seen: 0 })
  }

  /** What happens to a request of this kind; one that is `silent` needs no room. */
  meet(on: ModelFault['on'], silent: boolean): ModelFault['effect'] | undefined {
    for (const fault of this.#world.faults) {
      if (fault.on !== on || (silent && fault.effect === 'no room')) continue
      fault.seen += 1
      if (fault.seen > fault.after && fault.seen <= fault.after + fault.times) return fault.effect
    }
    return undefined
  }

  /**
   * The moments at which a rule changes its mind: a day after an access, 26 hours after a dataset, the end of a lease, a
   * midnight; and the lookup whose answer it changes.
   */
  turningPoints(): { at: number; asked?: { about: string; id: string } }[] {
    const { accesses, acceptedAt, queues } = this.#world
    const points = [
      ...accesses.map(({ at, nhsNumber, user }) => ({ at: at + DAY, asked: { about: nhsNumber, id: user } })),
      ...Object.values(acceptedAt).map((at) => ({ at: at + 26 * HOUR })),
      ...CODES.flatMap((code) => queues[code].map(({ leasedUntil }) => ({ at: leasedUntil }))),
      { at: (dayOf(this.now) + 1) * DAY },
    ]
    return points.filter(({ at }) => at > this.now)
  }

  freshnessOf(code: Code): { overdue: boolean; queued: number } {
    return { overdue: this.#isOverdue(code, this.now), queued: this.#leasable(code).length }
  }

  #leasable(code: Code): Told[] {
    return this.#world.queues[code].filter(({ done, leasedUntil }) => !done && leasedUntil <= this.now)
  }

  #holders(nhsNumber: string): Code[] {
    const shown = this.shown(nhsNumber)
    return CODES.filter((code) => shown.some((plan) => plan.startsWith(code)))
  }

  #passMidnights(): void {
    const { ran, lastDay, plans } = this.#world
    const today = dayOf(this.now)
    for (let day = lastDay + 1; day <= today; day += 1) {
      if (ran.has(day)) {
        this.#met('a day that does not run again')
        continue
      }
      ran.add(day)
      for (const code of CODES) {
        if (this.#isOverdue(code, day * DAY)) this.#notice(code, day - 1)
        plans[code] = plans[code].filter((plan) => day <= lastShown(plan))
      }
    }
    this.#world.lastDay = today
  }

  #isOverdue(code: Code, at: number): boolean {
    const acceptedAt = this.#world.acceptedAt[code]
    return acceptedAt !== undefined && at - acceptedAt > 26 * HOUR
  }

  #notice(code: Code, day: number): void {
    const name = `${code} ${day}`
    if (this.#world.noticed.has(name)) return
    this.#world.noticed.add(name)
    this.#tell(code, `overdue ${dateOf(day)}`)
  }

  #tell(code: Code, what: string): void {
    this.#world.queues[code].push({ what, attempt: 0, leasedUntil: 0, done: false })
  }
}

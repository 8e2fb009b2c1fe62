import { refuse } from '../domain/problem.js'
import { Random } from '../synthetic/random.js'

/** What a request must be like; what is left out may be anything. */
export interface FaultMatch {
  method?: string
  /** As `openapi.yaml` writes it. */
  route?: string
  authorityCode?: string
  caller?: string
  nhsNumber?: string
  header?: { name: string; value?: string }
}

/** What happens to a request: one of these, or a delay, or both. */
export interface FaultEffect {
  status?: number
  code?: string
  retryAfterSeconds?: number
  drop?: 'before' | 'after'
  truncate?: number
  deliverTwice?: boolean
  leaseExpiresAtOnce?: boolean
  storageFull?: boolean
  personalDemographicsDown?: boolean
  delayMs?: number | { min: number; max: number }
}

/** Of which exactly one may stand in a rule. */
export const EFFECTS = [
  'status',
  'drop',
  'truncate',
  'deliverTwice',
  'leaseExpiresAtOnce',
  'storageFull',
  'personalDemographicsDown',
] as const
export type EffectName = (typeof EFFECTS)[number]

export interface FaultRule {
  match?: FaultMatch
  /** So many matching requests pass first. */
  after?: number
  /** It fires so often, and then no more. */
  times?: number
  probability?: number
  seed?: string | number
  do: FaultEffect
}

export type CountedFault = FaultRule & { id: string; hits: number }

/** What the rules ask of a request; nothing is looked at before a rule asks. */
export interface FaultableRequest {
  method: string
  route: string
  authorityCode(): string | null
  caller(): string | null
  mentions(nhsNumber: string): boolean
  header(name: string): string | undefined
  /** Whether there is anything that this effect could change about the request, as far as it is known before the work. */
  canHave(effect: EffectName): boolean
}

/** A route that faults can happen to, by one method. */
export interface FaultableRoute {
  method: string
  /** As `openapi.yaml` writes it. */
  route: string
  /** Whether `openapi.yaml` has it, so that a rule may name it. */
  isNamed: boolean
  /** Whether there is anything that this effect could change about it. */
  canHave(effect: EffectName): boolean
}

/** A rule that has fired for a request. */
export interface FiredFault {
  id: string
  effect: FaultEffect
  delayMs: number
  /** The connection was cut before anything of the answer was sent. */
  isReplyLost: boolean
}

interface Kept {
  id: string
  rule: FaultRule
  /** Requests that matched. */
  seen: number
  hits: number
}

/** All that there is to the rules: a snapshot keeps it. */
export interface FaultsState {
  made: number
  kept: Kept[]
}

export const NO_FAULTS: FaultsState = { made: 0, kept: [] }

/**
 * The faults that testers have set, in the order in which they were set. Chance is drawn by a rule's seed and the number
 * of requests that it has seen, so that the same seed gives the same run.
 */
export class Faults {
  /** Where faults can happen. */
  readonly routes: FaultableRoute[] = []
  readonly #max: number
  readonly #listeners = new Set<(fired: FiredFault) => void>()
  #made = 0
  #kept: Kept[] = []

  constructor(max: number) {
    this.#max = max
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0
  }

  /** Refuses TESTER_LIMIT. */
  add(rule: FaultRule): CountedFault {
    if (this.#kept.length >= this.#max) {
      throw refuse('TESTER_LIMIT', 'Delete faults that are done, or raise TESTER_FAULTS_MAX.')
    }
    this.#made += 1
    const kept = { id: `fault-${this.#made}`, rule, seen: 0, hits: 0 }
    this.#kept.push(kept)
    return counted(kept)
  }

  list(): CountedFault[] {
    return this.#kept.map(counted)
  }

  /** Refuses FAULT_UNKNOWN. */
  get(id: string): CountedFault {
    return counted(this.#find(id))
  }

  /** Refuses FAULT_UNKNOWN. */
  remove(id: string): void {
    const gone = this.#find(id)
    this.#kept = this.#kept.filter((kept) => kept !== gone)
  }

  clear(): void {
    this.#kept = []
  }

  /** The first rule that fires for a request. One that matches and does not fire leaves it to the next. */
  fire(request: FaultableRequest): FiredFault | undefined {
    for (const kept of this.#kept) {
      if (!matches(kept.rule, request)) continue
      kept.seen += 1
      if (!isDue(kept)) continue
      kept.hits += 1
      const { id, rule } = kept
      const fired = { id, effect: rule.do, delayMs: delayOf(kept), isReplyLost: false }
      for (const listener of this.#listeners) listener(fired)
      return fired
    }
    return undefined
  }

  /** Calls back whenever a rule fires. */
  onFired(listener: (fired: FiredFault) => void): void {
    this.#listeners.add(listener)
  }

  exportState(): FaultsState {
    return structuredClone({ made: this.#made, kept: this.#kept })
  }

  importState(state: FaultsState): void {
    const { made, kept } = structuredClone(state)
    this.#made = made
    this.#kept = kept
  }

  #find(id: string): Kept {
    const found = this.#kept.find((kept) => kept.id === id)
    if (found !== undefined) return found
    throw refuse('FAULT_UNKNOWN', 'GET /tester/faults lists those there are.')
  }
}

function counted({ id, hits, rule }: Kept): CountedFault {
  return { id, hits, ...rule }
}

function matches({ match = {}, do: effect }: FaultRule, request: FaultableRequest): boolean {
  const { method, route, authorityCode, caller, nhsNumber, header } = match
  if (method !== undefined && method !== request.method) return false
  if (route !== undefined && route !== request.route) return false
  if (!EFFECTS.every((name) => effect[name] === undefined || request.canHave(name))) return false
  if (authorityCode !== undefined && authorityCode !== request.authorityCode()) return false
  if (caller !== undefined && caller !== request.caller()) return false
  if (header !== undefined && !hasHeader(request, header)) return false
  // Last, since it reads the whole body.
  return nhsNumber === undefined || request.mentions(nhsNumber)
}

function hasHeader(request: FaultableRequest, { name, value }: { name: string; value?: string }): boolean {
  const given = request.header(name.toLowerCase())
  return given !== undefined && (value === undefined || given === value)
}

function isDue({ rule, seen, hits }: Kept): boolean {
  const { after = 0, times = Number.POSITIVE_INFINITY, probability = 1 } = rule
  if (seen <= after || hits >= times) return false
  return probability === 1 || draw(rule, seen, 'fires', FINE) < probability * FINE
}

const FINE = 1_000_000

function delayOf({ rule, seen }: Kept): number {
  const { delayMs = 0 } = rule.do
  if (typeof delayMs === 'number') return delayMs
  return delayMs.min + draw(rule, seen, 'delay', delayMs.max - delayMs.min + 1)
}

function draw({ seed = 1 }: FaultRule, seen: number, what: string, limit: number): number {
  return new Random(`${seed} ${what} ${seen}`).below(limit)
}

import { DAY_MS, epochMs, type Instant } from '../../clock.js'
import type { HealthExchange } from './exchange.js'
import { Remembered } from './remembered.js'

const OK = 200
const NOT_FOUND = 404

interface Moment {
  at: Instant
  receivedMs: number
}

interface Trace extends Moment {
  requestId: string
  isSuperseded: boolean
}

type TraceExchange = Extract<HealthExchange, { kind: 'trace' }>

/** Which numbers somebody has traced with the register of people. */
export class Traces {
  readonly #numbers = new Remembered<Trace>()
  #hasBegun = false
  #lastGap: Moment | undefined

  /** Whether anything was traced yet. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  add({ numbers, superseded, reply, status, requestId, at, receivedMs }: TraceExchange): void {
    // What it was not told it may know from elsewhere.
    if (reply !== 'whole' || ![OK, NOT_FOUND].includes(status)) this.#lastGap = { at, receivedMs }
    if (reply === 'lost') return
    const note = (number: string, isSuperseded: boolean) => {
      this.#hasBegun = true
      const gone = this.#numbers.set(number, { at, receivedMs, requestId, isSuperseded })
      if (gone !== undefined) this.#lastGap = gone
    }
    for (const number of numbers) note(number, false)
    if (superseded !== null) note(superseded, true)
  }

  /**
   * The request that traced this number in the last 24 hours; `superseded` when it told of another, `unsure` when one
   * may have been missed here, or the clocks disagree.
   */
  find(number: string, now: Moment): { requestId: string } | 'superseded' | 'unsure' | undefined {
    const trace = this.#numbers.get(number)
    if (trace !== undefined) {
      const age = ageOf(trace, now)
      if (age === 'unsure') return age
      if (age === 'new') return trace.isSuperseded ? 'superseded' : trace
    }
    return this.#lastGap !== undefined && ageOf(this.#lastGap, now) !== 'old' ? 'unsure' : undefined
  }

  clear(): void {
    this.#numbers.clear()
    this.#hasBegun = false
    this.#lastGap = undefined
  }
}

/** By both clocks: a client cannot know that a tester has moved the hub's. */
function ageOf(then: Moment, now: Moment): 'new' | 'old' | 'unsure' {
  const isOldHere = epochMs(now.at) - epochMs(then.at) > DAY_MS
  const isOldThere = now.receivedMs - then.receivedMs > DAY_MS
  if (isOldHere !== isOldThere) return 'unsure'
  return isOldHere ? 'old' : 'new'
}

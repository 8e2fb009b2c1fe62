import {
  addMs,
  epochMs,
  HOUR_MS,
  type Instant,
  londonDate,
  londonMidnight,
  SECOND_MS,
  systemMachineClock,
} from '../../clock.js'
import { dateFromDayNumber, dayNumber } from '../../domain/calendar.js'
import type { FaultRuleBody } from '../../messages/tester/fault.js'
import type { RequestShown } from '../../messages/tester/journal.js'
import { type Authority, HubRefusal } from '../hub-client.js'
import type { HubClock, TesterClient } from '../tester-client.js'
import { failed, type Verdict } from './step.js'

export const DATASETS = '/v1/authorities/{authorityCode}/datasets'

// The hub lets nobody wait longer than a minute at a time; shorter, since its journal forgets meanwhile.
const WITHIN_MS = 10 * SECOND_MS
const LATEST_HOUR = 22

export interface StageSettings {
  tester: TesterClient
  code: string
  patienceMs: number
  /** Tells the tester something, while it happens. */
  say(line: string): void
  stop: AbortSignal
}

/** The run was given up from outside. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Where a rehearsal happens: a hub whose clock and faults it sets, and puts back as they were when it is closed. */
export class Stage {
  readonly tester: TesterClient
  readonly code: string
  readonly say: (line: string) => void
  readonly found: Authority
  /** A dataset was accepted on the day that the hub has. */
  hasDatasetToday = false
  now: Instant
  readonly #settings: StageSettings
  readonly #foundClock: HubClock
  readonly #faults = new Set<string>()
  #mark = 0

  private constructor(settings: StageSettings, found: Authority, clock: HubClock) {
    this.#settings = settings
    this.tester = settings.tester
    this.code = settings.code
    this.say = settings.say
    this.found = found
    this.#foundClock = clock
    this.now = clock.now as Instant
  }

  /** Changes nothing but the clock, which stands still from here on. Refuses as the hub does. */
  static async open(settings: StageSettings): Promise<Stage> {
    const { tester, code } = settings
    const clock = await tester.readClock()
    const stage = new Stage(settings, await tester.getAuthority(code), clock)
    stage.now = (await tester.setClock({ frozen: true })).now as Instant
    return stage
  }

  /** Lets a step see only what is settled from here on. */
  async begin(): Promise<void> {
    this.#mark = await this.tester.lastRequestId()
  }

  async setFault(rule: FaultRuleBody): Promise<string> {
    const match = { method: 'POST' as const, authorityCode: this.code, ...rule.match }
    const id = await this.tester.setFault({ ...rule, match })
    this.#faults.add(id)
    return id
  }

  async endFault(id: string): Promise<void> {
    this.#faults.delete(id)
    await this.tester.deleteFault(id)
  }

  async setStatus(status: Authority['status']): Promise<void> {
    await this.tester.saveAuthority(this.code, { status })
  }

  /** The same time of the next day in London; hours that a day may lack are left out. */
  async advanceDay(): Promise<void> {
    const today = londonDate(this.now)
    const timeOfDay = epochMs(this.now) - epochMs(londonMidnight(today))
    const tomorrow = londonMidnight(dateFromDayNumber(dayNumber(today) + 1))
    const now = addMs(tomorrow, Math.min(timeOfDay, LATEST_HOUR * HOUR_MS))
    this.now = (await this.tester.setClock({ now, frozen: true })).now as Instant
    this.hasDatasetToday = false
  }

  /**
   * Waits until `look` answers a verdict about what the authority's system has sent to a route since the step began,
   * oldest first; until then it answers what is missing, as the subject of a sentence, with which the step fails when
   * its patience is over. `since` leaves out what came before the clock was moved.
   */
  async waitFor(
    route: string,
    look: (requests: RequestShown[]) => Verdict | string,
    since?: Instant,
  ): Promise<Verdict> {
    const { stop, patienceMs } = this.#settings
    const end = systemMachineClock.now() + patienceMs
    const filter = { method: 'POST', route, caller: this.code, ...(since !== undefined && { since }) }
    for (let seen = -1; ; ) {
      const left = end - systemMachineClock.now()
      const arrived = await this.#expect({ filter, atLeast: seen + 1, within: durationText(left) })
      seen = arrived.matched
      const requests = arrived.items.filter(({ id }) => id > this.#mark).reverse()
      const verdict = look(requests)
      if (typeof verdict !== 'string') return verdict
      if (left <= 0)
        return failed(`${verdict} did not come in the time that --patience gives.`, requests.slice(-1))
      if (stop.aborted) throw new Interrupted()
    }
  }

  /** Puts everything back that can be, and says what cannot. */
  async close(): Promise<void> {
    for (const id of this.#faults) await this.#putBack('A fault', () => this.tester.deleteFault(id))
    await this.#putBack('The clock', () => this.#putBackClock())
    await this.#putBack('The status of the authority', () => this.#putBackStatus())
  }

  async #expect(expectation: Parameters<TesterClient['expect']>[0]) {
    const { stop } = this.#settings
    try {
      return await this.tester.expect(expectation, stop)
    } catch (error) {
      throw stop.aborted ? new Interrupted() : error
    }
  }

  async #putBack(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.say(`${what} could not be put back: ${(error as Error).message}`)
    }
  }

  async #putBackClock(): Promise<void> {
    const { mode, now, real } = this.#foundClock
    if (mode === 'real') return this.tester.unsetClock()
    if (mode === 'frozen') return void (await this.tester.setClock({ now, frozen: true }))
    const aheadMs = epochMs(now as Instant) - epochMs(real as Instant)
    const current = (await this.tester.readClock()).real as Instant
    await this.tester.setClock({ now: addMs(current, aheadMs), frozen: false })
  }

  /** It was live without passing the gate, or its list is another now: only force makes it so again. */
  async #putBackStatus(): Promise<void> {
    const { status } = this.found
    if ((await this.tester.getAuthority(this.code)).status === status) return
    try {
      await this.setStatus(status)
    } catch (error) {
      if (!(error instanceof HubRefusal) || error.problem.code !== 'GO_LIVE_GATE') throw error
      await this.tester.saveAuthority(this.code, { status, force: true })
    }
  }
}

function durationText(leftMs: number): string {
  const ms = Math.max(0, Math.min(Math.round(leftMs), WITHIN_MS))
  return `PT${(ms / SECOND_MS).toFixed(3)}S`
}

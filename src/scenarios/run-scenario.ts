import { type MachineClock, systemMachineClock, waitMs } from '../clock.js'
import { parseDuration } from '../domain/duration.js'
import { answerDifferences, captureFrom, type ReadAnswer, readAnswer } from './answers.js'
import type { Difference } from './matching.js'
import type { Scenario, Step } from './scenario.js'
import { withoutNumbers } from './shown-value.js'
import { openingRequests, requestOf } from './step-requests.js'
import { CUT, type HubRequest, NoHub, type Transport } from './transport.js'
import { completeValues, TURN, type Values } from './values.js'

/** The hub that a scenario runs against. */
export interface Stage {
  transport: Transport
  /** Stops the hub and starts it on the same data; missing where nobody may. */
  restart?: (() => Promise<void>) | undefined
  machineClock?: MachineClock
  /** Lets time pass on the machine's clock. */
  pause?: (ms: number) => Promise<void>
}

/** The step at which a scenario failed. */
export interface StepFailure {
  /** 1 for the first step; 0 when the hub could not be made ready for it. */
  step: number
  /** In the file. */
  line: number
  title: string
  /** The first ten. */
  differences: Difference[]
}

export interface ScenarioResult {
  durationMs: number
  failure: StepFailure | null
}

const DIFFERENCES_MAX = 10
const ASK_AGAIN_MS = 100

/** Runs a scenario to its end or to its first step that fails; the hub is emptied first. */
export async function runScenario(scenario: Scenario, stage: Stage): Promise<ScenarioResult> {
  const { machineClock = systemMachineClock } = stage
  const startedAt = machineClock.now()
  const failure = await new Run(scenario, stage).failure()
  return { durationMs: machineClock.now() - startedAt, failure }
}

class Run {
  readonly #scenario: Scenario
  readonly #stage: Stage
  readonly #faultIds = new Map<string, string>()
  #values: Values

  constructor(scenario: Scenario, stage: Stage) {
    this.#scenario = scenario
    this.#stage = stage
    this.#values = completeValues(scenario.values ?? {})
  }

  async failure(): Promise<StepFailure | null> {
    const { needs, steps } = this.#scenario
    const unready = await this.#open(needs?.clock)
    if (unready.length > 0) return failureOf(0, { step: 'The hub is made ready', line: 1 }, unready)
    for (const [i, step] of steps.entries()) {
      const differences = await this.#take(step)
      if (differences.length > 0) return failureOf(i + 1, step, differences)
    }
    return null
  }

  async #open(clock: string | undefined): Promise<Difference[]> {
    for (const request of openingRequests(clock)) {
      const differences = await this.#send(request, (answer) => answerDifferences(answer, undefined, {}))
      const [first] = differences
      if (first?.at === 'status' && first.came.startsWith('404')) return [...differences, CONTROLS_ARE_OFF]
      if (first !== undefined) return differences
    }
    return []
  }

  async #take(step: Step): Promise<Difference[]> {
    if (step.restart) return this.#restart()
    for (let turn = 1; turn <= (step.repeat ?? 1); turn += 1) {
      const values = step.repeat === undefined ? this.#values : { ...this.#values, [TURN]: turn }
      const differences = await this.#untilExpected(step, values)
      if (differences.length > 0)
        return step.repeat === undefined ? differences : [inTurn(turn), ...differences]
    }
    return []
  }

  async #untilExpected(step: Step, values: Values): Promise<Difference[]> {
    const { machineClock = systemMachineClock, pause = waitMs } = this.#stage
    const waitMax = step.wait === undefined ? 0 : (parseDuration(step.wait) ?? 0)
    const startedAt = machineClock.now()
    for (;;) {
      const request = requestOf(step, values, this.#faultIds)
      const differences = await this.#send(request, (answer) => this.#look(answer, step, values))
      if (differences.length === 0 || machineClock.now() - startedAt >= waitMax) return differences
      await pause(ASK_AGAIN_MS)
    }
  }

  #look(answer: ReadAnswer | typeof CUT, step: Step, values: Values): Difference[] {
    const differences = answerDifferences(answer, step.expect, values)
    if (differences.length > 0 || answer === CUT) return differences
    const captured = captureFrom(answer, step.capture ?? {})
    this.#values = { ...this.#values, ...captured.values }
    if (step.fault?.name !== undefined) {
      this.#faultIds.set(step.fault.name, String((answer.body as { id?: unknown } | undefined)?.id))
    }
    return captured.missing
  }

  async #send(
    request: HubRequest,
    look: (answer: ReadAnswer | typeof CUT) => Difference[],
  ): Promise<Difference[]> {
    try {
      const answer = await this.#stage.transport.send(request)
      return look(answer === CUT ? CUT : readAnswer(answer))
    } catch (error) {
      if (!(error instanceof NoHub)) throw error
      return [{ at: 'connection', expected: 'an answer', came: 'none', says: [error.message] }]
    }
  }

  async #restart(): Promise<Difference[]> {
    const { restart } = this.#stage
    if (restart === undefined) return [{ at: 'hub', expected: 'one that can be restarted', came: 'another' }]
    await restart()
    return []
  }
}

const CONTROLS_ARE_OFF: Difference = {
  at: 'hub',
  expected: 'tester controls (TESTER_CONTROLS=true)',
  came: 'none',
}

/** A key, a title or a path in the file may hold a number as well as a value does. */
function failureOf(
  step: number,
  { step: title, line }: Pick<Step, 'step' | 'line'>,
  all: Difference[],
): StepFailure {
  const differences = all.slice(0, DIFFERENCES_MAX).map(({ at, expected, came, says }) => ({
    at: withoutNumbers(at),
    expected: withoutNumbers(expected),
    came: withoutNumbers(came),
    ...(says !== undefined && { says: says.map(withoutNumbers) }),
  }))
  return { step, line, title: withoutNumbers(title), differences }
}

function inTurn(turn: number): Difference {
  return { at: 'repeat', expected: 'every turn', came: `turn ${turn} fails` }
}

import { systemMachineClock } from '../../clock.js'
import { type Conformance, HubRefusal, HubUnreachable } from '../hub-client.js'
import {
  correctedAfterReturn,
  dailyForSevenDays,
  firstDataset,
  sameSequenceAfterLostReply,
  waitsForRetryAfter,
} from './dataset-steps.js'
import { acknowledgesBothCopies, collectsNotifications } from './notification-steps.js'
import { Stage, type StageSettings } from './stage.js'
import { failed, passed, type Step, skipped, type Verdict } from './step.js'

/** What became of a step of a rehearsal. */
export interface StepOutcome extends Verdict {
  id: string
  waitsFor: string
  durationMs: number
}

export interface Rehearsal {
  outcomes: StepOutcome[]
  /** Null when the hub could not be reached any more. */
  conformance: Conformance | null
}

const goLiveGate: Step = {
  id: 'go-live-gate',
  waitsFor: 'Nothing: the list must hold 95 % of the children in scope, and the authority goes live.',
  async run(stage) {
    await stage.setStatus('live')
    const { checks } = await stage.tester.readConformance('authorities', stage.code)
    return { ...passed(), evidence: checks.find(({ id }) => id === 'go-live-gate')?.evidence ?? [] }
  },
}

/** Health sees no child of an authority that is in testing, so the gate comes before what a child that is seen brings about. */
export const STEPS: readonly Step[] = [
  firstDataset,
  correctedAfterReturn,
  sameSequenceAfterLostReply,
  waitsForRetryAfter,
  goLiveGate,
  collectsNotifications,
  acknowledgesBothCopies,
  dailyForSevenDays,
]

/**
 * Goes through the steps while the authority's system runs beside it, and reads at the end what the hub says of that
 * system. Whatever happens, the hub's clock, its faults and the authority's status are put back.
 */
export async function rehearseAuthority(settings: StageSettings, steps: readonly Step[]): Promise<Rehearsal> {
  const stage = await Stage.open(settings)
  try {
    // One that is live has passed no gate here, and one that may not send cannot begin.
    if (steps.includes(goLiveGate) || !['testing', 'live'].includes(stage.found.status))
      await stage.setStatus('testing')
    const outcomes = await outcomesOf(steps, stage)
    const conformance = await stage.tester.readConformance('authorities', stage.code).catch(nullWithoutHub)
    return { outcomes, conformance }
  } finally {
    await stage.close()
  }
}

/** A hub that goes away fails the step that was under way, and ends the run with its report. */
async function outcomesOf(steps: readonly Step[], stage: Stage): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  for (const step of steps) {
    try {
      outcomes.push(await outcomeOf(step, stage))
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error
      stage.say(`  failed: ${error.message}`)
      const rest = steps.slice(outcomes.length + 1)
      return [
        ...outcomes,
        withoutHub(step, failed(error.message)),
        ...rest.map((each) => withoutHub(each, skipped('Not run: the hub could not be reached.'))),
      ]
    }
  }
  return outcomes
}

function withoutHub({ id, waitsFor }: Step, verdict: Verdict): StepOutcome {
  return { id, waitsFor, durationMs: 0, ...verdict }
}

function nullWithoutHub(error: unknown): null {
  if (error instanceof HubUnreachable) return null
  throw error
}

async function outcomeOf(step: Step, stage: Stage): Promise<StepOutcome> {
  const { id, waitsFor } = step
  stage.say(`${id}: ${waitsFor}`)
  const startedMs = systemMachineClock.now()
  const verdict = await step.run(await begun(stage)).catch(refusedByHub)
  stage.say(`  ${verdict.state}${verdict.reason === null ? '' : `: ${verdict.reason}`}`)
  return { id, waitsFor, durationMs: systemMachineClock.now() - startedMs, ...verdict }
}

async function begun(stage: Stage): Promise<Stage> {
  await stage.begin()
  return stage
}

/** What the hub refuses, such as going live, is the end of a step and not of the run. */
function refusedByHub(error: unknown): Verdict {
  if (error instanceof HubRefusal) return failed(error.message)
  throw error
}

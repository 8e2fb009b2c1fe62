import type { ScenarioBody, StepBody } from '../messages/scenario.js'

/** One step as it was read, and where it stands in its file. */
export type Step = StepBody & { line: number }

/** A scenario that was read from its file and found good. */
export interface Scenario extends Omit<ScenarioBody, 'steps'> {
  file: string
  steps: Step[]
}

/** Whether it needs a hub that is started for it alone. */
export function needsOwnHub({ needs, steps }: Scenario): boolean {
  return needs?.settings !== undefined || steps.some(({ restart }) => restart)
}

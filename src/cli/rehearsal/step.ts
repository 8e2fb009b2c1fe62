import type { RequestShown } from '../../messages/tester/journal.js'
import type { Stage } from './stage.js'

/** What became of a step, and the ids of the requests that show it. */
export interface Verdict {
  state: 'passed' | 'failed' | 'skipped'
  /** Why it did not pass. */
  reason: string | null
  evidence: string[]
}

/** One step of a rehearsal. */
export interface Step {
  id: string
  /** What the system under test has to do, as one sentence. */
  waitsFor: string
  run(stage: Stage): Promise<Verdict>
}

export function passed(...requests: RequestShown[]): Verdict {
  return { state: 'passed', reason: null, evidence: idsOf(requests) }
}

export function failed(reason: string, requests: readonly RequestShown[] = []): Verdict {
  return { state: 'failed', reason, evidence: idsOf(requests) }
}

export function skipped(reason: string): Verdict {
  return { state: 'skipped', reason, evidence: [] }
}

function idsOf(requests: readonly RequestShown[]): string[] {
  return requests.map(({ requestId }) => requestId)
}

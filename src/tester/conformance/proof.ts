export type CheckState = 'shown' | 'contradicted' | 'not-seen' | 'not-observable'

// Enough for the seven days of a week.
const EVIDENCE_MAX = 10

/** What a check has come to. The first that showed it stays its evidence; what contradicts goes before everything. */
export class Proof {
  #state: CheckState = 'not-seen'
  #evidence: string[] = []

  get state(): CheckState {
    return this.#state
  }

  get evidence(): readonly string[] {
    return this.#evidence
  }

  show(...requestIds: string[]): void {
    if (this.#state !== 'not-seen') return
    this.#state = 'shown'
    this.#evidence = requestIds.slice(-EVIDENCE_MAX)
  }

  contradict(requestId: string): void {
    if (this.#state !== 'contradicted') this.#evidence = []
    this.#state = 'contradicted'
    if (this.#evidence.length < EVIDENCE_MAX) this.#evidence.push(requestId)
  }
}

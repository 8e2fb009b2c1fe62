import type { Instant } from '../clock.js'
import type { HealthActivity } from '../store/store.js'

// England has some ten thousand organisations that could ask; beyond this the one longest silent is forgotten.
const ORGANISATIONS_MAX = 20_000

/** When each health organisation last asked and reported; in memory, so that no lookup waits for it. */
export class HealthActivityLog {
  readonly #byCode: Map<string, HealthActivity>
  #changed = new Set<string>()

  constructor(kept: readonly HealthActivity[] = []) {
    this.#byCode = new Map(kept.map((activity) => [activity.odsCode, activity]))
  }

  lookedUp(odsCode: string, at: Instant): void {
    this.#note(odsCode, { lastLookupAt: at })
  }

  attended(odsCode: string, at: Instant): void {
    this.#note(odsCode, { lastAttendanceAt: at })
  }

  list(): HealthActivity[] {
    return [...this.#byCode.values()].sort((a, b) => (a.odsCode < b.odsCode ? -1 : 1))
  }

  /** What changed since the last call; for writing it down. */
  takeChanged(): HealthActivity[] {
    const changed = [...this.#changed].flatMap((code) => this.#byCode.get(code) ?? [])
    this.#changed = new Set()
    return changed
  }

  #note(odsCode: string, news: Partial<HealthActivity>): void {
    const before = this.#byCode.get(odsCode) ?? { odsCode, lastLookupAt: null, lastAttendanceAt: null }
    // Taken out and put in again, so that the order of the map is the order of last use.
    this.#byCode.delete(odsCode)
    this.#byCode.set(odsCode, { ...before, ...news })
    this.#changed.add(odsCode)
    if (this.#byCode.size > ORGANISATIONS_MAX) {
      const longestSilent = this.#byCode.keys().next().value as string
      this.#byCode.delete(longestSilent)
      this.#changed.delete(longestSilent)
    }
  }
}

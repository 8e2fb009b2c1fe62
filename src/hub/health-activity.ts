import type { Instant } from '../clock.js'
import type { HealthActivity } from '../store/store.js'

// England has some ten thousand organisations that could ask; beyond this the one longest silent is forgotten.
export const ORGANISATIONS_MAX = 20_000

/** When each health organisation last asked and reported; in memory, so that no lookup waits for it. */
export class HealthActivityLog {
  // The order of the map is the order of last use.
  #byCode: Map<string, HealthActivity> = new Map()
  #changed = new Set<string>()
  #forgotten = new Set<string>()

  /** `kept` is what was written down, the longest silent first. */
  constructor(kept: readonly HealthActivity[] = []) {
    this.replace(kept)
  }

  /** Knows what was written down, and nothing of what came since. */
  replace(kept: readonly HealthActivity[]): void {
    this.#byCode = new Map(kept.map((activity) => [activity.odsCode, activity]))
    this.#changed = new Set()
    this.#forgotten = new Set()
    this.#forgetLongestSilent()
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

  /** What changed since the last call, and who was forgotten; for writing it down. */
  takeNews(): { changed: HealthActivity[]; forgotten: string[] } {
    const changed = [...this.#changed].flatMap((code) => this.#byCode.get(code) ?? [])
    const forgotten = [...this.#forgotten]
    this.#changed = new Set()
    this.#forgotten = new Set()
    return { changed, forgotten }
  }

  #note(odsCode: string, news: Partial<HealthActivity>): void {
    const before = this.#byCode.get(odsCode) ?? { odsCode, lastLookupAt: null, lastAttendanceAt: null }
    this.#byCode.delete(odsCode)
    this.#byCode.set(odsCode, { ...before, ...news })
    this.#changed.add(odsCode)
    this.#forgotten.delete(odsCode)
    this.#forgetLongestSilent()
  }

  #forgetLongestSilent(): void {
    while (this.#byCode.size > ORGANISATIONS_MAX) {
      const longestSilent = this.#byCode.keys().next().value as string
      this.#byCode.delete(longestSilent)
      this.#changed.delete(longestSilent)
      this.#forgotten.add(longestSilent)
    }
  }
}

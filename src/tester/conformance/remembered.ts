// Of each caller and for each check.
const REMEMBERED_MAX = 200

/** What is remembered by key, such as of an NHS number: so many, and the oldest go. */
export class Remembered<V> {
  readonly #kept = new Map<string, V>()

  /** Answers what had to go. */
  set(key: string, value: V): V | undefined {
    this.#kept.delete(key)
    this.#kept.set(key, value)
    return this.#kept.size > REMEMBERED_MAX ? this.takeOldest() : undefined
  }

  get(key: string): V | undefined {
    return this.#kept.get(key)
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0
  }

  get oldest(): V | undefined {
    return this.#kept.values().next().value
  }

  takeOldest(): V | undefined {
    const [oldest] = this.#kept
    if (oldest === undefined) return undefined
    this.#kept.delete(oldest[0])
    return oldest[1]
  }

  delete(key: string): void {
    this.#kept.delete(key)
  }

  clear(): void {
    this.#kept.clear()
  }
}

/** The latest of what was added, up to so many; the oldest go. */
export class Ring<T> {
  readonly #max: number
  #kept: (T | undefined)[] = []
  #added = 0
  #dropped = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Answers the one that went for it, if one did. */
  add(each: T): T | undefined {
    const gone = this.#added - this.#dropped < this.#max ? undefined : this.dropOldest()
    this.#kept[this.#added % this.#max] = each
    this.#added += 1
    return gone
  }

  /** Drops one before its time; answers it, if there was one. */
  dropOldest(): T | undefined {
    const oldest = this.at(this.#dropped)
    if (oldest === undefined) return undefined
    // Nothing of it may stay in memory.
    this.#kept[this.#dropped % this.#max] = undefined
    this.#dropped += 1
    return oldest
  }

  /** How many there have been since it was emptied. */
  get added(): number {
    return this.#added
  }

  /** How many of them have gone; also the place of the oldest that is kept. */
  get dropped(): number {
    return this.#dropped
  }

  /** The one that was added so many after the first; undefined when it has gone, or is still to come. */
  at(place: number): T | undefined {
    return place < this.dropped || place >= this.#added ? undefined : this.#kept[place % this.#max]
  }

  *newestFirst(): Generator<T> {
    for (let place = this.#added - 1; place >= this.dropped; place -= 1) yield this.at(place) as T
  }

  clear(): void {
    this.#kept = []
    this.#added = 0
    this.#dropped = 0
  }
}

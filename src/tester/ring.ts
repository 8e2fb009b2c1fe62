/** The latest of what was added, up to so many; the oldest go. */
export class Ring<T> {
  readonly #max: number
  #kept: T[] = []
  #added = 0

  constructor(max: number) {
    this.#max = max
  }

  add(each: T): void {
    this.#kept[this.#added % this.#max] = each
    this.#added += 1
  }

  /** How many there have been since it was emptied. */
  get added(): number {
    return this.#added
  }

  /** How many of them have gone; also the place of the oldest that is kept. */
  get dropped(): number {
    return Math.max(0, this.#added - this.#max)
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
  }
}

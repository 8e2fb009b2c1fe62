import { overloaded } from '../domain/load.js'

// England has 153 authorities; a night in which all of them send twice at once is still taken.
const COUNT_MAX = 320

/** The bytes of the datasets that are being received or wait to be checked, within bounds. */
export class DatasetsInHand {
  readonly #bytesMax: number
  #count = 0
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Takes one more in hand, which counts from its first byte; refuses OVERLOADED when there are too many. */
  take(): DatasetInHand {
    if (this.#count >= COUNT_MAX || this.#bytes >= this.#bytesMax) throw overloaded()
    let bytes = 0
    let holders = 1
    return {
      grow: (more) => {
        if (holders === 0) return
        const isFirst = bytes === 0
        if ((isFirst && this.#count >= COUNT_MAX) || this.#bytes + more > this.#bytesMax) throw overloaded()
        if (isFirst) this.#count += 1
        bytes += more
        this.#bytes += more
      },
      hold: () => {
        if (holders > 0) holders += 1
      },
      drop: () => {
        if (holders === 0) return
        holders -= 1
        if (holders > 0 || bytes === 0) return
        this.#count -= 1
        this.#bytes -= bytes
      },
    }
  }
}

/** One of them; its bytes count until everyone who holds it has dropped it. */
export interface DatasetInHand {
  /** More of it has come; refuses OVERLOADED when all of them together are too much. */
  grow(bytes: number): void
  /** One more who holds it; nothing when everyone has dropped it. */
  hold(): void
  /** One less; nothing when everyone has. */
  drop(): void
}

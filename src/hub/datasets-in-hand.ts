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

  /** Takes one more in hand; refuses OVERLOADED when there are too many. */
  take(): DatasetInHand {
    if (this.#count >= COUNT_MAX || this.#bytes >= this.#bytesMax) throw overloaded()
    this.#count += 1
    let bytes = 0
    let holders = 1
    return {
      grow: (more) => {
        if (this.#bytes + more > this.#bytesMax) throw overloaded()
        bytes += more
        this.#bytes += more
      },
      hold: () => {
        holders += 1
      },
      drop: () => {
        holders -= 1
        if (holders > 0) return
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
  hold(): void
  drop(): void
}

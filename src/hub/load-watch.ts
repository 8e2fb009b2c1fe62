import { type MachineClock, SECOND_MS } from '../clock.js'
import { type LoadLevel, nextLoadLevel } from '../domain/load.js'
import type { Store } from '../store/store.js'

const LOOK_EVERY_MS = SECOND_MS / 4

/** Knows how busy the hub is. */
export class LoadWatch {
  /** What is put off now; see REFUSED_FROM. */
  level: LoadLevel = 0
  readonly #store: Pick<Store, 'writeBacklog'>
  readonly #clock: MachineClock
  #lastDelayMs = 0
  #stopped = false

  constructor(store: Pick<Store, 'writeBacklog'>, clock: MachineClock) {
    this.#store = store
    this.#clock = clock
  }

  start(): void {
    this.#lookLater()
  }

  stop(): void {
    this.#stopped = true
  }

  #lookLater(): void {
    const due = this.#clock.now() + LOOK_EVERY_MS
    this.#clock.after(LOOK_EVERY_MS, () => {
      if (this.#stopped) return
      this.#look(this.#clock.now() - due)
      this.#lookLater()
    })
  }

  /** A look that comes late is an event loop that was late. */
  #look(delayMs: number): void {
    // A single pause is none of the load: it counts when the next look is late as well.
    const eventLoopDelayMs = Math.min(delayMs, this.#lastDelayMs)
    this.#lastDelayMs = delayMs
    const { waiting, waitMs } = this.#store.writeBacklog()
    this.level = nextLoadLevel(this.level, { eventLoopDelayMs, writeWaitMs: waitMs, writesWaiting: waiting })
  }
}

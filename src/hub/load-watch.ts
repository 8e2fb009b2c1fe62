import { type MachineClock, SECOND_MS } from '../clock.js'
import { type LoadLevel, levelOfTurn, nextLoadLevel } from '../domain/load.js'
import type { Store } from '../store/store.js'

const LOOK_EVERY_MS = SECOND_MS / 4
// One pause of the machine is no load: so many looks one after the other must be late.
const LATE_LOOKS = 3

/** Knows how busy the hub is. */
export class LoadWatch {
  readonly #store: Pick<Store, 'writeBacklog'>
  readonly #clock: MachineClock
  #level: LoadLevel = 0
  #delaysMs: number[] = []
  #stopped = false
  #isListening = false
  /** When the turn of the event loop that is going on took its first request. */
  #turnSince: number | undefined

  constructor(store: Pick<Store, 'writeBacklog'>, clock: MachineClock) {
    this.#store = store
    this.#clock = clock
  }

  /** What is put off now; see REFUSED_FROM. To be asked for each request. */
  get level(): LoadLevel {
    // A look may be a while ago, and nothing is put off for a queue that is empty by now.
    if (this.#level > 0) this.#settle()
    return Math.max(this.#level, levelOfTurn(this.#turnMs())) as LoadLevel
  }

  /**
   * How long this turn has been taking requests. While many sockets have some, one turn takes all of them, for
   * seconds, and no look comes in between.
   */
  #turnMs(): number {
    if (!this.#isListening) return 0
    const now = this.#clock.now()
    if (this.#turnSince === undefined) {
      this.#turnSince = now
      setImmediate(() => {
        this.#turnSince = undefined
      })
    }
    return now - this.#turnSince
  }

  /**
   * From here on the event loop counts. Whoever asks in process shares it with the hub, and a test that keeps it busy, or
   * a machine that is busy with other tests, is no crowd of callers.
   */
  listening(): void {
    this.#isListening = true
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
      // A look that comes late is an event loop that was late.
      this.#delaysMs = [...this.#delaysMs, this.#clock.now() - due].slice(-LATE_LOOKS)
      this.#settle()
      this.#lookLater()
    })
  }

  #settle(): void {
    const isKnown = this.#isListening && this.#delaysMs.length === LATE_LOOKS
    const eventLoopDelayMs = isKnown ? Math.min(...this.#delaysMs) : 0
    const { waiting, waitMs } = this.#store.writeBacklog()
    this.#level = nextLoadLevel(this.#level, {
      eventLoopDelayMs,
      writeWaitMs: waitMs,
      writesWaiting: waiting,
    })
  }
}

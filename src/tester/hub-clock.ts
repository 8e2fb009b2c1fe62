import { addMs, type Clock, epochMs, type Instant } from '../clock.js'

/** How the hub's clock is set; a snapshot keeps it. */
export type ClockSetting =
  | { mode: 'real' }
  /** Runs with the real time, so far ahead of it or behind. */
  | { mode: 'offset'; offsetMs: number }
  /** Stands still. */
  | { mode: 'frozen'; at: Instant }

export interface ClockReading {
  now: Instant
  real: Instant
  mode: ClockSetting['mode']
}

/** The hub's clock as testers set it, over the clock that the hub was given. */
export class HubClock {
  readonly #real: Clock
  #setting: ClockSetting = { mode: 'real' }
  #last = { real: '' as Instant, shifted: '' as Instant }

  constructor(real: Clock) {
    this.#real = real
  }

  readonly now: Clock = () => {
    if (this.#setting.mode === 'real') return this.#real()
    return this.#setting.mode === 'frozen' ? this.#setting.at : this.#shifted(this.#setting.offsetMs)
  }

  get setting(): ClockSetting {
    return this.#setting
  }

  read(): ClockReading {
    return { now: this.now(), real: this.#real(), mode: this.#setting.mode }
  }

  /** Shows `at` from this moment on, and stands still there or runs. */
  set(at: Instant, frozen: boolean): void {
    this.apply(
      frozen ? { mode: 'frozen', at } : { mode: 'offset', offsetMs: epochMs(at) - epochMs(this.#real()) },
    )
  }

  apply(setting: ClockSetting): void {
    this.#setting = setting
    this.#last = { real: '' as Instant, shifted: '' as Instant }
  }

  /** Many a request comes in the same millisecond, and a moment is dear to write. */
  #shifted(offsetMs: number): Instant {
    const real = this.#real()
    if (real !== this.#last.real) this.#last = { real, shifted: addMs(real, offsetMs) }
    return this.#last.shifted
  }
}

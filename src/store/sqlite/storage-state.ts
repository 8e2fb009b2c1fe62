import { type MachineClock, SECOND_MS } from '../../clock.js'
import { type HubError, refuse, storageFull } from '../../domain/problem.js'

const PROBE_EVERY_MS = SECOND_MS

/**
 * Whether the store takes writes: open; full, from the first write that found no room until a probe finds some;
 * failed, for good, once the disk or the writer thread failed. See docs/adr/0004.
 */
export class StorageState {
  readonly #clock: MachineClock
  readonly #probe: () => Promise<unknown>
  readonly #listeners = new Set<(reason: string) => void>()
  #kind: 'open' | 'full' | 'failed' = 'open'
  #reason = ''
  #probing: Promise<void> | undefined
  #cancelProbe: () => void = () => {}

  /** `probe` writes as much as a commit and rejects when there is no room. */
  constructor(clock: MachineClock, probe: () => Promise<unknown>) {
    this.#clock = clock
    this.#probe = probe
  }

  get isFull(): boolean {
    return this.#kind === 'full'
  }

  get hasFailed(): boolean {
    return this.#kind === 'failed'
  }

  /** Why nothing can be written now; undefined when it can. */
  refusal(): HubError | undefined {
    if (this.#kind === 'open') return undefined
    return this.#kind === 'full' ? storageFull() : unavailable(this.#reason)
  }

  noteFull(): void {
    if (this.#kind !== 'open') return
    this.#kind = 'full'
    this.#probeLater()
  }

  noteFailed(reason: string): void {
    if (this.#kind === 'failed') return
    this.#kind = 'failed'
    this.#reason = reason
    this.#cancelProbe()
    // Later: whatever a listener does, those who wait for a write are answered first.
    for (const listener of this.#listeners) queueMicrotask(() => listener(reason))
  }

  /** Calls back once when the store has failed, also when it had before. */
  onFailure(listener: (reason: string) => void): void {
    this.#listeners.add(listener)
    if (this.#kind === 'failed') queueMicrotask(() => listener(this.#reason))
  }

  /** Looks at once whether there is room again. */
  probeNow(): Promise<void> {
    this.#probing ??= this.#probe()
      .then(() => {
        if (this.#kind === 'full') this.#kind = 'open'
        this.#cancelProbe()
      })
      .finally(() => {
        this.#probing = undefined
      })
    return this.#probing
  }

  stop(): void {
    this.#cancelProbe()
    this.#cancelProbe = () => {}
  }

  #probeLater(): void {
    this.#cancelProbe = this.#clock.after(PROBE_EVERY_MS, () => {
      this.probeNow().catch(() => {
        if (this.#kind === 'full') this.#probeLater()
      })
    })
  }
}

export function unavailable(reason: string): HubError {
  const detail =
    'The hub cannot say whether this was stored. Send the same request again, with the same key or sequence.'
  return Object.assign(refuse('STORE_UNAVAILABLE', detail), { cause: new Error(reason) })
}

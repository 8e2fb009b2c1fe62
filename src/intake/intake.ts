import type { Worker } from 'node:worker_threads'
import type { MachineClock } from '../clock.js'
import { refuse, stopping } from '../domain/problem.js'
import { startThread } from '../store/threads.js'
import { giveMemoryBack } from './give-memory-back.js'
import type { IntakeJob, IntakeResult } from './intake-job.js'

// A night's datasets come close together; between nights the thread's memory goes back.
const IDLE_MS = 10_000
// With the 3 MiB of the other threads a night of few changes took a quarter longer; it goes back with the thread.
const YOUNG_GENERATION_MIB = 32

interface Waiting {
  job: IntakeJob
  resolve: (result: IntakeResult) => void
  reject: (error: Error) => void
}

/** The main thread's side of the intake thread, which is started by the first dataset and ended when idle. */
export class Intake {
  readonly #file: string
  readonly #clock: MachineClock
  readonly #waiting: Waiting[] = []
  #worker: Worker | undefined
  #busy: Waiting | undefined
  #stopped = false
  #cancelIdle: () => void = () => {}

  constructor(file: string, clock: MachineClock) {
    this.#file = file
    this.#clock = clock
  }

  check(job: IntakeJob): Promise<IntakeResult> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) {
        reject(stopping())
        return
      }
      this.#waiting.push({ job, resolve, reject })
      this.#startNext()
    })
  }

  /** Takes no more: what waits is refused now, and only what is being checked is finished. */
  stop(): void {
    this.#stopped = true
    for (const { reject } of this.#waiting.splice(0)) reject(stopping())
  }

  /** Gives up what is still being checked: nobody waits for it any more, and nothing of it is stored. */
  async close(): Promise<void> {
    this.stop()
    if (this.#busy === undefined) await this.#endThread()
    else await this.#worker?.terminate()
  }

  async #endThread(): Promise<void> {
    this.#cancelIdle()
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    // Also of one that fails meanwhile, whose jobs have their answer.
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage('close')
    await exited
  }

  #startNext(): void {
    if (this.#busy !== undefined) return
    this.#busy = this.#waiting.shift()
    if (this.#busy === undefined) {
      this.#worker?.unref()
      if (this.#stopped) return
      this.#cancelIdle = this.#clock.after(IDLE_MS, () => void this.#endThread().then(giveMemoryBack))
      return
    }
    this.#cancelIdle()
    try {
      this.#hand(this.#busy.job)
    } catch (error) {
      this.#settle((waiting) => waiting.reject(notChecked(error)))
    }
  }

  #hand(job: IntakeJob): void {
    this.#worker ??= this.#start()
    this.#worker.ref()
    // Handed over, not copied again; the caller keeps its own bytes, since a dataset may have to be checked twice.
    const body = Uint8Array.from(job.body)
    this.#worker.postMessage({ ...job, body }, [body.buffer as ArrayBuffer])
  }

  #start(): Worker {
    const entry = new URL('./intake-thread.js', import.meta.url)
    const worker = startThread(entry, { file: this.#file }, YOUNG_GENERATION_MIB)
    worker.on('message', (result: IntakeResult) => this.#settle((waiting) => waiting.resolve(result)))
    const fail = (error: Error) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#settle((waiting) => waiting.reject(notChecked(error)))
    }
    worker.on('error', fail)
    worker.on('messageerror', fail)
    worker.on('exit', () => fail(new Error('the intake thread has ended')))
    return worker
  }

  #settle(answer: (waiting: Waiting) => void): void {
    const settled = this.#busy
    this.#busy = undefined
    if (settled !== undefined) answer(settled)
    this.#startNext()
  }
}

/** A thread that cannot start, or ends on its own, lacks files or memory, as long as it does. */
function notChecked(cause: unknown): Error {
  const detail =
    'The dataset could not be checked, and nothing of it is stored. Send it again in a moment, as it is.'
  return Object.assign(refuse('STORE_UNAVAILABLE', detail), { cause })
}

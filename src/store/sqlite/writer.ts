import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { type MachineClock, SECOND_MS, systemMachineClock } from '../../clock.js'
import { overloaded } from '../../domain/load.js'
import { storageFull } from '../../domain/problem.js'
import { startThread } from '../threads.js'
import type { ErrandInput, ErrandName, ErrandOutput } from './errands.js'
import { StorageState, unavailable } from './storage-state.js'
import type { FromWriter, ToWriter, WriteResult, WriterSettings } from './writer-messages.js'
import type { WriteInput, WriteName, WriteOutput } from './writes/writes.js'

// One commit serves all that wait, so this bounds how long the last of them waits for the first.
const BATCH_MAX = 256
const BATCH_MIN = 16
const WAITING_MAX = 4_096
// Every request is answered within ten seconds, whatever the disk does.
const WAIT_MS_MAX = 8 * SECOND_MS
const LOOK_EVERY_MS = SECOND_MS

interface Waiting {
  task:
    | { kind: 'write'; name: WriteName; input: unknown }
    | { kind: 'errand'; name: ErrandName; input: unknown }
  resolve: (output: never) => void
  reject: (error: Error) => void
  queuedAt: number
}

/** The main thread's side of the writer thread: queues writes, sends what waits as one batch, and answers each. */
export class Writer {
  readonly state: StorageState
  readonly #worker: Worker
  readonly #clock: MachineClock
  #waiting: Waiting[] = []
  #inFlight: Waiting[] = []
  #ended: string | undefined
  #closing = false
  #onWritten: () => void = () => {}
  #isLooking = false

  private constructor(worker: Worker, clock: MachineClock) {
    this.#worker = worker
    this.#clock = clock
    this.state = new StorageState(clock, () => this.runErrand('probeSpace', undefined))
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'results') this.#settle(message.results)
      else if (message.kind === 'broken') this.fail(message.reason)
    })
    worker.on('error', (error) => this.#end(error.message))
    worker.on('messageerror', (error) => this.#end(error.message))
    worker.on('exit', () => this.#end('the writer thread has ended'))
  }

  /** Starts the thread and resolves once the database is open, migrated and seeded. */
  static async start(settings: WriterSettings, clock: MachineClock = systemMachineClock): Promise<Writer> {
    const worker = startThread(new URL('./writer-thread.js', import.meta.url), settings)
    const [first] = (await once(worker, 'message')) as [FromWriter]
    if (first.kind === 'cannot-open') throw new Error(`The database cannot be opened: ${first.reason}`)
    const writer = new Writer(worker, clock)
    worker.unref()
    return writer
  }

  /** Runs one write; resolves when it is on disk. */
  run<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteOutput<Name>> {
    return new Promise((resolve, reject) => {
      const refusal = this.state.refusal() ?? this.#refusalOfEnded() ?? this.#refusalOfFull()
      if (refusal === undefined) this.#queue({ kind: 'write', name, input }, resolve, reject)
      else reject(refusal)
    })
  }

  /** Runs what is no single transaction, after what waits; also when storage is full. */
  runErrand<Name extends ErrandName>(name: Name, input: ErrandInput<Name>): Promise<ErrandOutput<Name>> {
    return new Promise((resolve, reject) => {
      const refusal = (this.state.hasFailed ? this.state.refusal() : undefined) ?? this.#refusalOfEnded()
      if (refusal === undefined) this.#queue({ kind: 'errand', name, input }, resolve, reject)
      else reject(refusal)
    })
  }

  backlog(): { waiting: number; waitMs: number } {
    const first = this.#inFlight[0] ?? this.#waiting[0]
    const waitMs = first === undefined ? 0 : this.#clock.now() - first.queuedAt
    return { waiting: this.#inFlight.length + this.#waiting.length, waitMs }
  }

  /** Takes no more writes, for good: what was being written may be there or not. */
  fail(reason: string): void {
    this.state.noteFailed(reason)
    this.#rejectWaiting(unavailable(reason))
  }

  async close(): Promise<void> {
    this.state.stop()
    if (this.#ended !== undefined) return
    this.#closing = true
    const exited = once(this.#worker, 'exit')
    this.#worker.ref()
    if (!this.state.hasFailed) await this.#written()
    // After an I/O error the next start recovers from the log; folding it in now could write what is not known.
    if (this.state.hasFailed) await this.#worker.terminate()
    else this.#send({ kind: 'close' })
    await exited
  }

  /** Resolves when nothing waits to be written any more, or nothing can be. */
  #written(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWritten = resolve
      this.#sendNext()
      this.#tellWritten()
    })
  }

  #tellWritten(): void {
    if (this.#waiting.length === 0 && this.#inFlight.length === 0) this.#onWritten()
  }

  #refusalOfEnded(): Error | undefined {
    return this.#ended === undefined ? undefined : unavailable(this.#ended)
  }

  #refusalOfFull(): Error | undefined {
    return this.#waiting.length >= WAITING_MAX ? overloaded() : undefined
  }

  #queue(task: Waiting['task'], resolve: Waiting['resolve'], reject: Waiting['reject']): void {
    this.#waiting.push({ task, resolve, reject, queuedAt: this.#clock.now() })
    // Not at once: what comes in the same turn of the event loop goes along, and one commit and one message serve all.
    if (this.#waiting.length === 1) setImmediate(() => this.#sendNext())
    if (!this.#isLooking) this.#lookLater()
  }

  #lookLater(): void {
    this.#isLooking = this.#waiting.length > 0 || this.#inFlight.length > 0
    if (this.#isLooking) this.#clock.after(LOOK_EVERY_MS, () => this.#giveUpLate())
  }

  /** Answers whoever has waited too long: what was not begun is not stored, of what was begun nothing can be said. */
  #giveUpLate(): void {
    const latest = this.#clock.now() - WAIT_MS_MAX
    for (const { task, queuedAt, reject } of this.#inFlight) {
      if (task.kind === 'write' && queuedAt <= latest) reject(unavailable('the write takes too long'))
    }
    const late = this.#waiting.filter(({ task, queuedAt }) => task.kind === 'write' && queuedAt <= latest)
    if (late.length > 0) this.#waiting = this.#waiting.filter((waiting) => !late.includes(waiting))
    for (const { reject } of late) reject(overloaded())
    this.#lookLater()
  }

  #sendNext(): void {
    const [first] = this.#waiting
    if (this.#inFlight.length > 0 || first === undefined) return
    // A host process may not end while a caller still waits for a write.
    this.#worker.ref()
    if (first.task.kind === 'errand') {
      this.#inFlight = this.#waiting.splice(0, 1)
      this.#send(first.task)
      return
    }
    const errand = this.#waiting.findIndex(({ task }) => task.kind === 'errand')
    this.#inFlight = this.#waiting.splice(0, Math.min(errand === -1 ? BATCH_MAX : errand, this.#share()))
    const requests = this.#inFlight.flatMap(({ task }) => (task.kind === 'write' ? [task] : []))
    this.#send({ kind: 'batch', requests: requests.map(({ name, input }) => ({ name, input })) })
  }

  /**
   * Half of those who wait: while it is written the callers of the half before are answered and ask again. Callers who
   * all wait for one commit come back together, and then one of the two threads has always nothing to do.
   */
  #share(): number {
    return Math.min(BATCH_MAX, Math.max(BATCH_MIN, Math.ceil(this.#waiting.length / 2)))
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message)
  }

  #settle(results: readonly WriteResult[]): void {
    const settled = this.#inFlight
    this.#inFlight = []
    this.#noteFaults(results)
    // Whoever closes waits for the thread to end, so it holds the process until then.
    if (!this.#closing) this.#worker.unref()
    this.#sendNext()
    settled.forEach(({ task, resolve, reject }, i) => {
      const result = results[i] as WriteResult
      // A message does not keep the type of what was asked.
      if (result.kind === 'done') resolve(result.output as never)
      else if (result.kind === 'failed') reject(new Error(`${task.name} failed: ${result.reason}`))
      else reject(result.kind === 'full' ? storageFull() : unavailable(result.reason))
    })
    this.#tellWritten()
  }

  #noteFaults(results: readonly WriteResult[]): void {
    for (const result of results) {
      if (result.kind === 'broken') this.fail(result.reason)
      if (result.kind !== 'full') continue
      this.state.noteFull()
      this.#rejectWaiting(storageFull())
    }
  }

  #rejectWaiting(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    this.#tellWritten()
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    for (const { reject } of this.#inFlight.splice(0)) reject(unavailable(reason))
    this.#rejectWaiting(unavailable(reason))
    if (!this.#closing) this.state.noteFailed(reason)
  }
}

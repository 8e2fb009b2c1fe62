import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { refuse } from '../../domain/problem.js'
import { startThread } from '../threads.js'
import type { FromWriter, ToWriter, WriteResult, WriterSettings } from './writer-messages.js'
import type { WriteInput, WriteName, WriteOutput } from './writes/writes.js'

// One commit serves all that wait, so this bounds how long the last of them waits for the first.
const BATCH_MAX = 256

interface Waiting {
  name: WriteName
  input: unknown
  resolve: (output: never) => void
  reject: (error: Error) => void
}

/** The main thread's side of the writer thread: queues writes, sends what waits as one batch, and answers each. */
export class Writer {
  readonly #worker: Worker
  readonly #waiting: Waiting[] = []
  #inFlight: Waiting[] = []
  #ended: string | undefined
  #closing = false

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'results') this.#settle(message.results)
    })
    worker.on('error', (error) => this.#end(error.message))
    worker.on('messageerror', (error) => this.#end(error.message))
    worker.on('exit', () => this.#end('the writer thread has ended'))
  }

  /** Starts the thread and resolves once the database is open, migrated and seeded. */
  static async start(settings: WriterSettings): Promise<Writer> {
    const worker = startThread(new URL('./writer-thread.js', import.meta.url), settings)
    const [first] = (await once(worker, 'message')) as [FromWriter]
    if (first.kind === 'cannot-open') throw new Error(`The database cannot be opened: ${first.reason}`)
    const writer = new Writer(worker)
    worker.unref()
    return writer
  }

  /** Runs one write; resolves when it is on disk. */
  run<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteOutput<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(unavailable(this.#ended))
        return
      }
      this.#waiting.push({ name, input, resolve, reject })
      this.#sendNext()
    })
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    this.#closing = true
    const exited = once(this.#worker, 'exit')
    this.#worker.ref()
    this.#send({ kind: 'close' })
    await exited
  }

  #sendNext(): void {
    if (this.#inFlight.length > 0 || this.#waiting.length === 0) return
    this.#inFlight = this.#waiting.splice(0, BATCH_MAX)
    // A host process may not end while a caller still waits for a write.
    this.#worker.ref()
    this.#send({ kind: 'batch', requests: this.#inFlight.map(({ name, input }) => ({ name, input })) })
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message)
  }

  #settle(results: readonly WriteResult[]): void {
    const settled = this.#inFlight
    this.#inFlight = []
    // Whoever closes waits for the thread to end, so it holds the process until then.
    if (!this.#closing) this.#worker.unref()
    this.#sendNext()
    settled.forEach(({ name, resolve, reject }, i) => {
      const result = results[i] as WriteResult
      if (result.kind === 'done') resolve(result.output as never)
      else if (result.kind === 'unavailable') reject(unavailable(result.reason))
      else reject(new Error(`${name} failed: ${result.reason}`))
    })
  }

  #end(reason: string): void {
    this.#ended ??= reason
    for (const { reject } of [...this.#inFlight.splice(0), ...this.#waiting.splice(0)])
      reject(unavailable(reason))
  }
}

function unavailable(reason: string): Error {
  const detail =
    'The hub cannot say whether this was stored. Send the same request again, with the same key or sequence.'
  return Object.assign(refuse('STORE_UNAVAILABLE', detail), { cause: new Error(reason) })
}

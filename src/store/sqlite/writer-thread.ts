import { parentPort, workerData } from 'node:worker_threads'
import { migrate } from './migrate.js'
import { type Connection, openWriter, statement } from './open.js'
import type { FromWriter, ToWriter, WriteRequest, WriteResult, WriterSettings } from './writer-messages.js'
import { seedAuthorities } from './writes/authorities.js'
import { WRITES } from './writes/writes.js'

/** The one connection that writes. Each batch is one transaction and one fsync, however many waited. */
function start(settings: WriterSettings, send: (message: FromWriter) => void): Connection | undefined {
  try {
    const connection = openWriter(settings.file)
    migrate(connection)
    connection.transaction(seedAuthorities).immediate(connection, settings.authorities)
    send({ kind: 'ready' })
    return connection
  } catch (error) {
    send({ kind: 'cannot-open', reason: reasonOf(error) })
    return undefined
  }
}

function runBatch(connection: Connection, requests: readonly WriteRequest[]): WriteResult[] {
  try {
    return connection.transaction(() => requests.map((request) => runOne(connection, request))).immediate()
  } catch (error) {
    // Not one of them is known to be durable, whatever each answered.
    return requests.map(() => ({ kind: 'unavailable', reason: reasonOf(error) }))
  }
}

function runOne(connection: Connection, { name, input }: WriteRequest): WriteResult {
  statement(connection, 'savepoint one').run()
  try {
    const write = WRITES[name] as (connection: Connection, input: unknown) => unknown
    const output = write(connection, input)
    statement(connection, 'release one').run()
    return { kind: 'done', output }
  } catch (error) {
    // SQLite itself ends the whole transaction on a full disk or an I/O error.
    if (!connection.inTransaction) throw error
    statement(connection, 'rollback to one').run()
    statement(connection, 'release one').run()
    return { kind: isOfStore(error) ? 'unavailable' : 'failed', reason: reasonOf(error) }
  }
}

function isOfStore(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? ''
  return code.startsWith('SQLITE_') && !code.startsWith('SQLITE_CONSTRAINT')
}

/** What went wrong, for the log: never a value that was written. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code?.startsWith('SQLITE_') ? `${code}: ${message}` : (message ?? 'unknown')
}

if (parentPort !== null) {
  const port = parentPort
  const send = (message: FromWriter) => port.postMessage(message)
  const connection = start(workerData as WriterSettings, send)
  port.on('message', (message: ToWriter) => {
    if (connection === undefined) return
    if (message.kind === 'batch') {
      send({ kind: 'results', results: runBatch(connection, message.requests) })
    } else {
      connection.close()
      port.close()
    }
  })
  // A batch that cannot be read ends the thread, and with it every write that waits.
  port.on('messageerror', (error: Error) => {
    throw error
  })
  if (connection === undefined) port.close()
}

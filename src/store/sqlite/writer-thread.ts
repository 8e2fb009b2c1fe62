import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { systemMachineClock } from '../../clock.js'
import { Checkpoints } from './checkpoints.js'
import { ERRANDS, type ErrandName, type ErrandTools } from './errands.js'
import { migrate } from './migrate.js'
import { type Connection, openWriter, statement } from './open.js'
import { OwnFiles } from './own-files.js'
import { Snapshots } from './snapshots.js'
import { openingReasonOf, reasonOf, storeFaultOf } from './store-fault.js'
import type { FromWriter, ToWriter, WriteRequest, WriteResult, WriterSettings } from './writer-messages.js'
import { seedAuthorities } from './writes/authorities.js'
import { seedPeople } from './writes/people.js'
import { WRITES } from './writes/writes.js'

/** The one connection that writes. Each batch is one transaction and one fsync, however many waited. */
function start(settings: WriterSettings, send: (message: FromWriter) => void): Connection | undefined {
  try {
    const connection = openWriter(settings.file)
    migrate(connection)
    connection.transaction(seedAuthorities).immediate(connection, settings.authorities)
    connection.transaction(seedPeople).immediate(connection, settings.people)
    if (settings.pagesMax !== undefined) connection.pragma(`max_page_count = ${settings.pagesMax}`)
    send({ kind: 'ready' })
    return connection
  } catch (error) {
    send({ kind: 'cannot-open', reason: openingReasonOf(error) })
    return undefined
  }
}

function runBatch(connection: Connection, requests: readonly WriteRequest[]): WriteResult[] {
  try {
    return connection.transaction(() => requests.map((request) => runOne(connection, request))).immediate()
  } catch (error) {
    // Not one of them is known to be durable, whatever each answered.
    return requests.map(() => resultOf(error, 'unavailable'))
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
    const fault = storeFaultOf(error)
    // SQLite itself ends the whole transaction on a full disk or an I/O error, as a rule.
    if (!connection.inTransaction || fault === 'full' || fault === 'broken') throw error
    statement(connection, 'rollback to one').run()
    statement(connection, 'release one').run()
    return resultOf(error, 'failed')
  }
}

/** The results of a batch that is committed; unless that was into a file which the next start will not find. */
function promised(files: OwnFiles, results: WriteResult[]): WriteResult[] {
  const reason = findLoss(files)
  return reason === undefined ? results : results.map(() => ({ kind: 'broken', reason }))
}

function findLoss(files: OwnFiles): string | undefined {
  try {
    return files.findLoss()
  } catch (error) {
    return reasonOf(error)
  }
}

function runErrand(tools: ErrandTools, name: ErrandName, input: unknown): WriteResult {
  try {
    const errand = ERRANDS[name] as (tools: ErrandTools, input: unknown) => unknown
    return { kind: 'done', output: errand(tools, input) }
  } catch (error) {
    return resultOf(error, 'failed')
  }
}

function resultOf(error: unknown, otherwise: 'unavailable' | 'failed'): WriteResult {
  return { kind: storeFaultOf(error) ?? otherwise, reason: reasonOf(error) }
}

/** Answers the main thread's messages until it says close. */
function serveMain(
  port: NonNullable<typeof parentPort>,
  connection: Connection,
  { file, authorities, people }: WriterSettings,
  send: (message: FromWriter) => void,
) {
  const files = new OwnFiles(connection)
  const checkpoints = new Checkpoints(connection, systemMachineClock, (error) =>
    send({ kind: 'broken', reason: reasonOf(error) }),
  )
  const tools = { connection, checkpoints, snapshots: new Snapshots(dirname(file)), authorities, people }
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'batch') {
      send({ kind: 'results', results: promised(files, runBatch(connection, message.requests)) })
      checkpoints.afterBatch()
    } else if (message.kind === 'errand') {
      const result = runErrand(tools, message.name, message.input)
      send({ kind: 'results', results: promised(files, [result]) })
    } else {
      checkpoints.stop()
      connection.close()
      port.close()
    }
  })
}

if (parentPort !== null) {
  const port = parentPort
  const send = (message: FromWriter) => port.postMessage(message)
  const settings = workerData as WriterSettings
  const connection = start(settings, send)
  // A batch that cannot be read ends the thread, and with it every write that waits.
  port.on('messageerror', (error: Error) => {
    throw error
  })
  if (connection === undefined) port.close()
  else serveMain(port, connection, settings, send)
}

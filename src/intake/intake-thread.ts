import { parentPort, workerData } from 'node:worker_threads'
import { pause } from '../pause.js'
import { openIndexReader } from '../store/sqlite/index-reader.js'
import { checkSubmission } from './check-submission.js'
import { giveMemoryBack } from './give-memory-back.js'
import type { IntakeJob } from './intake-job.js'

/** Checks datasets off the event loop, one after the other, on a connection that cannot write. */
if (parentPort !== null) {
  const port = parentPort
  const reader = openIndexReader((workerData as { file: string }).file)
  // A job that cannot be read ends the thread, which answers whoever waits; the next job starts another.
  port.on('messageerror', (error: Error) => {
    throw error
  })
  port.on('message', (job: IntakeJob | 'close') => {
    if (job === 'close') {
      reader.close()
      port.close()
    } else {
      const result = checkSubmission(reader, job)
      pause('D2 dataset checked')
      port.postMessage(result)
      // What a bomb was inflated to is garbage now, and the next would stand beside it.
      if (result.kind === 'refused' && result.code === 'DATASET_TOO_LARGE') giveMemoryBack()
    }
  })
}

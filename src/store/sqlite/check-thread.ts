import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from './open.js'
import { reasonOf } from './store-fault.js'

function quickCheck(file: string): string {
  try {
    const reader = openReader(file)
    const [first] = reader.pragma('quick_check(1)') as { quick_check: string }[]
    reader.close()
    return first?.quick_check ?? 'no answer'
  } catch (error) {
    return reasonOf(error)
  }
}

if (parentPort !== null) parentPort.postMessage(quickCheck((workerData as { file: string }).file))

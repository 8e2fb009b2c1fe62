import { setEnvironmentData } from 'node:worker_threads'
import type { PausePoint } from '../../src/pause.js'

// Makes a backup and ends, as in a crash, before the copy has been checked.

const [directory = '', file = ''] = process.argv.slice(2)
const point: PausePoint = 'B1 backup copied'
// Before the code is loaded: it looks once.
setEnvironmentData('cpis-hub pause', { point, passes: 0 })
const { backUp } = await import('../../src/store/sqlite/backup.js')
backUp(directory, file)

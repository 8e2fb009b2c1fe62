import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'

// Makes a new data directory as a start does, and closes it: what a hub writes before it can be asked anything.

try {
  const { store } = await openSqliteStore(process.argv[2] as string, referenceAuthorities('live'))
  await store.close()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { aPlan, aQuestion, HAL, putOnIndex } from '../helpers/stores.js'

const DAMAGED = '{"familyName":"Ashdown'
const CONSTANT = 'a stored value is not what the hub wrote'

t.test('a stored value that is damaged counts as a damaged page, and nothing of it is told', async (t) => {
  const directory = t.testdir()
  const { store } = await openSqliteStore(directory, referenceAuthorities('live'))
  t.teardown(() => store.close())
  await putOnIndex(store, [aPlan({ givenNames: ['Robin'] })])
  const other = new Database(join(directory, 'hub.db'))
  other.prepare('update plans set given_names = ?').run(DAMAGED)
  other.close()
  const reasons: string[] = []
  store.onFailure((reason) => reasons.push(reason))

  const read = store.listPlans(HAL, { limit: 10 } as never)
  await t.rejects(read, { code: 'SQLITE_CORRUPT', message: CONSTANT })
  t.same(reasons, [`SQLITE_CORRUPT: ${CONSTANT}`])
  const { now } = aQuestion('')
  const lease = { authorityCode: HAL, leaseId: 'l1', now, leasedUntil: now, max: 10 }
  await t.rejects(store.leaseNotifications(lease), { code: 'STORE_UNAVAILABLE' })
})

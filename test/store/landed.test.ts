import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import t from 'tap'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.js'
import { openHub } from '../helpers/hub.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  ROBIN,
  SASHA,
  submit,
  WARRINGTON,
} from '../helpers/seed.js'

const LANDED = join(dirname(fileURLToPath(import.meta.url)), '../../../test/store/landed')
const dumps = readdirSync(LANDED).sort()
const ID = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`

t.test('there is a database of every schema that has landed', async (t) => {
  t.same(
    dumps,
    MIGRATIONS.map((_, i) => `${String(i + 1).padStart(4, '0')}.sql`),
  )
})

for (const dump of dumps) {
  t.test(`a database of ${dump} opens with today’s code and answers what it answered`, async (t) => {
    const dataDir = t.testdir()
    const before = new Database(join(dataDir, 'hub.db'))
    before.exec(readFileSync(join(LANDED, dump), 'utf8'))
    before.close()
    const { hub } = await openHub(t, { dataDir, newId: () => `new-${Math.random()}` })
    const get = async (url: string) => (await hub.app.inject(url)).json()

    const found = (await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'k1' })).json()
    t.match(found.access, { id: ID(8), repeat: false, notified: [HALTON, WARRINGTON] }, 'its key is known')
    t.same(found.accesses.length, 1)
    t.same(
      found.plans.map((plan: { authority: { code: string }; planType: string }) => [
        plan.authority.code,
        plan.planType,
      ]),
      [
        [HALTON, 'CPP'],
        [WARRINGTON, 'CPP'],
      ],
    )
    t.match((await lookUp(hub, SASHA, { careSetting: 'scheduled' })).json().plans, [{ planType: 'LAC' }])
    const { items } = await get(`/v1/authorities/${HALTON}/notifications`)
    t.match(items, [
      { id: `${ID(8)}.${HALTON}`, kind: 'access', state: 'acknowledged', attempt: 1 },
      { kind: 'attendance', state: 'queued', attempt: 0 },
    ])
    t.match((await lease(hub, HALTON)).json().notifications, [
      { nhsNumber: ROBIN, attempt: 1, attendance: { id: ID(10) }, plans: [{ endDate: '2033-02-03' }] },
    ])
    const receipts = await get(`/v1/authorities/${HALTON}/datasets`)
    t.match(receipts.items, [
      { id: ID(6), sequence: 2, outcome: 'returned' },
      { id: ID(2), sequence: 1, outcome: 'accepted' },
    ])
    t.match(await get(`/v1/authorities/${HALTON}/datasets/${ID(6)}`), { findings: [{ severity: 'error' }] })
    const next = await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: ROBIN })]))
    t.match(next.json(), { outcome: 'accepted', recordCount: 1 }, 'and goes on from there')
  })
}

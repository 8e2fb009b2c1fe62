import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createHub, fixedClock } from '../../src/index.js'
import { backUp } from '../../src/store/sqlite/backup.js'
import { get } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import { aFolder, ask, serve } from '../helpers/process.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lookUp,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const SOMEBODY = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id: 'another' } }

/** A hub that has promised a dataset and a lookup, and a copy of its database from in between. */
async function aPromisingHub(t: Test) {
  const folder = aFolder(t)
  const dataDir = join(folder, 'data')
  const copy = join(folder, 'copy.db')
  const { hub } = await openHub(t, { dataDir })
  await submit(hub, HALTON, aDataset(1, [aRecord({ nhsNumber: ROBIN })]))
  backUp(dataDir, copy)
  const promised = (await lookUp(hub, ROBIN)).json().access.id as string
  const failure = new Promise<string>((resolve) => hub.onFailure(resolve))
  return { hub, dataDir, copy, promised, failure, file: join(dataDir, 'hub.db') }
}

/** Nothing is promised any more, and everybody is told so. */
async function refusesEverything(t: Test, { hub, failure }: Awaited<ReturnType<typeof aPromisingHub>>) {
  const again = { requester: SOMEBODY }
  t.equal((await lookUp(hub, ROBIN, again)).json().code, 'STORE_UNAVAILABLE', 'not even the first time')
  t.equal((await lookUp(hub, NOBODY)).json().code, 'STORE_UNAVAILABLE')
  t.equal((await submit(hub, HALTON, aDataset(2, [aRecord()]))).statusCode, 503)
  t.equal((await hub.app.inject('/health/ready')).statusCode, 503)
  t.equal((await hub.app.inject('/health/live')).statusCode, 200)
  const reason = await failure
  await hub.close()
  return reason
}

const notificationsIn = async (dataDir: string) => {
  const hub = await createHub({ dataDir, clock: fixedClock(NOW) })
  const { items } = await get(hub, `/v1/authorities/${HALTON}/notifications`)
  const plans = await get(hub, `/v1/authorities/${HALTON}/plans`)
  await hub.close()
  return { ids: items.map(({ id }: { id: string }) => id), plans: plans.items.length }
}

t.test('a hub whose database is removed promises nothing more, and none starts in its place', async (t) => {
  const world = await aPromisingHub(t)
  rmSync(world.file)
  t.match(await refusesEverything(t, world), /hub\.db was removed or replaced under the running hub/)
  await t.rejects(createHub({ dataDir: world.dataDir }), {
    message: /hub\.db-wal, and no hub\.db.*restore a backup/,
  })
  t.notOk(existsSync(world.file), 'and nothing was made by trying')
})

t.test(
  'a hub whose database is replaced promises nothing more, and its log does not spoil the other',
  async (t) => {
    const world = await aPromisingHub(t)
    renameSync(world.copy, world.file)
    t.match(await refusesEverything(t, world), /hub\.db was removed or replaced/)
    t.same(await notificationsIn(world.dataDir), { ids: [], plans: 1 }, 'what the file in place holds')
    t.match(readdirSync(world.dataDir).join(), /hub\.db-wal\.of-file-\d+/, 'the log is set aside')
  },
)

t.test('a hub whose log is removed promises nothing more, and saves what it promised', async (t) => {
  const world = await aPromisingHub(t)
  rmSync(`${world.file}-wal`)
  t.match(await refusesEverything(t, world), /hub\.db-wal was removed or replaced/)
  const { ids, plans } = await notificationsIn(world.dataDir)
  t.ok(ids.includes(`${world.promised}.${HALTON}`), 'what was promised is there')
  t.equal(plans, 1)
})

t.test(
  'a hub whose lock is removed promises nothing more, since another may have started beside it',
  async (t) => {
    const world = await aPromisingHub(t)
    rmSync(join(world.dataDir, 'hub.lock'))
    const second = await createHub({ dataDir: world.dataDir, clock: fixedClock(NOW) })
    const requester = SOMEBODY
    t.equal((await lookUp(second, ROBIN, { requester })).statusCode, 200, 'the new one has the lock')
    t.match(await refusesEverything(t, world), /hub\.lock was removed or replaced/)
    t.equal((await lookUp(second, SASHA, { requester })).statusCode, 200, 'and goes on')
    await second.close()
    const { ids, plans } = await notificationsIn(world.dataDir)
    t.ok(ids.includes(`${world.promised}.${HALTON}`), 'what the first promised is there')
    t.equal(plans, 1)
  },
)

t.test('a hub whose directory is moved away promises nothing more; moved back, all is there', async (t) => {
  const world = await aPromisingHub(t)
  renameSync(world.dataDir, `${world.dataDir}-elsewhere`)
  t.match(await refusesEverything(t, world), /hub\.db was removed or replaced/)
  renameSync(`${world.dataDir}-elsewhere`, world.dataDir)
  t.ok((await notificationsIn(world.dataDir)).ids.includes(`${world.promised}.${HALTON}`))
})

t.test('serve ends with 1 and one line when its database is removed; readiness alone notices', async (t) => {
  const dataDir = aFolder(t)
  const hub = await serve(t, { DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
  const dataset = aDataset(1, [aRecord({ nhsNumber: SASHA })])
  t.equal((await ask(hub.url, `/v1/authorities/${HALTON}/datasets`, { body: dataset })).status, 201)
  rmSync(join(dataDir, 'hub.db'))
  t.equal((await ask(hub.url, '/health/ready')).status, 503)
  const { code, stderr } = await hub.ended
  t.equal(code, 1)
  t.match(stderr, /^cpis-hub: the storage has failed \(hub\.db was removed or replaced[^\n]+\n$/)
})

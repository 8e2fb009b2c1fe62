import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createHub, fixedClock } from '../../src/index.js'
import type { PausePoint } from '../../src/pause.js'
import { type Answer, aFolder, ask, start } from '../helpers/process.js'
import {
  aDataset,
  aRecord,
  HALTON,
  ROBIN,
  SASHA,
  submit,
  syntheticNumber,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'
import type { StoppingHub } from './stopping-hub.js'

// Most of a test is waiting for processes to start.
t.jobs = 3

const SCRIPT = fileURLToPath(new URL('./stopping-hub.js', import.meta.url))
const AT = '2026-11-24T09:30:00.000Z'
const LATER = '2026-11-24T11:30:00.000Z'
const DATASETS = `/v1/authorities/${HALTON}/datasets`
const NOTIFICATIONS = `/v1/authorities/${HALTON}/notifications`

/** Starts a hub that stops at a point, or one that does not; answers how to ask it. */
async function startHub(t: Test, wish: StoppingHub) {
  const running = start(t, process.execPath, [SCRIPT, JSON.stringify(wish)], { env: {} })
  const [, url = ''] = await running.says(/listens on (\S+)/)
  const send = (path: string, body?: unknown, headers?: Record<string, string>) =>
    ask(url, path, { ...(body !== undefined && { body }), ...(headers && { headers }) })
  return { running, url, send }
}

type Send = Awaited<ReturnType<typeof startHub>>['send']

const FIRST = aDataset(1, [aRecord({ nhsNumber: ROBIN }), aRecord({ nhsNumber: SASHA })])
const SECOND = aDataset(2, [aRecord({ nhsNumber: ROBIN, localId: 'moved' })])

/** Fills a directory: two authorities hold Robin. */
async function makeWorld(): Promise<string> {
  const dataDir = aFolder(t)
  const hub = await createHub({ dataDir, clock: fixedClock(AT) })
  await submit(hub, HALTON, FIRST)
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: ROBIN })]))
  await hub.close()
  return dataDir
}
const world = await makeWorld()

/** A copy of it for one test. */
function aWorld(t: Test): string {
  const dataDir = aFolder(t)
  cpSync(world, dataDir, { recursive: true })
  return dataDir
}

/** Lets a hub run until it stops at the point, under what `work` sends; then starts it again. */
async function cutAt<T>(
  t: Test,
  point: PausePoint,
  work: (send: Send) => Promise<T>,
  { passes = 0, at = AT, dataDir }: { passes?: number; at?: string; dataDir?: string } = {},
) {
  const directory = dataDir ?? aWorld(t)
  const cut = await startHub(t, { dataDir: directory, at: AT, point, passes })
  const told = await work(cut.send)
  t.same((await cut.running.ended).signal, 'SIGKILL', 'it was cut off there')
  return { told, ...(await startHub(t, { dataDir: directory, at })) }
}

const lookUp = (userId = 'u1', nhsNumber = ROBIN) => ({
  nhsNumber,
  requester: { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id: userId } },
})
const gone = (answer: Promise<Answer>) => answer.then(({ status }) => status).catch(() => 'no answer')

/** Every event that is stored, by the authorities that were told of it. */
async function tellings(send: Send): Promise<Map<string, string[]>> {
  const told = new Map<string, string[]>()
  for (const code of [HALTON, WARRINGTON]) {
    const { body } = await send(`/v1/authorities/${code}/notifications?limit=500`)
    for (const { id } of body.items) {
      const event = id.slice(0, id.lastIndexOf('.'))
      told.set(event, [...(told.get(event) ?? []), code])
    }
  }
  return told
}

const accessesOf = async (send: Send) =>
  (await send('/v1/lookups', { ...lookUp(), careSetting: 'scheduled' })).body.accesses as { id: string }[]

t.test('W1: a lookup that was received and not begun leaves nothing', async (t) => {
  const { told, send } = await cutAt(t, 'W1 lookup received', (send) => gone(send('/v1/lookups', lookUp())))
  t.equal(told, 'no answer')
  t.same(await accessesOf(send), [])
  t.equal((await tellings(send)).size, 0)
  t.equal((await send('/v1/lookups', lookUp())).body.access.repeat, false, 'and can be made again')
})

t.test('W2: of a group of lookups each is there whole, or not at all', async (t) => {
  const work = (send: Send) =>
    Promise.all(Array.from({ length: 50 }, (_, n) => gone(send('/v1/lookups', lookUp(`u${n}`)))))
  const { told, send } = await cutAt(t, 'W2 event half written', work, { passes: 24 })
  const promised = told.filter((status) => status === 200).length
  const events = await tellings(send)
  for (const [event, codes] of events) t.same(codes, [HALTON, WARRINGTON], event)
  t.ok(events.size >= promised && events.size <= 24, `${promised} promised, ${events.size} there`)
  const kept = new Set((await accessesOf(send)).map(({ id }) => id))
  t.same(
    [...kept].filter((id) => !events.has(id)),
    [],
    'no event without its notifications',
  )
})

t.test('W4: a lookup that is durable and was not answered is there once, also after a retry', async (t) => {
  const key = { 'idempotency-key': 'w4' }
  const { told, send } = await cutAt(t, 'W4 lookup durable', (send) =>
    gone(send('/v1/lookups', lookUp(), key)),
  )
  t.equal(told, 'no answer')
  const [access] = await accessesOf(send)
  const again = await send('/v1/lookups', lookUp(), key)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(again.body.access.id, access?.id)
  const samePerson = await send('/v1/lookups', lookUp())
  t.match(samePerson.body.access, { id: access?.id, repeat: true }, 'the same person without a key adds none')
  t.same([...(await tellings(send))], [[access?.id, [HALTON, WARRINGTON]]])
})

t.test('W5: a lookup that was answered is there', async (t) => {
  const { told, send } = await cutAt(t, 'W5 answered', (send) => send('/v1/lookups', lookUp()))
  t.equal(told.status, 200)
  t.same([...(await tellings(send))], [[told.body.access.id, [HALTON, WARRINGTON]]])
})

const visible = async (send: Send) =>
  (await send(`/v1/authorities/${HALTON}/plans?visible=true`)).body.items
    .map(({ nhsNumber, localId }: { nhsNumber: string; localId: string | null }) => [nhsNumber, localId])
    .sort()
const OLD = [
  [ROBIN, null],
  [SASHA, null],
]
const NEW = [[ROBIN, 'moved']]

for (const point of [
  'D1 dataset received',
  'D2 dataset checked',
  'D3 dataset handed over',
  'D4 plans half written',
] as const) {
  t.test(`${point}: yesterday’s stays in force and the sequence is free`, async (t) => {
    const { told, send } = await cutAt(t, point, (send) => gone(send(DATASETS, SECOND)))
    t.equal(told, 'no answer')
    t.same(await visible(send), OLD)
    t.equal((await send(DATASETS)).body.items.length, 1)
    t.equal((await send(DATASETS, SECOND)).status, 201)
    t.same(await visible(send), NEW)
  })
}

t.test('D5: a dataset that is durable and was not answered gets its first receipt', async (t) => {
  const { told, send } = await cutAt(t, 'D5 dataset durable', (send) => gone(send(DATASETS, SECOND)))
  t.equal(told, 'no answer')
  t.same(await visible(send), NEW)
  const { id } = (await send(DATASETS)).body.items[0]
  const again = await send(DATASETS, SECOND)
  t.same([again.status, again.body.id], [200, id])
})

t.test('D6: of two datasets of one authority at once, cut off, the index is one of them', async (t) => {
  const third = aDataset(3, [aRecord({ nhsNumber: syntheticNumber(40) })])
  const work = (send: Send) => Promise.all([SECOND, third].map((dataset) => gone(send(DATASETS, dataset))))
  const { told, send } = await cutAt(t, 'D4 plans half written', work, { passes: 1 })
  t.same(
    told.filter((status) => status === 201).length,
    (await send(DATASETS)).body.items.length - 1,
    'what was promised is there',
  )
  const [newest] = (await send(DATASETS)).body.items
  t.same(await visible(send), newest.sequence === 2 ? NEW : [[syntheticNumber(40), null]])
  for (const dataset of [SECOND, third])
    t.ok([200, 201, 409].includes((await send(DATASETS, dataset)).status), 'and each retry is told the truth')
})

t.test('D7: the sequence rules hold across a cut', async (t) => {
  const { send } = await cutAt(t, 'D5 dataset durable', (send) => gone(send(DATASETS, SECOND)))
  t.equal((await send(DATASETS, FIRST)).status, 200, 'below, the same again')
  const below = { ...SECOND, sequence: 1 }
  t.equal((await send(DATASETS, below)).body.code, 'OUT_OF_SEQUENCE', 'below, other content')
  t.equal((await send(DATASETS, { ...FIRST, sequence: 2 })).body.code, 'OUT_OF_SEQUENCE', 'other content')
  const gap = await send(DATASETS, { ...SECOND, sequence: 9 })
  t.equal(gap.status, 201)
  t.match(gap.body.findings, [{ code: 'SEQUENCE_GAP', severity: 'warning' }])
})

t.test('L1: what was leased for nobody comes back when the lease ends', async (t) => {
  const work = async (send: Send) => {
    await send('/v1/lookups', lookUp())
    return gone(send(`${NOTIFICATIONS}/lease`, { leaseSeconds: 3600 }))
  }
  const dataDir = aWorld(t)
  const { told, send, running } = await cutAt(t, 'L1 lease durable', work, { dataDir })
  t.equal(told, 'no answer')
  t.same((await send(`${NOTIFICATIONS}/lease`, {})).body.notifications, [], 'not before')
  running.kill('SIGTERM')
  await running.ended
  const later = await startHub(t, { dataDir, at: LATER })
  t.match((await later.send(`${NOTIFICATIONS}/lease`, {})).body.notifications, [{ attempt: 2 }])
})

t.test('L2: what a consumer leased and never acknowledged comes back, across a cut', async (t) => {
  const work = async (send: Send) => {
    await send('/v1/lookups', lookUp())
    return send(`${NOTIFICATIONS}/lease`, { leaseSeconds: 3600 })
  }
  const { told, send } = await cutAt(t, 'W5 answered', work, { passes: 1, at: LATER })
  const [{ id }] = told.body.notifications
  t.match((await send(`${NOTIFICATIONS}/lease`, {})).body.notifications, [{ id, attempt: 2 }])
})

t.test('L3: an acknowledgement that is durable and was not answered is known', async (t) => {
  const work = async (send: Send) => {
    await send('/v1/lookups', lookUp())
    const [{ id }] = (await send(`${NOTIFICATIONS}/lease`, {})).body.notifications
    return { id, answer: await gone(send(`${NOTIFICATIONS}/acknowledge`, { ids: [id] })) }
  }
  const { told, send } = await cutAt(t, 'L3 acknowledgement durable', work, { at: LATER })
  t.equal(told.answer, 'no answer')
  const again = await send(`${NOTIFICATIONS}/acknowledge`, { ids: [told.id] })
  t.same(again.body, { acknowledged: [], alreadyAcknowledged: [told.id], unknown: [] })
  t.same((await send(`${NOTIFICATIONS}/lease`, {})).body.notifications, [])
})

t.test('T1: a hub that is killed while it stops has kept what it promised', async (t) => {
  const dataDir = aWorld(t)
  const stopping = await startHub(t, { dataDir, at: AT, point: 'T1 stopping' })
  const { body } = await stopping.send('/v1/lookups', lookUp())
  stopping.running.kill('SIGTERM')
  t.same((await stopping.running.ended).signal, 'SIGKILL')
  const { send } = await startHub(t, { dataDir, at: AT })
  t.same([...(await tellings(send))], [[body.access.id, [HALTON, WARRINGTON]]])
})

t.test('M1: a hub that is killed inside its first migration migrates at the next start', async (t) => {
  const dataDir = join(aFolder(t), 'new')
  await t.rejects(startHub(t, { dataDir, at: AT, point: 'M1 inside a migration' }), /ended without saying/)
  const { send } = await startHub(t, { dataDir, at: AT })
  t.equal((await send(DATASETS, FIRST)).status, 201)
})

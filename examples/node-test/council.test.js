import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createHub, fixedClock } from 'cpis-hub'
import { Council } from './council.js'

const HALTON = 'E06000006'
const OF_HALTON = '/v1/authorities/{authorityCode}'
const LAST_NIGHT = '2026-11-24T02:00:00Z'

const robin = { nhsNumber: '9990000018', planType: 'CPP', startDate: '2026-03-02', localId: 'HAL-10231' }
const alex = { nhsNumber: '9990000026', planType: 'LAC', startDate: '2025-09-15', localId: 'HAL-10232' }

/** A hub of its own for each test, and Halton's system beside it, which does not wait but notes how long it would. */
async function open(t) {
  const hub = await createHub({ clock: fixedClock('2026-11-24T09:30:00Z') })
  t.after(() => hub.close())
  const folder = await mkdtemp(join(tmpdir(), 'council-'))
  t.after(() => rm(folder, { recursive: true }))
  const waits = []
  const settings = {
    hubUrl: await hub.listen(),
    authorityCode: HALTON,
    folder,
    wait: async (s) => waits.push(s),
  }

  const ask = async (method, url, payload) => {
    const reply = await hub.app.inject({ method, url, ...(payload && { payload }) })
    assert.ok(reply.statusCode < 400, `${method} ${url}: ${reply.body}`)
    return reply.json()
  }
  return {
    council: new Council(settings),
    /** The same system after a new start: it knows what is in its folder, and nothing else. */
    startAgain: () => new Council(settings),
    folder,
    waits,
    receipts: async () => (await ask('GET', `/v1/authorities/${HALTON}/datasets`)).items,
    notifications: async () => (await ask('GET', `/v1/authorities/${HALTON}/notifications`)).items,
    isSeen: (nhsNumber) => ask('POST', '/v1/lookups', { nhsNumber, requester: NURSE }),
    fault: (route, times, what) => ask('POST', '/tester/faults', { match: { route }, times, do: what }),
    advance: (duration) => hub.clock.set({ advance: duration }),
  }
}

const NURSE = {
  organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
  user: { id: '555500000001', name: 'Jo Bright', roleName: 'Nurse' },
}

test('each accepted dataset uses a sequence up, also across a new start', async (t) => {
  const { council, startAgain, receipts } = await open(t)
  assert.equal((await council.send([robin], LAST_NIGHT)).outcome, 'accepted')
  await startAgain().send([robin, alex], LAST_NIGHT)
  assert.deepEqual(
    (await receipts()).map(({ sequence, changes }) => [sequence, changes.added]),
    [
      [2, 1],
      [1, 1],
    ],
  )
})

test('a returned dataset is corrected and sent again with the same sequence', async (t) => {
  const { council, receipts } = await open(t)
  const returned = await council.send([robin, { ...alex, nhsNumber: '9990000027' }], LAST_NIGHT)
  assert.equal(returned.outcome, 'returned')
  const [{ localId, code }] = returned.findings
  assert.deepEqual([localId, code], ['HAL-10232', 'NHS_NUMBER_CHECK_DIGIT'])
  assert.equal((await council.send([robin, alex], LAST_NIGHT)).outcome, 'accepted')
  assert.deepEqual(
    (await receipts()).map(({ sequence, outcome }) => [sequence, outcome]),
    [
      [1, 'accepted'],
      [1, 'returned'],
    ],
  )
})

test('a hub that is busy is asked again after as long as it says', async (t) => {
  const { council, fault, waits, receipts } = await open(t)
  await fault(`${OF_HALTON}/datasets`, 2, { status: 503, retryAfterSeconds: 7 })
  assert.equal((await council.send([robin], LAST_NIGHT)).outcome, 'accepted')
  assert.deepEqual(waits, [7, 7])
  assert.equal((await receipts()).length, 1)
})

test('a lost reply costs no second sequence: the same dataset brings the first receipt', async (t) => {
  const { council, fault, receipts } = await open(t)
  await fault(`${OF_HALTON}/datasets`, 1, { drop: 'after' })
  const receipt = await council.send([robin], LAST_NIGHT)
  assert.deepEqual(
    (await receipts()).map(({ id, sequence }) => [id, sequence]),
    [[receipt.id, 1]],
  )
})

test('a system that was stopped before the answer came sends the same dataset first', async (t) => {
  const { council, startAgain, fault, receipts } = await open(t)
  await fault(`${OF_HALTON}/datasets`, 5, { drop: 'after' })
  await assert.rejects(council.send([robin], LAST_NIGHT), /no answer/)
  await startAgain().send([robin, alex], '2026-11-25T02:00:00Z')
  assert.deepEqual(
    (await receipts()).map(({ sequence, recordCount }) => [sequence, recordCount]),
    [
      [2, 2],
      [1, 1],
    ],
  )
})

test('what could not be kept is not acknowledged, and comes again', async (t) => {
  const { council, folder, isSeen, notifications, advance } = await open(t)
  await council.send([robin], LAST_NIGHT)
  await isSeen(robin.nhsNumber)
  const [{ id }] = await notifications()
  // Something stands in the way of the file, as a full disk would.
  const inTheWay = join(folder, `task-${id}.json.part`)
  await mkdir(inTheWay)
  await assert.rejects(council.collect(), { code: 'EISDIR' })
  assert.equal((await notifications())[0].state, 'leased')

  await rm(inTheWay, { recursive: true })
  await advance('PT61S')
  await council.collect()
  const [{ notification }] = await council.tasks()
  assert.deepEqual([notification.id, notification.attempt, notification.nhsNumber], [id, 2, robin.nhsNumber])
  assert.equal((await notifications())[0].state, 'acknowledged')
})

test('one that is handed out twice is one task', async (t) => {
  const { council, fault, isSeen } = await open(t)
  await council.send([robin], LAST_NIGHT)
  await isSeen(robin.nhsNumber)
  await fault(`${OF_HALTON}/notifications/lease`, 1, { deliverTwice: true })
  assert.equal(await council.collect(), 2)
  assert.equal((await council.tasks()).length, 1)
})

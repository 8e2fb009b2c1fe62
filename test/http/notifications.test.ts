import { setImmediate } from 'node:timers/promises'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import type { Hub } from '../../src/index.js'
import { get, putAuthority, stateOf } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  attend,
  HALTON,
  lease,
  lookUp,
  ROBIN,
  release,
  submit,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'
import { steppedClock } from '../helpers/stepped-clock.js'

const urlOf = (code: string, query = '') => `/v1/authorities/${code}/notifications${query}`
const idsOf = (notifications: { id: string }[]) => notifications.map(({ id }) => id)

/** Looks the child up as so many users, one second after the other, and answers the notifications' ids. */
async function queue(hub: Hub, count: number, first = 0): Promise<string[]> {
  const ids = []
  for (let i = first; i < first + count; i += 1) {
    const user = { ...WHISTON_NURSE.user, id: `user-${i}` }
    const { access } = (await lookUp(hub, ROBIN, { requester: { ...WHISTON_NURSE, user } })).json()
    ids.push(`${access.id}.${HALTON}`)
  }
  return ids
}

async function openQueue(t: Parameters<typeof openHub>[0], count: number) {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  return { hub, clock, ids: await queue(hub, count) }
}

t.test(
  'a queue can be looked at without taking anything: by state, page by page, with no NHS number',
  async (t) => {
    const { hub, ids } = await openQueue(t, 5)
    const leased = (await lease(hub, HALTON, { max: 3, leaseSeconds: 120 })).json()
    await acknowledge(hub, HALTON, ids.slice(0, 1))
    const summary = (i: number, state: string, attempt: number, more: object = {}) => ({
      id: ids[i],
      kind: 'access',
      state,
      createdAt: NOW,
      attempt,
      attention: false,
      ...more,
    })
    const { leasedUntil } = leased
    const all = [
      summary(0, 'acknowledged', 1),
      summary(1, 'leased', 1, { leasedUntil }),
      summary(2, 'leased', 1, { leasedUntil }),
      summary(3, 'queued', 0),
      summary(4, 'queued', 0),
    ]
    t.strictSame(await get(hub, urlOf(HALTON)), { items: all, next: null })
    t.strictSame(await get(hub, urlOf(HALTON)), { items: all, next: null }, 'looking takes nothing')
    for (const state of ['queued', 'leased', 'acknowledged'])
      t.strictSame(
        (await get(hub, urlOf(HALTON, `?state=${state}`))).items,
        all.filter((each) => each.state === state),
      )
    const first = await get(hub, urlOf(HALTON, '?limit=2'))
    const second = await get(hub, urlOf(HALTON, `?limit=2&after=${first.next}`))
    const third = await get(hub, urlOf(HALTON, `?limit=2&after=${second.next}`))
    t.strictSame([...first.items, ...second.items, ...third.items], all)
    t.strictSame([first.items.length, second.items.length, third.next], [2, 2, null])
    const filtered = await get(hub, urlOf(HALTON, '?limit=1&state=queued'))
    const rest = await get(hub, urlOf(HALTON, `?limit=1&state=queued&after=${filtered.next}`))
    t.strictSame([...filtered.items, ...rest.items, rest.next], [all[3], all[4], null])
    t.strictSame(await get(hub, urlOf(WARRINGTON)), { items: [], next: null })
    const strange = await hub.app.inject({ url: urlOf(HALTON, '?state=lost') })
    t.match([strange.statusCode, strange.json()], [400, { errors: [{ pointer: '/state' }] }])
  },
)

t.test('a lease takes the oldest first, up to max; without a body 100 for 60 seconds', async (t) => {
  const { hub, clock, ids } = await openQueue(t, 101)
  clock.set('2026-11-24T09:40:00.000Z')
  const visit = (await attend(hub, ROBIN)).json().id
  const first = (await lease(hub, HALTON)).json()
  t.match(first.leaseId, /^[0-9a-f-]{36}$/)
  t.equal(first.leasedUntil, '2026-11-24T09:41:00.000Z')
  t.strictSame(idsOf(first.notifications), ids.slice(0, 100))
  const second = (await lease(hub, HALTON, { max: 1, leaseSeconds: 3600 })).json()
  t.strictSame(
    [second.leasedUntil, idsOf(second.notifications)],
    ['2026-11-24T10:40:00.000Z', ids.slice(100)],
  )
  t.not(second.leaseId, first.leaseId)
  const third = (await lease(hub, HALTON, {})).json()
  t.match(third.notifications, [{ id: `${visit}.${HALTON}`, kind: 'attendance' }])
  t.strictSame((await lease(hub, HALTON)).json(), { leaseId: null, leasedUntil: null, notifications: [] })
  t.strictSame((await lease(hub, WARRINGTON)).json(), { leaseId: null, leasedUntil: null, notifications: [] })
  const bounds = [{ max: 0 }, { max: 501 }, { leaseSeconds: 0 }, { leaseSeconds: 3601 }, { waitSeconds: -1 }]
  for (const wish of [...bounds, { waitSeconds: 21 }, { max: '1' }, { max: 1.5 }, { size: 1 }]) {
    const reply = await lease(hub, HALTON, wish)
    t.match(
      [reply.statusCode, reply.json()],
      [400, { code: 'SCHEMA_VIOLATION', errors: [{ pointer: `/${Object.keys(wish)[0]}` }] }],
    )
  }
  t.equal((await lease(hub, HALTON, { max: 500, leaseSeconds: 1, waitSeconds: 0 })).statusCode, 200)
})

t.test('a lease that ran out comes back with a higher attempt, and can still be acknowledged', async (t) => {
  const { hub, clock, ids } = await openQueue(t, 2)
  const first = (await lease(hub, HALTON, { max: 1 })).json()
  clock.set('2026-11-24T09:30:59.999Z')
  t.strictSame(idsOf((await lease(hub, HALTON, { leaseSeconds: 3600 })).json().notifications), ids.slice(1))
  t.strictSame((await lease(hub, HALTON)).json().notifications, [])
  clock.set('2026-11-24T09:31:00.000Z')
  t.match((await get(hub, urlOf(HALTON, '?state=queued'))).items, [
    { id: ids[0], state: 'queued', attempt: 1 },
  ])
  t.notOk(
    'leasedUntil' in (await get(hub, urlOf(HALTON))).items[0],
    'a lease that ran out is as if it had not been',
  )
  const again = (await lease(hub, HALTON)).json()
  t.strictSame(again.notifications, [{ ...first.notifications[0], attempt: 2 }])
  t.not(again.leaseId, first.leaseId)
  clock.set('2026-11-24T10:00:00.000Z')
  t.strictSame((await acknowledge(hub, HALTON, ids.slice(0, 1))).json(), {
    acknowledged: ids.slice(0, 1),
    alreadyAcknowledged: [],
    unknown: [],
  })
  t.strictSame((await lease(hub, HALTON)).json().notifications, [], 'the work was done')
})

t.test('acknowledging is idempotent, and knows nothing of another authority’s', async (t) => {
  const { hub, clock, ids } = await openQueue(t, 3)
  await lease(hub, HALTON, { max: 2 })
  const [one, two, three] = ids as [string, string, string]
  t.strictSame((await acknowledge(hub, HALTON, [one, 'no-such-id', one])).json(), {
    acknowledged: [one],
    alreadyAcknowledged: [],
    unknown: ['no-such-id'],
  })
  t.strictSame((await acknowledge(hub, HALTON, [two, one])).json(), {
    acknowledged: [two],
    alreadyAcknowledged: [one],
    unknown: [],
  })
  t.strictSame(
    (await acknowledge(hub, HALTON, [three])).json().acknowledged,
    [three],
    'also what was never leased, or was given back meanwhile',
  )
  clock.set('2026-11-25T09:30:00.000Z')
  t.strictSame((await lease(hub, HALTON)).json().notifications, [])
  const [late] = await queue(hub, 1, 9)
  t.strictSame((await acknowledge(hub, WARRINGTON, [late as string])).json(), {
    acknowledged: [],
    alreadyAcknowledged: [],
    unknown: [late],
  })
  t.strictSame((await release(hub, WARRINGTON, [late as string])).json(), { released: [], unknown: [late] })
  t.strictSame(idsOf((await lease(hub, HALTON)).json().notifications), [late])
  for (const wrong of [[], Array(501).fill('x'), [''], [7]]) {
    t.equal((await acknowledge(hub, HALTON, wrong)).statusCode, 400)
    t.equal((await release(hub, HALTON, wrong)).statusCode, 400)
  }
  const most = Array.from({ length: 500 }, (_, i) => `unknown-${i}`)
  t.strictSame((await acknowledge(hub, HALTON, most)).json().unknown, most)
})

t.test('releasing gives back early; with leaseId never what someone else has leased since', async (t) => {
  const { hub, clock, ids } = await openQueue(t, 4)
  const [one, two, three, four] = ids as [string, string, string, string]
  const first = (await lease(hub, HALTON, { max: 3 })).json()
  t.strictSame((await release(hub, HALTON, [one, four, 'no-such-id'])).json(), {
    released: [one],
    unknown: ['no-such-id'],
  })
  const taken = (await lease(hub, HALTON, { max: 1, leaseSeconds: 3600 })).json()
  t.match(taken.notifications, [{ id: one, attempt: 2 }], 'at once, and in its old place')
  await acknowledge(hub, HALTON, [two])
  t.strictSame((await release(hub, HALTON, ids, first.leaseId)).json(), { released: [three], unknown: [] })
  t.strictSame(
    (await get(hub, urlOf(HALTON))).items.map((each: { state: string }) => each.state),
    ['leased', 'acknowledged', 'queued', 'queued'],
  )
  t.strictSame(
    (await release(hub, HALTON, ids)).json(),
    { released: [one], unknown: [] },
    'whatever is leased now',
  )
  const last = (await lease(hub, HALTON)).json()
  t.strictSame(idsOf(last.notifications), [one, three, four])
  clock.set('2026-11-24T09:31:00.000Z')
  t.strictSame(
    (await release(hub, HALTON, ids, last.leaseId)).json().released,
    [],
    'a lease that ran out holds nothing',
  )
})

t.test(
  'after ten attempts, or a day, a notification needs attention, and stays leasable for ever',
  async (t) => {
    const { hub, clock, ids } = await openQueue(t, 1)
    const attention = async () => {
      const [listed] = (await get(hub, urlOf(HALTON))).items
      const freshness = await get(hub, '/v1/freshness')
      const halton = freshness.authorities.find((each: { code: string }) => each.code === HALTON)
      const metrics = (await hub.app.inject({ url: '/metrics' })).body
      const metric = metrics.match(`cpis_notifications_attention{authority="${HALTON}"} (\\d+)`)?.[1]
      return [listed.attention, halton.attention, metric]
    }
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      t.strictSame(await attention(), [false, 0, '0'])
      t.match((await lease(hub, HALTON)).json().notifications, [{ attempt }])
      await release(hub, HALTON, ids)
    }
    t.strictSame(await attention(), [true, 1, '1'])
    t.match((await lease(hub, HALTON)).json().notifications, [{ attempt: 11 }])
    await acknowledge(hub, HALTON, ids)
    t.strictSame(await attention(), [false, 0, '0'], 'what is acknowledged needs none')
    const [next] = await queue(hub, 1, 50)
    const latest = async () => (await get(hub, urlOf(HALTON))).items.at(-1)
    clock.set('2026-11-25T09:29:59.999Z')
    t.match(await latest(), { id: next, attention: false })
    clock.set('2026-11-25T09:30:00.000Z')
    t.match(await latest(), { id: next, attention: true })
    clock.set('2027-12-25T09:30:00.000Z')
    await hub.runMaintenance()
    t.ok(
      idsOf((await lease(hub, HALTON, { max: 500 })).json().notifications).includes(next as string),
      'nothing removes it',
    )
  },
)

t.test('a lease waits for the first one, and is woken by it', async (t) => {
  // A machine's clock that never calls back: only what comes in can end the wait.
  const { hub } = await openHub(t, { machineClock: { now: () => 0, after: () => () => {} } })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const waiting = lease(hub, HALTON, { waitSeconds: 20, leaseSeconds: 30 })
  const [id] = await queue(hub, 1)
  const got = (await waiting).json()
  t.strictSame(idsOf(got.notifications), [id])
  t.equal(got.leasedUntil, '2026-11-24T09:30:30.000Z')
  const released = lease(hub, HALTON, { waitSeconds: 20 })
  await release(hub, HALTON, [id as string])
  t.match((await released).json().notifications, [{ id, attempt: 2 }], 'also by what is given back')
})

t.test(
  'a wait ends after waitSeconds of the machine’s clock, or with a lease that runs out meanwhile',
  async (t) => {
    const machineClock = steppedClock()
    const { hub, clock } = await openHub(t, { machineClock })
    const begun = machineClock.now()
    let isOver = false
    const waiting = lease(hub, HALTON, { waitSeconds: 2 }).then((reply) => {
      isOver = true
      return reply
    })
    while (!isOver) await machineClock.passSeconds(0.25)
    t.strictSame((await waiting).json(), { leaseId: null, leasedUntil: null, notifications: [] })
    t.ok(machineClock.now() - begun >= 2000)

    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    const [id] = await queue(hub, 1)
    await lease(hub, HALTON)
    let again: LightMyRequestResponse | undefined
    void lease(hub, HALTON, { waitSeconds: 20 }).then((reply) => {
      again = reply
    })
    await machineClock.passSeconds(5)
    t.equal(again, undefined, 'leased to another as yet')
    clock.set('2026-11-24T09:31:00.000Z')
    // The next look finds it; what it takes then is written while the clock stands.
    await machineClock.passSeconds(1.25)
    while (again === undefined) await setImmediate()
    t.match(again.json().notifications, [{ id, attempt: 2 }])
  },
)

t.test('two leases at once never take the same', async (t) => {
  const { hub, ids } = await openQueue(t, 6)
  const both = await Promise.all([lease(hub, HALTON, { max: 4 }), lease(hub, HALTON, { max: 4 })])
  const taken = both.flatMap((reply) => idsOf(reply.json().notifications))
  t.strictSame(taken.sort(), [...ids].sort())
  t.not(both[0].json().leaseId, both[1].json().leaseId)
})

t.test('a suspended authority collects its notifications, and one that is not known has none', async (t) => {
  const { hub, ids } = await openQueue(t, 1)
  await putAuthority(hub, HALTON, { status: 'suspended' })
  const [next] = await queue(hub, 1, 7)
  t.strictSame(idsOf((await lease(hub, HALTON)).json().notifications), [...ids, next])
  t.strictSame((await acknowledge(hub, HALTON, ids)).json().acknowledged, ids)
  t.strictSame((await release(hub, HALTON, [next as string])).json().released, [next])
  const before = await stateOf(hub, [HALTON])
  for (const [method, url, payload] of [
    ['GET', urlOf('E06999999'), undefined],
    ['POST', `${urlOf('E06999999')}/lease`, {}],
    ['POST', `${urlOf('E06999999')}/acknowledge`, { ids: [next] }],
    ['POST', `${urlOf('E06999999')}/release`, { ids: [next] }],
  ] as const) {
    const reply = await hub.app.inject({ method, url, ...(payload && { payload }) })
    t.strictSame([reply.statusCode, reply.json().code], [404, 'AUTHORITY_UNKNOWN'])
  }
  t.strictSame(await stateOf(hub, [HALTON]), before)
})

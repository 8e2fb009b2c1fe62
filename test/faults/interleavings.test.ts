import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { Random } from '../../src/synthetic/random.js'
import { get } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  ROBIN,
  release,
  submit,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const somebody = (id: string) => ({ requester: { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id } } })
const PAIRS = 20

/** What the index shows of the authority: the local id that its newest dataset gave to Robin. */
async function shownIn(hub: Hub): Promise<string[]> {
  const { items } = await get(hub, `/v1/authorities/${HALTON}/plans?visible=true`)
  return items.map(({ localId }: { localId: string }) => localId)
}

const robinAs = (sequence: number, localId: string) =>
  aDataset(sequence, [aRecord({ nhsNumber: ROBIN, localId }), aRecord({ nhsNumber: '9990000026', localId })])

t.test(
  'D6: two datasets of one authority at once, sixty times: truthful answers, and never a mixture',
  async (t) => {
    const { hub } = await openHub(t)
    let sequence = 1
    await submit(hub, HALTON, robinAs(sequence, 'first'))
    const both = async (one: object, other: object) => {
      const replies = await Promise.all([submit(hub, HALTON, one), submit(hub, HALTON, other)])
      return replies.map((reply) => ({
        status: reply.statusCode,
        id: reply.json().id,
        code: reply.json().code,
      }))
    }
    for (let pair = 0; pair < PAIRS; pair += 1) {
      sequence += 1
      const same = robinAs(sequence, `same-${pair}`)
      const [a, b] = await both(same, same)
      t.same([a?.status, b?.status].sort(), [200, 201], 'the same twice is one')
      t.equal(a?.id, b?.id)
      t.same(await shownIn(hub), [`same-${pair}`, `same-${pair}`])

      sequence += 1
      const others = await both(robinAs(sequence, `this-${pair}`), robinAs(sequence, `that-${pair}`))
      t.same(others.map(({ status }) => status).sort(), [201, 409], 'of two with one number one is taken')
      const taken = others[0]?.status === 201 ? `this-${pair}` : `that-${pair}`
      t.same(await shownIn(hub), [taken, taken])

      sequence += 2
      const [later, earlier] = await both(
        robinAs(sequence, `later-${pair}`),
        robinAs(sequence - 1, `earlier-${pair}`),
      )
      t.equal(later?.status, 201, 'the later one is always taken')
      if (earlier?.status !== 201) t.match(earlier, { status: 409, code: 'OUT_OF_SEQUENCE' })
      t.same(await shownIn(hub), [`later-${pair}`, `later-${pair}`], 'and is in force')
    }
  },
)

async function queueMany(t: Test, hub: Hub, count: number): Promise<string[]> {
  await submit(hub, HALTON, aDataset(1, [aRecord({ nhsNumber: ROBIN })]))
  const replies = await Promise.all(
    Array.from({ length: count }, (_, n) => lookUp(hub, ROBIN, somebody(`u${n}`))),
  )
  t.same([...new Set(replies.map(({ statusCode }) => statusCode))], [200])
  return replies.map((reply) => `${reply.json().access.id}.${HALTON}`)
}

t.test('L4: eight consumers of one queue never hold the same notification, and none is left', async (t) => {
  const { hub, clock } = await openHub(t)
  const queued = await queueMany(t, hub, 400)
  const random = new Random('consumers')
  const acknowledged = new Set<string>()
  /** Each leases until nothing is left, and acknowledges about half. */
  const consume = async () => {
    const held: string[] = []
    for (;;) {
      const { notifications } = (
        await lease(hub, HALTON, { max: 1 + random.below(9), leaseSeconds: 3600 })
      ).json()
      if (notifications.length === 0) return held
      const ids = notifications.map(({ id }: { id: string }) => id)
      held.push(...ids)
      const done = ids.filter(() => random.below(2) === 0)
      if (done.length > 0) await acknowledge(hub, HALTON, done)
      for (const id of done) acknowledged.add(id)
    }
  }
  const held = (await Promise.all(Array.from({ length: 8 }, consume))).flat()
  t.equal(new Set(held).size, held.length, 'no id was given twice')
  t.same(held.sort(), [...queued].sort(), 'each was given once')
  clock.set('2026-11-24T11:30:00.000Z')
  const again = (await Promise.all(Array.from({ length: 8 }, consume))).flat()
  t.equal(new Set(again).size, again.length)
  t.same(
    [...acknowledged, ...again.filter((id) => !acknowledged.has(id))].sort(),
    [...queued].sort(),
    'and the rest came back',
  )
})

// An ordinary night, both nights on which London's clocks change, the end of 32-bit seconds.
const MOMENTS = [
  '2026-11-24T23:59:59.999Z',
  '2026-03-29T00:59:59.999Z',
  '2026-03-29T01:00:00.000Z',
  '2026-10-25T00:30:00.000Z',
  '2026-10-25T01:30:00.000Z',
  '2038-01-19T03:14:08.000Z',
]
const HOUR_MS = 3_600_000
const aStep = fc.oneof(
  fc.record({ kind: fc.constant('jump' as const), to: fc.constantFrom(...MOMENTS) }),
  fc.record({
    kind: fc.constant('drift' as const),
    ms: fc.constantFrom(2 * HOUR_MS, -2 * HOUR_MS, 24 * HOUR_MS),
  }),
  fc.record({ kind: fc.constant('lookup' as const), user: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('lease' as const),
    acknowledges: fc.boolean(),
    seconds: fc.constantFrom(1, 3600),
  }),
)

async function leasedIn(hub: Hub): Promise<string[]> {
  const { items } = await get(hub, `/v1/authorities/${HALTON}/notifications?limit=500&state=leased`)
  return items.map(({ id }: { id: string }) => id)
}

t.test(
  'C1: whatever the clock does, a notification that was promised is there until it is acknowledged',
  async (t) => {
    const { hub, clock } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord({ nhsNumber: ROBIN })]))
    const promised = new Set<string>()
    const acknowledged = new Set<string>()
    const steps: Record<string, (step: never) => Promise<void>> = {
      jump: async ({ to }: { to: string }) => clock.set(to),
      drift: async ({ ms }: { ms: number }) => clock.set(new Date(Date.parse(clock()) + ms).toISOString()),
      lookup: async ({ user }: { user: number }) => {
        const reply = await lookUp(hub, ROBIN, somebody(`u${user}`))
        assert.equal(reply.statusCode, 200, reply.body)
        const { id, notified } = reply.json().access
        for (const code of notified) promised.add(`${id}.${code}`)
      },
      lease: async ({ acknowledges, seconds }: { acknowledges: boolean; seconds: number }) => {
        const { notifications } = (await lease(hub, HALTON, { max: 2, leaseSeconds: seconds })).json()
        const ids = notifications.map(({ id }: { id: string }) => id)
        if (!acknowledges || ids.length === 0) return
        assert.equal((await acknowledge(hub, HALTON, ids)).statusCode, 200)
        for (const id of ids) acknowledged.add(id)
      },
    }
    let runs = 0
    const property = fc.asyncProperty(fc.array(aStep, { minLength: 4, maxLength: 14 }), async (taken) => {
      runs += 1
      for (const step of taken) await steps[step.kind]?.(step as never)
      // The clock is right again. What was leased while it was ahead is leased for long, and can be given back.
      clock.set(NOW)
      const held = await leasedIn(hub)
      if (held.length > 0) await release(hub, HALTON, held)
      const left = (await lease(hub, HALTON, { max: 500, leaseSeconds: 3600 })).json().notifications
      const leasable = new Set(left.map(({ id }: { id: string }) => id))
      for (const id of promised) assert.notEqual(leasable.has(id), acknowledged.has(id), id)
      await release(hub, HALTON, [...leasable] as string[])
    })
    await fc.assert(property, { seed: 20_261_124, numRuns: 30 })
    t.ok(promised.size > runs / 2, `${promised.size} were promised, ${acknowledged.size} acknowledged`)
  },
)

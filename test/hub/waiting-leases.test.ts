import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { AuthorityCode } from '../../src/domain/local-authority.js'
import { type Lease, WaitingLeases } from '../../src/hub/waiting-leases.js'
import { Bell } from '../../src/store/bell.js'
import { NOW } from '../helpers/hub.js'
import { HALTON, WARRINGTON } from '../helpers/seed.js'
import { steppedClock } from '../helpers/stepped-clock.js'

const HAL = HALTON as AuthorityCode
const WAR = WARRINGTON as AuthorityCode
const never = () => new AbortController().signal

/** Waiting leases over queues that only count, and the number of times that each was read. */
function aWorld() {
  const bell = new Bell()
  const queued = new Map<AuthorityCode, number>()
  const reads = { count: 0 }
  const clock = steppedClock()
  const store = {
    onQueued: (code: AuthorityCode, listener: () => void) => bell.listen(code, listener),
    async hasLeasable(code: AuthorityCode) {
      reads.count += 1
      return (queued.get(code) ?? 0) > 0
    },
  }
  const waiting = new WaitingLeases(store, () => NOW, clock)
  const served: string[] = []
  const wait = (code: AuthorityCode, name: string, { max = 1, waitMs = 20_000, stop = never() } = {}) =>
    waiting.wait(code, waitMs, stop, async () => {
      const taken = Math.min(max, queued.get(code) ?? 0)
      queued.set(code, (queued.get(code) ?? 0) - taken)
      if (taken === 0) return undefined
      served.push(name)
      return { leaseId: name, leasedUntil: NOW, notifications: [] } as Lease
    })
  const queue = async (code: AuthorityCode, count: number) => {
    queued.set(code, (queued.get(code) ?? 0) + count)
    bell.ring([code])
    for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  }
  return { clock, reads, served, wait, queue }
}

t.test(
  'a thousand who wait cost one read a second for each authority, and news wakes no more than it serves',
  async (t) => {
    const { clock, reads, served, wait, queue } = aWorld()
    const halton = Array.from({ length: 1000 }, (_, n) => wait(HAL, `h${n}`))
    const warrington = Array.from({ length: 500 }, (_, n) => wait(WAR, `w${n}`))
    t.equal(reads.count, 0, 'who waits has looked already')
    await clock.passSeconds(10)
    t.equal(reads.count, 20, 'ten seconds, two authorities')
    await queue(HAL, 3)
    t.same(served, ['h0', 'h1', 'h2'], 'first come, first served')
    t.equal(reads.count, 24, 'one for each that was served and one that found no more')
    await queue(WAR, 1)
    t.equal(reads.count, 26)
    t.same(served.slice(3), ['w0'])
    await clock.passSeconds(11)
    const ends = await Promise.all([...halton, ...warrington])
    t.equal(ends.filter((lease) => lease !== undefined).length, 4)
    const before = reads.count
    await clock.passSeconds(10)
    t.equal(reads.count, before, 'when nobody waits nothing is read')
  },
)

t.test(
  'one that takes all of it leaves the others waiting; a lease that runs out is found by the next look',
  async (t) => {
    const { clock, served, wait, queue } = aWorld()
    const first = wait(HAL, 'first', { max: 100 })
    const second = wait(HAL, 'second')
    await queue(HAL, 7)
    t.match(await first, { leaseId: 'first' })
    t.same(served, ['first'])
    await queue(HAL, 1)
    t.match(await second, { leaseId: 'second' })
    await clock.passSeconds(1)
  },
)

t.test('who has gone, or whose time is over, takes nothing', async (t) => {
  const { clock, served, wait, queue } = aWorld()
  const gone = new AbortController()
  const left = wait(HAL, 'left', { stop: gone.signal })
  const brief = wait(HAL, 'brief', { waitMs: 2_000 })
  const patient = wait(HAL, 'patient')
  gone.abort()
  t.equal(await left, undefined)
  await clock.passSeconds(2)
  t.equal(await brief, undefined)
  await queue(HAL, 1)
  t.match(await patient, { leaseId: 'patient' })
  t.same(served, ['patient'])
  t.equal(await wait(HAL, 'late', { stop: gone.signal }), undefined)
})

t.test('beyond two thousand nobody more may wait', async (t) => {
  const { clock, wait } = aWorld()
  const all = Array.from({ length: 2_000 }, (_, n) => wait(n % 2 ? HAL : WAR, `${n}`, { waitMs: 1_000 }))
  await t.rejects(wait(HAL, 'more'), { code: 'OVERLOADED' })
  await clock.passSeconds(1)
  await Promise.all(all)
  const again = wait(HAL, 'again', { waitMs: 1_000 })
  await clock.passSeconds(1)
  t.equal(await again, undefined, 'and then there is room again')
})

t.test('a lease that fails is told to the one who waited, and the others wait on', async (t) => {
  let fail = true
  const bell = new Bell()
  const waiting = new WaitingLeases(
    { onQueued: (code, listener) => bell.listen(code, listener), hasLeasable: async () => true },
    () => NOW,
    steppedClock(),
  )
  const take = async () => {
    if (fail) throw new Error('no room')
    return { leaseId: 'l', leasedUntil: NOW, notifications: [] }
  }
  const first = waiting.wait(HAL, 20_000, never(), take)
  const second = waiting.wait(HAL, 20_000, never(), take)
  bell.ring([HAL])
  await t.rejects(first, { message: 'no room' })
  fail = false
  bell.ring([HAL])
  t.match(await second, { leaseId: 'l' })
})

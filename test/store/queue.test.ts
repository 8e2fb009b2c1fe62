import t from 'tap'
import { addMs, DAY_MS, HOUR_MS, type Instant, SECOND_MS } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import type { NotificationState } from '../../src/domain/notification.js'
import { packPlanChanges } from '../../src/store/plan-changes.js'
import type { PurgeBefore, Store } from '../../src/store/store.js'
import { NOW } from '../helpers/hub.js'
import { NOBODY, ROBIN, SASHA, syntheticNumber } from '../helpers/seed.js'
import {
  aKey,
  aPlan,
  aQuestion,
  aReceipt,
  aVisitEntry,
  HAL,
  ORIGIN,
  openStore,
  putOnIndex,
  STORES,
  seenOf,
  TODAY,
  WAR,
} from '../helpers/stores.js'

const RULES = { freshnessMs: 24 * HOUR_MS, graceMs: 2 * HOUR_MS }
const later = (ms: number): Instant => addMs(NOW, ms)

/** A queue of Halton's with `count` notifications, `a0.E06000006` first. */
async function aQueue(store: Store, count: number): Promise<string[]> {
  await putOnIndex(store, [aPlan()])
  const ids = Array.from({ length: count }, (_, i) => `a${i}`)
  for (const id of ids) await store.lookUp(aQuestion(id, { collapseMs: 0 }))
  return ids.map((id) => `${id}.${HAL}`)
}

async function leaseIds(store: Store, leaseId: string, at = NOW, max = 500): Promise<string[]> {
  const leasedUntil = addMs(at, 60 * SECOND_MS)
  const leased = await store.leaseNotifications({ authorityCode: HAL, leaseId, max, now: at, leasedUntil })
  return leased.map(({ id, attempt }) => `${id} #${attempt}`)
}

async function statesOf(store: Store, now = NOW, state?: NotificationState): Promise<string[]> {
  const page = { limit: 500, after: undefined, state, now }
  const { items } = await store.listNotifications(HAL, page)
  return items.map(
    (item) => `${item.id} ${item.state}${item.leasedUntil ? ` until ${item.leasedUntil}` : ''}`,
  )
}

/** How many accesses and attendances are kept of a number, seen through a plan put on the index for the while. */
async function accessesOf(store: Store, nhsNumber: string): Promise<number> {
  const plan = aPlan({ nhsNumber, authorityCode: WAR, startDate: '2026-11-01' })
  await putOnIndex(store, [plan], { code: WAR })
  const looked = await store.lookUp(aQuestion('none', { nhsNumber: nhsNumber as NhsNumber, silent: true }))
  return looked.kind === 'answered' ? looked.accesses.length : Number.NaN
}

function everythingUntil(at: Instant): PurgeBefore {
  return { events: at, acknowledged: at, receipts: at, idempotencyKeys: at }
}
const NOTHING = everythingUntil('0001-01-01T00:00:00.000Z' as Instant)

for (const kind of STORES) {
  t.test(`the ${kind.name} store: the queue`, async (t) => {
    await t.test('a lease takes the oldest that nobody holds, and what runs out comes back', async (t) => {
      const store = await openStore(t, kind)
      const [a0, a1, a2] = await aQueue(store, 3)
      t.same(await leaseIds(store, 'l1', NOW, 2), [`${a0} #1`, `${a1} #1`])
      t.same(await leaseIds(store, 'l2'), [`${a2} #1`])
      t.same(await leaseIds(store, 'l3'), [])
      t.equal(await store.hasLeasable(HAL, NOW), false)
      const end = later(60 * SECOND_MS)
      t.same(
        await statesOf(store, addMs(end, -1)),
        [a0, a1, a2].map((id) => `${id} leased until ${end}`),
      )
      t.same(await leaseIds(store, 'l4', addMs(end, -1)), [])
      t.equal(await store.hasLeasable(HAL, end), true)
      t.same(await statesOf(store, end), [`${a0} queued`, `${a1} queued`, `${a2} queued`])
      t.same(await leaseIds(store, 'l5', end), [`${a0} #2`, `${a1} #2`, `${a2} #2`])
      t.equal(await store.hasLeasable(WAR, end), false)
    })

    await t.test('two who lease at once never get the same notification', async (t) => {
      const store = await openStore(t, kind)
      const queue = await aQueue(store, 20)
      const leases = await Promise.all(
        Array.from({ length: 8 }, (_, i) => leaseIds(store, `lease-${i}`, NOW, 3)),
      )
      t.same(leases.flat().sort(), queue.map((id) => `${id} #1`).sort())
    })

    await t.test('the listing is narrowed by state and goes on where the page ended', async (t) => {
      const store = await openStore(t, kind)
      const [a0, a1, a2, a3] = (await aQueue(store, 4)) as [string, string, string, string]
      await store.acknowledgeNotifications(HAL, [a0], NOW)
      await leaseIds(store, 'l1', NOW, 1)
      const until = later(60 * SECOND_MS)
      t.same(await statesOf(store, NOW, 'acknowledged'), [`${a0} acknowledged`])
      t.same(await statesOf(store, NOW, 'leased'), [`${a1} leased until ${until}`])
      t.same(await statesOf(store, NOW, 'queued'), [`${a2} queued`, `${a3} queued`])
      t.same(await statesOf(store, until, 'leased'), [])
      t.same(await statesOf(store, until, 'queued'), [`${a1} queued`, `${a2} queued`, `${a3} queued`])
      const page = { limit: 2, state: undefined, now: NOW }
      const first = await store.listNotifications(HAL, { ...page, after: undefined })
      const second = await store.listNotifications(HAL, { ...page, after: first.next as string })
      t.same(
        [...first.items, ...second.items].map(({ id }) => id),
        [a0, a1, a2, a3],
      )
      t.equal(second.next, null)
      t.same(first.items[0], {
        id: a0,
        kind: 'access',
        state: 'acknowledged',
        createdAt: NOW,
        attempt: 0,
        attention: false,
      })
    })

    await t.test('an acknowledgement is final, idempotent, and good after the lease ran out', async (t) => {
      const store = await openStore(t, kind)
      const [a0, a1, a2] = (await aQueue(store, 3)) as [string, string, string]
      await leaseIds(store, 'l1', NOW, 1)
      const late = later(HOUR_MS)
      const both = await store.acknowledgeNotifications(HAL, [a0, a1, a0, 'nothing'], late)
      t.same(both, { acknowledged: [a0, a1], alreadyAcknowledged: [], unknown: ['nothing'] })
      t.same(await store.acknowledgeNotifications(HAL, [a1, a2], late), {
        acknowledged: [a2],
        alreadyAcknowledged: [a1],
        unknown: [],
      })
      t.same(await leaseIds(store, 'l2', late), [])
      t.same(
        await statesOf(store, late),
        [a0, a1, a2].map((id) => `${id} acknowledged`),
      )
    })

    await t.test('what is another authority’s is unknown, to acknowledge and to release', async (t) => {
      const store = await openStore(t, kind)
      const [a0] = (await aQueue(store, 1)) as [string]
      await leaseIds(store, 'l1')
      const before = await seenOf(store)
      t.same(await store.acknowledgeNotifications(WAR, [a0], NOW), {
        acknowledged: [],
        alreadyAcknowledged: [],
        unknown: [a0],
      })
      t.same(await store.releaseNotifications(WAR, [a0], undefined, NOW), { released: [], unknown: [a0] })
      t.same(await seenOf(store), before)
    })

    await t.test('a release gives back early, and never what someone else leased since', async (t) => {
      const store = await openStore(t, kind)
      const [a0, a1, a2, a3] = (await aQueue(store, 4)) as [string, string, string, string]
      await leaseIds(store, 'l1', NOW, 3)
      await store.acknowledgeNotifications(HAL, [a2], NOW)
      t.same(await store.releaseNotifications(HAL, [a0, a2, a3, a0, 'nothing'], 'l1', NOW), {
        released: [a0],
        unknown: ['nothing'],
      })
      t.same(await leaseIds(store, 'l2', NOW, 1), [`${a0} #2`])
      t.same(await store.releaseNotifications(HAL, [a0, a1], 'l1', NOW), { released: [a1], unknown: [] })
      t.same(await store.releaseNotifications(HAL, [a0, a1], undefined, NOW), { released: [a0], unknown: [] })
      t.same(await statesOf(store), [`${a0} queued`, `${a1} queued`, `${a2} acknowledged`, `${a3} queued`])
      await leaseIds(store, 'l3')
      const ranOut = later(60 * SECOND_MS)
      t.same(await store.releaseNotifications(HAL, [a0], 'l3', ranOut), { released: [], unknown: [] })
    })

    await t.test(
      'whoever waits hears of what is queued for its authority, and only until it stops',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan()])
        const heard: string[] = []
        const stop = store.onQueued(HAL, () => heard.push('halton'))
        store.onQueued(HAL, () => heard.push('halton too'))
        store.onQueued(WAR, () => heard.push('warrington'))
        await store.lookUp(aQuestion('a1'))
        t.same(heard, ['halton', 'halton too'])
        stop()
        await store.recordAttendance(aVisitEntry('v1'))
        t.same(heard, ['halton', 'halton too', 'halton too'])
        await leaseIds(store, 'l1')
        await store.releaseNotifications(HAL, [`a1.${HAL}`], 'l1', NOW)
        t.equal(heard.length, 4, 'and of what is given back')
      },
    )

    await t.test('the depth of a queue counts what can be leased, and who should look', async (t) => {
      const store = await openStore(t, kind)
      t.same(await store.listQueueDepths(NOW), [])
      const [a0, a1] = (await aQueue(store, 3)) as [string, string]
      const depth = { authorityCode: HAL, queued: 3, oldestQueuedAt: NOW, attention: 0 }
      t.same(await store.listQueueDepths(NOW), [depth])
      await store.lookUp(aQuestion('a9', { collapseMs: 0, now: later(5) }))
      await leaseIds(store, 'l1', NOW, 3)
      t.same(await store.listQueueDepths(later(5)), [{ ...depth, queued: 1, oldestQueuedAt: later(5) }])
      const end = later(60 * SECOND_MS)
      t.match(await store.listQueueDepths(addMs(end, -1)), [{ queued: 1 }])
      t.match(await store.listQueueDepths(end), [{ queued: 4 }])
      t.same(await store.listQueueDepths(later(DAY_MS - 1)), [{ ...depth, queued: 4 }])
      t.same(await store.listQueueDepths(later(DAY_MS)), [{ ...depth, queued: 4, attention: 3 }])
      await store.acknowledgeNotifications(HAL, [a0, a1], NOW)
      t.same(await store.listQueueDepths(later(DAY_MS)), [{ ...depth, queued: 2, attention: 1 }])
    })

    await t.test('after ten attempts a notification needs attention, and stays leasable', async (t) => {
      const store = await openStore(t, kind)
      const [a0] = (await aQueue(store, 1)) as [string]
      for (let attempt = 1; attempt <= 10; attempt += 1) {
        const at = later(attempt * 61 * SECOND_MS)
        t.same(await leaseIds(store, `l${attempt}`, at), [`${a0} #${attempt}`])
        const { items } = await store.listNotifications(HAL, {
          limit: 1,
          after: undefined,
          state: undefined,
          now: at,
        })
        t.equal(items[0]?.attention, attempt === 10)
        t.equal((await store.listQueueDepths(at))[0]?.attention, attempt === 10 ? 1 : 0)
      }
      t.same(await leaseIds(store, 'l11', later(HOUR_MS)), [`${a0} #11`])
    })
  })

  t.test(`the ${kind.name} store: maintenance and retention`, async (t) => {
    await t.test(
      'an overdue authority gets one notice a day, whoever runs maintenance how often',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan()])
        const queue = (at: Instant, date: CalendarDate, newlyOverdueOnly = false) =>
          store.queueOverdueNotices({ at, date, rules: RULES, newlyOverdueOnly })
        const nextDay = '2026-11-26' as CalendarDate
        t.same(await queue(later(26 * HOUR_MS), TODAY), [])
        t.same(await queue(later(50 * HOUR_MS), nextDay, true), [], 'it was overdue before that day')
        const late = later(26 * HOUR_MS + 1)
        const day = '2026-11-25' as CalendarDate
        t.same(await queue(late, day), [HAL])
        const before = await seenOf(store)
        t.same(await queue(later(30 * HOUR_MS), day), [])
        t.same(await seenOf(store), before)
        t.same(await queue(later(50 * HOUR_MS), nextDay), [HAL])
        const lease = { authorityCode: HAL, leaseId: 'l1', max: 1, now: late, leasedUntil: later(DAY_MS * 3) }
        t.same(await store.leaseNotifications(lease), [
          {
            id: `overdue-${day}.${HAL}`,
            kind: 'dataset-overdue',
            createdAt: late,
            attempt: 1,
            overdue: { date: day, lastAcceptedAt: NOW, due: later(DAY_MS) },
          },
        ])
      },
    )

    await t.test(
      'plans that no longer show are purged, and an intake that read them before is superseded',
      async (t) => {
        const store = await openStore(t, kind)
        const old = { startDate: '2020-01-01' }
        const kept = [
          aPlan(),
          aPlan({ ...old, endDate: '2025-11-24' }),
          aPlan({ nhsNumber: SASHA, planType: 'UCPP', expectedDeliveryDate: '2026-10-27' }),
        ]
        const gone = [
          aPlan({ ...old, planType: 'LAC', endDate: '2025-11-23' }),
          aPlan({ nhsNumber: NOBODY, planType: 'UCPP', expectedDeliveryDate: '2026-10-26' }),
          aPlan({ ...old, nhsNumber: NOBODY, birthDate: '2007-11-23' }),
        ]
        await putOnIndex(store, [...kept, ...gone])
        const version = (await store.findAuthority(HAL))?.version as number
        t.equal(await store.purgePlans(HAL, TODAY, NOW), 3)
        const { items } = await store.listPlans(HAL, {
          limit: 9,
          after: undefined,
          visible: undefined,
          today: TODAY,
        })
        t.same(items.map(({ plan }) => plan.id).sort(), kept.map(({ id }) => id).sort())
        const acceptance = { authorityCode: HAL, receipt: aReceipt({ id: 'late' }), childrenInScope: null }
        const changes = packPlanChanges({ written: [], removed: [] })
        const write = { ...acceptance, basedOnVersion: version, changes, origin: ORIGIN }
        t.same(await store.acceptDataset(write), { kind: 'superseded' })
        const before = await seenOf(store)
        t.equal(await store.purgePlans(HAL, TODAY, NOW), 0)
        t.same(await seenOf(store), before, 'again changes nothing')
      },
    )

    await t.test(
      'events stay while their number is on the index, and go when retention has passed',
      async (t) => {
        const store = await openStore(t, kind)
        const robins = aPlan()
        await putOnIndex(store, [robins, aPlan({ nhsNumber: SASHA })])
        await store.lookUp(aQuestion('a1'))
        await store.lookUp(aQuestion('a2', { nhsNumber: SASHA as NhsNumber }))
        await putOnIndex(store, [], { removed: [robins], receivedAt: later(DAY_MS) })
        t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS - 1) }), 0)
        t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 1)
        t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 0)
        t.equal(await accessesOf(store, ROBIN), 0)
        t.equal(await accessesOf(store, SASHA), 1)
        const unknown = await store.recordAttendance(aVisitEntry('v1', { accessId: 'a1' }))
        t.match(unknown, { kind: 'access-unknown' })
      },
    )

    await t.test('a number that comes back on the index keeps its events', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      await store.lookUp(aQuestion('a1'))
      await putOnIndex(store, [], { removed: [aPlan()] })
      await putOnIndex(store, [aPlan({ startDate: '2026-11-24' })])
      t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 0)
      t.equal(await accessesOf(store, ROBIN), 1)
    })

    await t.test('one authority’s plan keeps a number on the index when another’s has gone', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      await putOnIndex(store, [aPlan({ authorityCode: WAR })], { code: WAR })
      await store.lookUp(aQuestion('a1'))
      await putOnIndex(store, [], { removed: [aPlan()] })
      t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 0)
      await putOnIndex(store, [], { code: WAR, removed: [aPlan({ authorityCode: WAR })] })
      t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 1)
    })

    await t.test('a visit for a number without a plan goes when its retention has passed', async (t) => {
      const store = await openStore(t, kind)
      await store.recordAttendance(aVisitEntry('v1', { nhsNumber: NOBODY as NhsNumber }))
      t.equal(await store.purge({ ...NOTHING, events: addMs(NOW, -1) }), 0)
      t.equal(await store.purge({ ...NOTHING, events: NOW }), 1)
      t.equal(await store.purge({ ...NOTHING, events: NOW }), 0)
    })

    await t.test('a later visit for such a number stays its own time', async (t) => {
      const store = await openStore(t, kind)
      const nobody = { nhsNumber: NOBODY as NhsNumber }
      await store.recordAttendance(aVisitEntry('v1', nobody))
      await store.recordAttendance(aVisitEntry('v2', nobody, { now: later(DAY_MS) }))
      t.equal(await store.purge({ ...NOTHING, events: NOW }), 1, 'the first goes')
      t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS - 1) }), 0)
      t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 1, 'the second goes a day later')
      t.equal(await store.purge({ ...NOTHING, events: later(DAY_MS) }), 0)
    })

    await t.test('nothing removes a notification that nobody acknowledged', async (t) => {
      const store = await openStore(t, kind)
      const [a0, a1, a2] = (await aQueue(store, 3)) as [string, string, string]
      await store.acknowledgeNotifications(HAL, [a0], NOW)
      await store.acknowledgeNotifications(HAL, [a1], later(1))
      t.equal(await store.purge({ ...NOTHING, acknowledged: NOW }), 1)
      t.same(await statesOf(store), [`${a1} acknowledged`, `${a2} queued`])
      await putOnIndex(store, [], { removed: [aPlan()] })
      const farAhead = everythingUntil('2126-01-01T00:00:00.000Z' as Instant)
      while ((await store.purge(farAhead)) > 0);
      t.same(await statesOf(store), [`${a2} queued`])
      t.same(await leaseIds(store, 'l1'), [`${a2} #1`])
    })

    await t.test(
      'old receipts and keys go, but never the receipt of the last accepted dataset',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan()])
        await store.keepReturned(aReceipt({ id: 'returned', sequence: 2, outcome: 'returned' }), ORIGIN)
        await putOnIndex(store, [])
        await store.lookUp(aQuestion('a1', { idempotency: aKey('k1') }))
        const page = { limit: 9, after: undefined }
        t.equal(
          await store.purge({ ...NOTHING, receipts: addMs(NOW, -1), idempotencyKeys: addMs(NOW, -1) }),
          0,
        )
        t.equal((await store.listReceipts(HAL, page)).items.length, 3)
        t.equal(await store.purge({ ...NOTHING, receipts: NOW, idempotencyKeys: NOW }), 3)
        const { items } = await store.listReceipts(HAL, page)
        t.same(
          items.map(({ id }) => id),
          [`dataset-${HAL}-2`],
        )
        const again = await store.lookUp(aQuestion('a2', { idempotency: aKey('k1', 'other') }))
        t.match(again, { kind: 'answered', replayed: false }, 'the key is free again')
      },
    )

    await t.test('a purge is done in bounded parts, so that no lookup waits long', async (t) => {
      const store = await openStore(t, kind)
      const numbers = Array.from({ length: 250 }, (_, n) => syntheticNumber(n) as NhsNumber)
      await Promise.all(
        numbers.map((nhsNumber, i) => store.recordAttendance(aVisitEntry(`v${i}`, { nhsNumber }))),
      )
      const parts: number[] = []
      for (let part = Number.NaN; part !== 0; ) {
        part = await store.purge({ ...NOTHING, events: NOW })
        parts.push(part)
      }
      t.equal(
        parts.reduce((sum, part) => sum + part, 0),
        250,
      )
      t.ok(parts.length > 2, 'more than one part and the empty last')
    })

    await t.test('the maintenance mark and the health organisations’ times are kept', async (t) => {
      const store = await openStore(t, kind)
      t.same(await store.readMaintenanceMark(), { lastMaintenanceAt: null, lastDay: null })
      await store.keepMaintenanceMark({ lastMaintenanceAt: NOW, lastDay: TODAY }, [TODAY])
      t.same(await store.readMaintenanceMark(), { lastMaintenanceAt: NOW, lastDay: TODAY })
      t.same(await store.readHealthActivity(), [])
      await store.keepHealthActivity({
        changed: [
          { odsCode: 'RXX01', lastLookupAt: NOW, lastAttendanceAt: null },
          { odsCode: 'RBN01', lastLookupAt: null, lastAttendanceAt: NOW },
        ],
        forgotten: [],
      })
      await store.keepHealthActivity({
        changed: [{ odsCode: 'RXX01', lastLookupAt: later(1), lastAttendanceAt: NOW }],
        forgotten: [],
      })
      t.same(await store.readHealthActivity(), [
        { odsCode: 'RBN01', lastLookupAt: null, lastAttendanceAt: NOW },
        { odsCode: 'RXX01', lastLookupAt: later(1), lastAttendanceAt: NOW },
      ])
    })

    await t.test('a probe answers and changes nothing that anyone sees', async (t) => {
      const store = await openStore(t, kind)
      const before = await seenOf(store)
      await store.probe()
      t.same(await seenOf(store), before)
    })
  })
}

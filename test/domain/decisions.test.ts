import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { addMs, DAY_MS, HOUR_MS, type Instant } from '../../src/clock.js'
import { decideAccess, type RecordedAccess } from '../../src/domain/access-event.js'
import { liesTooFarAhead } from '../../src/domain/attendance.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import { freshnessOf, isStale } from '../../src/domain/freshness.js'
import { decideKey } from '../../src/domain/idempotency.js'
import {
  type AuthorityCode,
  type AuthorityStatus,
  goLiveGate,
  isGoingLive,
  type LocalAuthority,
  newAuthority,
  withProfile,
} from '../../src/domain/local-authority.js'
import {
  holdersOf,
  needsAttention,
  notificationId,
  stateAt,
  subjectOf,
} from '../../src/domain/notification.js'
import type { Plan } from '../../src/domain/plan.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { NOW } from '../helpers/hub.js'
import { holds } from '../helpers/properties.js'
import { HALTON, ROBIN, WARRINGTON } from '../helpers/seed.js'

const [HAL, WAR] = [HALTON, WARRINGTON] as [AuthorityCode, AuthorityCode]
const ago = (ms: number): Instant => addMs(NOW, -ms)

t.test('the same user again within the window is one access, and each authority is told of it once', (t) => {
  const cases: [string, RecordedAccess | undefined, AuthorityCode[], number, object][] = [
    // name, previous, holders now, window, decision
    ['the first time', undefined, [HAL], DAY_MS, { repeat: false, notified: [HAL], toNotify: [HAL] }],
    [
      'again at once',
      { id: 'old', at: NOW, notified: [HAL] },
      [HAL],
      DAY_MS,
      { repeat: true, notified: [HAL], toNotify: [] },
    ],
    [
      'at the last moment of the window',
      { id: 'old', at: ago(DAY_MS - 1), notified: [HAL] },
      [HAL],
      DAY_MS,
      { repeat: true, notified: [HAL], toNotify: [] },
    ],
    [
      'when the window has passed',
      { id: 'old', at: ago(DAY_MS), notified: [HAL] },
      [HAL],
      DAY_MS,
      { repeat: false, notified: [HAL], toNotify: [HAL] },
    ],
    [
      'with no window',
      { id: 'old', at: NOW, notified: [HAL] },
      [HAL],
      0,
      { repeat: false, notified: [HAL], toNotify: [HAL] },
    ],
    [
      'when the clock has gone back',
      { id: 'old', at: addMs(NOW, 1), notified: [HAL] },
      [HAL],
      DAY_MS,
      { repeat: false, notified: [HAL], toNotify: [HAL] },
    ],
    [
      'when another authority came in between',
      { id: 'old', at: ago(HOUR_MS), notified: [WAR] },
      [HAL, WAR],
      DAY_MS,
      { repeat: true, notified: [WAR, HAL], toNotify: [HAL] },
    ],
    [
      'when an authority’s plan has gone since',
      { id: 'old', at: ago(HOUR_MS), notified: [HAL, WAR] },
      [WAR],
      DAY_MS,
      { repeat: true, notified: [HAL, WAR], toNotify: [] },
    ],
  ]
  for (const [name, previous, holders, collapseMs, expected] of cases) {
    const decision = decideAccess(NOW, 'new', previous, holders, collapseMs)
    const { repeat } = expected as { repeat: boolean }
    const event = repeat ? { id: 'old', at: previous?.at } : { id: 'new', at: NOW }
    t.same(decision, { ...event, ...expected }, name)
  }
  t.end()
})

t.test('over any day of lookups, no authority is told twice of one access, and none is left untold', (t) => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 9 * HOUR_MS }),
      holders: fc.subarray([HAL, WAR, 'E09000001' as AuthorityCode], { minLength: 1 }),
    }),
    { maxLength: 12 },
  )
  holds(
    t,
    fc.property(steps, (lookups) => {
      let now = NOW
      let previous: RecordedAccess | undefined
      const told = new Set<string>()
      for (const [i, { afterMs, holders }] of lookups.entries()) {
        now = addMs(now, afterMs)
        const decision = decideAccess(now, `access-${i}`, previous, holders, DAY_MS)
        for (const code of decision.toNotify) {
          const id = notificationId(decision.id, code)
          assert.ok(!told.has(id), 'not told before')
          told.add(id)
        }
        for (const code of holders) assert.ok(told.has(notificationId(decision.id, code)), 'told')
        assert.deepEqual(
          new Set(decision.notified.map((code) => notificationId(decision.id, code))),
          new Set([...told].filter((id) => id.startsWith(`${decision.id}.`))),
          'notified lists all who have been told',
        )
        previous = decision
      }
    }),
  )
  t.end()
})

t.test('an attendance may lie five minutes ahead and no more', (t) => {
  t.equal(liesTooFarAhead(addMs(NOW, 5 * 60_000), NOW), false)
  t.equal(liesTooFarAhead(addMs(NOW, 5 * 60_000 + 1), NOW), true)
  t.equal(liesTooFarAhead(ago(DAY_MS), NOW), false)
  t.end()
})

t.test('a key is new, repeats its request, or was used for another', (t) => {
  const asked = { key: 'k', fingerprint: 'same', keptMs: DAY_MS }
  const kept = (fingerprint: string, keptAt: Instant) => ({ fingerprint, keptAt })
  t.equal(decideKey(undefined, asked, NOW), 'new')
  t.equal(decideKey(kept('same', NOW), asked, NOW), 'replay')
  t.equal(decideKey(kept('other', NOW), asked, NOW), 'reused')
  t.equal(decideKey(kept('same', ago(DAY_MS - 1)), asked, NOW), 'replay')
  t.equal(decideKey(kept('other', ago(DAY_MS - 1)), asked, NOW), 'reused')
  t.equal(decideKey(kept('same', ago(DAY_MS)), asked, NOW), 'new')
  t.equal(decideKey(kept('other', ago(DAY_MS)), asked, NOW), 'new')
  t.equal(decideKey(kept('same', addMs(NOW, HOUR_MS)), asked, NOW), 'replay', 'though the clock went back')
  t.end()
})

t.test('a notification is queued, leased or acknowledged, and a lease that ran out is none', (t) => {
  const lease = (leasedUntil: Instant | null) => stateAt({ acknowledged: false, leasedUntil }, NOW)
  t.equal(lease(null), 'queued')
  t.equal(lease(addMs(NOW, 1)), 'leased')
  t.equal(lease(NOW), 'queued')
  t.equal(lease(ago(1)), 'queued')
  t.equal(stateAt({ acknowledged: true, leasedUntil: null }, NOW), 'acknowledged')
  t.equal(stateAt({ acknowledged: true, leasedUntil: addMs(NOW, 1) }, NOW), 'acknowledged')
  t.end()
})

t.test('a notification needs attention from its tenth attempt or its first birthday on', (t) => {
  const needs = (attempt: number, createdAt: Instant, acknowledged = false) =>
    needsAttention({ acknowledged, attempt, createdAt }, NOW)
  t.equal(needs(0, NOW), false)
  t.equal(needs(9, ago(DAY_MS - 1)), false)
  t.equal(needs(10, NOW), true)
  t.equal(needs(0, ago(DAY_MS)), true)
  t.equal(needs(10, ago(DAY_MS), true), false, 'unless it was acknowledged')
  t.end()
})

t.test('an authority is told of its own plans only', (t) => {
  const plan = (id: string, authorityCode: AuthorityCode, fields: object): Plan =>
    ({
      id,
      authorityCode,
      nhsNumber: ROBIN,
      planType: 'CPP',
      startDate: '2026-03-02',
      endDate: null,
      expectedDeliveryDate: null,
      localId: null,
      familyName: 'Shaw',
      givenNames: ['Robin'],
      birthDate: null,
      ...fields,
    }) as Plan
  const plans = [
    plan('1', WAR, { localId: 'W1' }),
    plan('2', HAL, { localId: 'H1', birthDate: '2008-11-24' }),
    plan('3', HAL, { localId: 'H1', planType: 'LAC', endDate: '2026-12-01' }),
    plan('4', HAL, { planType: 'UCPP', expectedDeliveryDate: '2026-12-24' }),
  ]
  t.same(holdersOf(plans), [HAL, WAR])
  t.same(holdersOf([]), [])
  const own = { startDate: '2026-03-02', endDate: null, expectedDeliveryDate: null, status: 'active' }
  t.same(subjectOf(plans, HAL, '2026-11-24' as CalendarDate), {
    nhsNumber: ROBIN,
    localIds: ['H1'],
    plans: [
      { ...own, planType: 'CPP', planName: 'Child protection plan', status: 'ended', endDate: '2026-11-24' },
      { ...own, planType: 'LAC', planName: 'Looked after child', endDate: '2026-12-01' },
      {
        ...own,
        planType: 'UCPP',
        planName: 'Unborn child protection plan',
        expectedDeliveryDate: '2026-12-24',
      },
    ],
  })
  t.match(subjectOf(plans, WAR, '2026-11-24' as CalendarDate), { localIds: ['W1'], plans: { length: 1 } })
  t.end()
})

const RULES = { freshnessMs: 24 * HOUR_MS, graceMs: 2 * HOUR_MS }

t.test('an authority is overdue once its grace has passed, and never before its first dataset', (t) => {
  t.equal(freshnessOf(undefined, NOW, RULES), null)
  t.same(freshnessOf(NOW, NOW, RULES), { due: addMs(NOW, DAY_MS), overdue: false, ageSeconds: 0 })
  const last = ago(26 * HOUR_MS)
  t.same(freshnessOf(last, NOW, RULES), { due: ago(2 * HOUR_MS), overdue: false, ageSeconds: 93_600 })
  t.match(freshnessOf(addMs(last, -1), NOW, RULES), { overdue: true, ageSeconds: 93_600 })
  t.match(freshnessOf(ago(1_999), NOW, RULES), { ageSeconds: 1 })
  t.match(freshnessOf(addMs(NOW, HOUR_MS), NOW, RULES), { overdue: false, ageSeconds: 0 })
  t.end()
})

const PROFILE = referenceAuthorities('live')[0] as LocalAuthority

function anAuthority(status: AuthorityStatus, acceptedAt?: Instant): LocalAuthority {
  const lastDataset = acceptedAt && {
    id: 'd',
    sequence: 1,
    acceptedAt,
    extractedAt: acceptedAt,
    recordCount: 1,
  }
  return { ...newAuthority(HAL, { ...PROFILE, status }), lastDataset: lastDataset ?? null }
}

const lastWord = (status: AuthorityStatus, lastAcceptedAt: Instant | null = null) => ({
  status,
  lastAcceptedAt,
})

t.test('plans are stale when their authority is overdue or suspended', (t) => {
  t.equal(isStale(lastWord('live', NOW), NOW, RULES), false)
  t.equal(isStale(lastWord('live'), NOW, RULES), false)
  t.equal(isStale(lastWord('live', ago(26 * HOUR_MS)), NOW, RULES), false)
  t.equal(isStale(lastWord('live', ago(26 * HOUR_MS + 1)), NOW, RULES), true)
  t.equal(isStale(lastWord('suspended', NOW), NOW, RULES), true)
  t.end()
})

t.test('the go-live gate opens at 95 per cent in whole numbers, and not for an unknown number', (t) => {
  const cases: [number, number | null, boolean][] = [
    [19, 20, true],
    [18, 19, false],
    [18, 18, true],
    [94, 100, false],
    [95, 100, true],
    [949, 1000, false],
    [950, 1000, true],
    [3795, 3994, true],
    [3794, 3994, false],
    [120, 100, true],
    [0, 1, false],
    [0, 0, true],
    [100, null, false],
    [0, null, false],
  ]
  for (const [activeChildren, childrenInScope, passed] of cases) {
    const gate = passed ? { passed } : { passed, activeChildren, childrenInScope }
    t.same(goLiveGate(activeChildren, childrenInScope), gate, `${activeChildren} of ${childrenInScope}`)
  }
  t.end()
})

t.test('only a move to live is going live', (t) => {
  for (const before of [undefined, 'registered', 'testing', 'suspended'] as const) {
    const authority = before && anAuthority(before)
    t.equal(isGoingLive(authority, 'live'), true, `${before} to live`)
    for (const after of ['registered', 'testing', 'suspended'] as const) {
      t.equal(isGoingLive(authority, after), false, `${before} to ${after}`)
    }
  }
  t.equal(isGoingLive(anAuthority('live'), 'live'), false)
  t.end()
})

t.test('health sees a live authority, and suspending neither hides nor reveals', (t) => {
  const walk = (...statuses: AuthorityStatus[]) => {
    let authority = anAuthority(statuses[0] as AuthorityStatus)
    for (const status of statuses.slice(1)) authority = withProfile(authority, { status })
    return authority.visibleToHealth
  }
  t.equal(walk('registered'), false)
  t.equal(walk('testing'), false)
  t.equal(walk('live'), true)
  t.equal(walk('suspended'), false)
  t.equal(walk('live', 'suspended'), true)
  t.equal(walk('live', 'suspended', 'suspended'), true)
  t.equal(walk('testing', 'suspended'), false)
  t.equal(walk('testing', 'suspended', 'live'), true)
  t.equal(walk('live', 'testing'), false)
  t.equal(walk('live', 'testing', 'suspended'), false)
  const renamed = withProfile(anAuthority('live', NOW), { name: 'Halton Borough' })
  t.same(renamed, { ...anAuthority('live', NOW), name: 'Halton Borough' }, 'no dataset depends on a name')
  t.equal(withProfile(renamed, { acceptance: 'partial' }).version, 1)
  t.equal(withProfile(renamed, { status: 'suspended' }).version, 1)
  t.end()
})

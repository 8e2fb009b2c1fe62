import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { addDays, type CalendarDate } from '../../src/domain/calendar.js'
import {
  byRelevance,
  endOf,
  isVisibleOn,
  type Plan,
  type PlanType,
  shownEndOf,
  statusOn,
} from '../../src/domain/plan.js'
import { aDateBetween, holds } from '../helpers/properties.js'

type Dates = Pick<Plan, 'planType' | 'endDate' | 'expectedDeliveryDate' | 'birthDate'>

const TODAY = '2026-11-24' as CalendarDate
const aPlan = (fields: object): Dates => ({
  planType: 'CPP',
  endDate: null,
  expectedDeliveryDate: null,
  birthDate: null,
  ...fields,
})

t.test('what a plan shows on 24 November 2026', (t) => {
  type Shows = 'active' | 'ended' | 'active, hidden' | 'ended, hidden'
  const cases: [string, object, Shows][] = [
    ['with no end', {}, 'active'],
    ['that ends tomorrow', { endDate: '2026-11-25' }, 'active'],
    ['that ends today', { endDate: '2026-11-24' }, 'ended'],
    ['on day 365 after its end', { endDate: '2025-11-24' }, 'ended'],
    ['on day 366 after its end', { endDate: '2025-11-23' }, 'ended, hidden'],
    ['of a looked-after child, on day 365', { planType: 'LAC', endDate: '2025-11-24' }, 'ended'],
    ['of a looked-after child, on day 366', { planType: 'LAC', endDate: '2025-11-23' }, 'ended, hidden'],
    ['on the day before the eighteenth birthday', { birthDate: '2008-11-25' }, 'active'],
    ['on the eighteenth birthday', { birthDate: '2008-11-24' }, 'ended'],
    ['365 days after the eighteenth birthday', { birthDate: '2007-11-24' }, 'ended'],
    ['366 days after the eighteenth birthday', { birthDate: '2007-11-23' }, 'ended, hidden'],
    ['whose end lies after the birthday', { birthDate: '2008-11-24', endDate: '2027-01-01' }, 'ended'],
    ['that ended before the birthday', { birthDate: '2008-11-24', endDate: '2025-11-23' }, 'ended, hidden'],
    ['of a child with an impossible birth date far ahead', { birthDate: '9999-12-31' }, 'active'],
    ['with an end that stands for never', { endDate: '9999-12-31' }, 'active'],
    ['of an unborn child, due in future', { planType: 'UCPP', expectedDeliveryDate: '2027-01-01' }, 'active'],
    ['of an unborn child, day 28', { planType: 'UCPP', expectedDeliveryDate: '2026-10-27' }, 'active'],
    [
      'of an unborn child, day 29',
      { planType: 'UCPP', expectedDeliveryDate: '2026-10-26' },
      'active, hidden',
    ],
    [
      'of an unborn child, ended long ago, due now',
      { planType: 'UCPP', endDate: '2025-01-01', expectedDeliveryDate: '2026-11-24' },
      'ended',
    ],
    [
      'of an unborn child whose mother is eighteen today',
      { planType: 'UCPP', birthDate: '2008-11-24', expectedDeliveryDate: '2026-12-01' },
      'active',
    ],
  ]
  for (const [name, fields, shows] of cases) {
    const plan = aPlan(fields)
    const seen = `${statusOn(plan, TODAY)}${isVisibleOn(plan, TODAY) ? '' : ', hidden'}`
    t.equal(seen, shows, `a plan ${name}`)
  }
  t.end()
})

t.test('the end of a plan is its end date or the eighteenth birthday, whichever is sooner', (t) => {
  t.equal(endOf(aPlan({})), null)
  t.equal(endOf(aPlan({ endDate: '2026-01-01' })), '2026-01-01')
  t.equal(endOf(aPlan({ birthDate: '2008-02-29' })), '2026-03-01')
  t.equal(endOf(aPlan({ birthDate: '2008-02-29', endDate: '2026-02-28' })), '2026-02-28')
  t.equal(endOf(aPlan({ birthDate: '2008-02-29', endDate: '2026-03-02' })), '2026-03-01')
  t.equal(endOf(aPlan({ planType: 'UCPP', birthDate: '2008-02-29' })), null)
  t.end()
})

/** The same rules told otherwise: walk day by day and keep count. */
function modelOn(plan: Dates, today: CalendarDate): { ended: boolean; visible: boolean } {
  const isEighteen = (day: string) => {
    if (plan.planType === 'UCPP' || plan.birthDate === null) return false
    const eighteenYearsAgo = `${String(Number(day.slice(0, 4)) - 18).padStart(4, '0')}${day.slice(4)}`
    // Someone born on 29 February is not yet eighteen on 28 February.
    return plan.birthDate <= eighteenYearsAgo
  }
  const isEndedOn = (day: CalendarDate) => (plan.endDate !== null && day >= plan.endDate) || isEighteen(day)
  const ended = isEndedOn(today)
  if (plan.planType === 'UCPP') {
    const due = plan.expectedDeliveryDate
    return { ended, visible: due === null || !(addDays(today, -29) >= due) }
  }
  return { ended, visible: !isEndedOn(addDays(today, -366)) }
}

t.test('visibility and status agree with a model that knows only what holds on one day', (t) => {
  const near = aDateBetween('2023-01-01', '2029-12-31')
  const plans = fc.record({
    planType: fc.constantFrom<PlanType>('CPP', 'LAC', 'UCPP'),
    endDate: fc.option(near),
    expectedDeliveryDate: fc.option(near),
    birthDate: fc.option(aDateBetween('2005-01-01', '2011-12-31')),
  })
  holds(
    t,
    fc.property(plans, near, (plan, today) => {
      const model = modelOn(plan, today)
      assert.equal(statusOn(plan, today), model.ended ? 'ended' : 'active')
      assert.equal(isVisibleOn(plan, today), model.visible)
    }),
    2000,
  )
  t.end()
})

t.test('once hidden by age, a plan stays hidden, and once ended it stays ended', (t) => {
  const near = aDateBetween('2023-01-01', '2029-12-31')
  const plans = fc.record({
    planType: fc.constantFrom<PlanType>('CPP', 'LAC', 'UCPP'),
    endDate: fc.option(near),
    expectedDeliveryDate: fc.option(near),
    birthDate: fc.option(aDateBetween('2005-01-01', '2011-12-31')),
  })
  holds(
    t,
    fc.property(plans, near, fc.nat(800), (plan, today, days) => {
      const later = addDays(today, days)
      if (!isVisibleOn(plan, today)) assert.equal(isVisibleOn(plan, later), false)
      if (statusOn(plan, today) === 'ended') assert.equal(statusOn(plan, later), 'ended')
    }),
  )
  t.end()
})

t.test('plans are shown active before ended, then newest start, then by authority and type', (t) => {
  const held = (id: string, fields: object): Plan =>
    ({ ...aPlan(fields), id, startDate: '2026-01-01', authorityCode: 'E06000006', ...fields }) as Plan
  const inOrder = [
    held('new', { startDate: '2026-11-01' }),
    held('halton', {}),
    held('halton, looked after', { planType: 'LAC' }),
    held('warrington', { authorityCode: 'E06000007' }),
    held('old', { startDate: '2020-01-01' }),
    held('ended, new', { startDate: '2026-11-20', endDate: '2026-11-24' }),
    held('ended, old', { startDate: '2024-01-01', endDate: '2026-11-24' }),
  ]
  const ids = inOrder.map(({ id }) => id)
  holds(
    t,
    fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (shuffled) => {
      assert.deepEqual(
        [...shuffled].sort(byRelevance(TODAY)).map(({ id }) => id),
        ids,
      )
    }),
    50,
  )
  t.end()
})

t.test('a birthday that has not come is not shown as an end: it would tell the birth date', (t) => {
  const plan = aPlan({ birthDate: '2008-11-24' })
  t.equal(shownEndOf(plan, '2026-11-23' as CalendarDate), null)
  t.equal(shownEndOf(plan, '2026-11-24' as CalendarDate), '2026-11-24')
  const planned = aPlan({ birthDate: '2008-11-24', endDate: '2027-01-31' })
  t.equal(shownEndOf(planned, '2026-11-23' as CalendarDate), '2027-01-31', 'what the authority said stands')
  t.equal(shownEndOf(planned, '2026-11-24' as CalendarDate), '2026-11-24')
  t.end()
})

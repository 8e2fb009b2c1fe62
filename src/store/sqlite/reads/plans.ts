import { type CalendarDate, dateFromDayNumber, dayNumber } from '../../../domain/calendar.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import type { VisiblePlan } from '../../../domain/lookup.js'
import type { NhsNumber } from '../../../domain/nhs-number.js'
import { byRelevance, isVisibleOn, lastVisibleDay, type Plan, statusOn } from '../../../domain/plan.js'
import { decodeNumberCursor, encodeCursor } from '../../cursor.js'
import type { HeldPlan, Page, PageRequest } from '../../store.js'
import { type Connection, rawStatement, statement } from '../open.js'
import { PLAN_COLUMNS, planFromRow, type RawRow } from '../rows.js'
import { getAuthority, responsibleAuthority } from './authorities.js'

const OF_NUMBER = `select ${PLAN_COLUMNS} from plans where nhs_number = ?`
const BY_ID = `select ${PLAN_COLUMNS} from plans where id = ?`

/** What health may see of a number today, in the order in which it is shown. */
export function visiblePlansOf(
  connection: Connection,
  nhsNumber: NhsNumber,
  today: CalendarDate,
): VisiblePlan[] {
  const visible: VisiblePlan[] = []
  for (const row of rawStatement(connection, OF_NUMBER).all(nhsNumber)) {
    const shown = visibleOn(connection, planFromRow(row), today)
    if (shown !== undefined) visible.push(shown)
  }
  if (visible.length < 2) return visible
  const order = byRelevance(today)
  return visible.sort((a, b) => order(a.plan, b.plan))
}

/** Every plan of a number, whether it shows or not. */
export function plansOfNumber(connection: Connection, nhsNumber: NhsNumber): Plan[] {
  return rawStatement(connection, OF_NUMBER).all(nhsNumber).map(planFromRow)
}

/** A plan by its id, if health may see it today. */
export function findVisiblePlan(
  connection: Connection,
  id: string,
  today: CalendarDate,
): VisiblePlan | undefined {
  const row = rawStatement(connection, BY_ID).get(id)
  return row && visibleOn(connection, planFromRow(row), today)
}

function visibleOn(connection: Connection, plan: Plan, today: CalendarDate): VisiblePlan | undefined {
  if (!isVisibleOn(plan, today)) return undefined
  const authority = responsibleAuthority(connection, plan.authorityCode)
  return authority.visibleToHealth ? { plan, authority } : undefined
}

export function hasPlan(connection: Connection, nhsNumber: string): boolean {
  return (
    statement(connection, 'select 1 from plans where nhs_number = ? limit 1').get(nhsNumber) !== undefined
  )
}

export function plansOfAuthority(connection: Connection, code: AuthorityCode): Plan[] {
  const sql = `select ${PLAN_COLUMNS} from plans where authority_code = ?`
  return rawStatement(connection, sql).all(code).map(planFromRow)
}

/** The days from `first` to `last` on which a plan of the authority has just ceased to show. */
export function listDepartures(
  connection: Connection,
  code: AuthorityCode,
  first: CalendarDate,
  last: CalendarDate,
): CalendarDate[] {
  const [firstDay, lastDay] = [dayNumber(first), dayNumber(last)]
  const days = new Set<number>()
  for (const plan of plansOfAuthority(connection, code)) {
    const shown = lastVisibleDay(plan)
    // What went before the first of them, and is still there, goes with it.
    if (shown !== null && shown < lastDay) days.add(Math.max(firstDay, shown + 1))
  }
  return [...days].map(dateFromDayNumber)
}

/** Distinct NHS numbers with an active plan; the measure of the go-live gate. */
export function countActiveNumbers(connection: Connection, code: AuthorityCode, today: CalendarDate): number {
  const active = plansOfAuthority(connection, code).filter((plan) => statusOn(plan, today) === 'active')
  return new Set(active.map((plan) => plan.nhsNumber)).size
}

const LISTING = 'plans'
const READ_AT_ONCE = 500

export function listPlans(
  connection: Connection,
  code: AuthorityCode,
  page: PageRequest & { visible: boolean | undefined; today: CalendarDate },
): Page<HeldPlan> {
  const { visibleToHealth } = getAuthority(connection, code)
  const read = rawStatement(
    connection,
    `select ${PLAN_COLUMNS}, seq from plans where authority_code = ? and seq > ? order by seq limit ?`,
  )
  const items: HeldPlan[] = []
  let position = page.after === undefined ? 0 : decodeNumberCursor(LISTING, page.after)
  let lastShown = position
  // Visibility is a rule of the domain, not of SQL, so rows are read until one more than a page of them fits.
  for (;;) {
    const rows = read.all(code, position, READ_AT_ONCE)
    for (const row of rows) {
      const plan = planFromRow(row)
      const visible = visibleToHealth && isVisibleOn(plan, page.today)
      if (page.visible !== undefined && page.visible !== visible) continue
      if (items.length === page.limit) return { items, next: encodeCursor(LISTING, lastShown) }
      items.push({ plan, visible })
      lastShown = seqOf(row)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < READ_AT_ONCE) return { items, next: null }
    position = seqOf(last)
  }
}

function seqOf(row: RawRow): number {
  return row.at(-1) as number
}

import type { CalendarDate } from './calendar.js'
import type { DatasetMode } from './dataset.js'
import type { CheckedRecord } from './dataset-record.js'
import { isVisibleOn, type Plan, type PlanFacts, planKey, statusOn } from './plan.js'

/** How a dataset changes its authority's part of the index, in plans. */
export interface Changes {
  added: number
  changed: number
  ended: number
  removed: number
  unchanged: number
}

export const NO_CHANGES: Changes = { added: 0, changed: 0, ended: 0, removed: 0, unchanged: 0 }

export interface Difference {
  /** Plans to write; one without an id is new to the index. */
  written: { planId: string | undefined; facts: PlanFacts }[]
  removed: Plan[]
  changes: Changes
  /** Records that ask to delete what is not there. */
  unknownDeletions: CheckedRecord[]
  visibleBefore: number
  /** How many of them would no longer be visible. */
  withdrawn: number
}

/**
 * Compares checked records with what the authority has on the index.
 * A record that is handed back protects its person: plans under its NHS number or local id are not withdrawn by absence.
 * A stale record leaves nothing on the index for its key, whichever the mode.
 */
export function difference(
  current: readonly Plan[],
  records: readonly CheckedRecord[],
  mode: DatasetMode,
  today: CalendarDate,
): Difference {
  const onIndex = new Map<string, Plan>()
  for (const plan of current) onIndex.set(planKey(plan), plan)
  const visibleBefore = current.filter((plan) => isVisibleOn(plan, today)).length
  const result: Difference = {
    written: [],
    removed: [],
    changes: { ...NO_CHANGES },
    unknownDeletions: [],
    visibleBefore,
    withdrawn: 0,
  }
  const remove = (plan: Plan) => {
    result.removed.push(plan)
    result.changes.removed += 1
    if (isVisibleOn(plan, today)) result.withdrawn += 1
  }
  for (const record of records) {
    const { facts, key } = record
    if (facts === undefined || key === undefined) continue
    const plan = onIndex.get(key)
    onIndex.delete(key)
    if (record.deleted || record.stale) {
      if (plan !== undefined) remove(plan)
      else if (record.deleted) result.unknownDeletions.push(record)
    } else {
      write(result, plan, facts, today)
    }
  }
  if (mode === 'full') {
    const isProtected = protectionOf(records)
    for (const plan of onIndex.values()) {
      if (isProtected(plan)) result.changes.unchanged += 1
      else remove(plan)
    }
  }
  return result
}

function write(result: Difference, plan: Plan | undefined, facts: PlanFacts, today: CalendarDate): void {
  if (plan === undefined) {
    result.changes.added += 1
    result.written.push({ planId: undefined, facts })
    return
  }
  if (isSame(plan, facts)) {
    result.changes.unchanged += 1
    return
  }
  const ends = statusOn(plan, today) === 'active' && statusOn(facts, today) === 'ended'
  result.changes[ends ? 'ended' : 'changed'] += 1
  if (isVisibleOn(plan, today) && !isVisibleOn(facts, today)) result.withdrawn += 1
  result.written.push({ planId: plan.id, facts })
}

function isSame(plan: Plan, facts: PlanFacts): boolean {
  return (
    plan.endDate === facts.endDate &&
    plan.expectedDeliveryDate === facts.expectedDeliveryDate &&
    plan.localId === facts.localId &&
    plan.familyName === facts.familyName &&
    plan.birthDate === facts.birthDate &&
    plan.givenNames.length === facts.givenNames.length &&
    plan.givenNames.every((name, i) => name === facts.givenNames[i])
  )
}

function protectionOf(records: readonly CheckedRecord[]): (plan: Plan) => boolean {
  const nhsNumbers = new Set<string>()
  const localIds = new Set<string>()
  for (const record of records) {
    if (record.means === undefined) continue
    const { nhsNumber, localId } = record.means
    if (nhsNumber !== undefined) nhsNumbers.add(nhsNumber)
    if (localId !== undefined) localIds.add(localId)
  }
  return (plan) =>
    nhsNumbers.has(plan.nhsNumber) || (plan.localId !== null && localIds.has(plan.localId.trim()))
}

export interface ShrinkRule {
  /** The share of visible plans that a dataset may withdraw unasked. */
  ratio: number
}

/** Up to this many plans may always be withdrawn, so that a small authority can send its list. */
export const SHRINK_GUARD_PLANS = 20

/** Whether so much would be withdrawn that a broken extract is likelier than the truth. */
export function isShrinking(
  diff: Pick<Difference, 'visibleBefore' | 'withdrawn'>,
  rule: ShrinkRule,
): boolean {
  return diff.withdrawn > SHRINK_GUARD_PLANS && diff.withdrawn > diff.visibleBefore * rule.ratio
}

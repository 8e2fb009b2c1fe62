import type { Instant } from '../../../clock.js'
import type { Plan } from '../../../domain/plan.js'
import { type Connection, statement } from '../open.js'
import { hasPlan } from '../reads/plans.js'
import { planToRow } from '../rows.js'
import { forgetOffIndex, markOffIndex } from './off-index.js'

export function writePlans(connection: Connection, plans: readonly Plan[]): void {
  const write = statement(connection, 'insert or replace into plans values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  for (const plan of plans) {
    write.run(planToRow(plan))
    forgetOffIndex(connection, plan.nhsNumber)
  }
}

/** Takes plans off the index; a number that is left with none is marked with the moment. */
export function removePlans(connection: Connection, plans: readonly Plan[], now: Instant): void {
  const remove = statement(
    connection,
    'delete from plans where nhs_number = ? and authority_code = ? and plan_type = ? and start_date = ?',
  )
  for (const plan of plans) {
    remove.run(plan.nhsNumber, plan.authorityCode, plan.planType, plan.startDate)
    if (!hasPlan(connection, plan.nhsNumber)) markOffIndex(connection, plan.nhsNumber, now)
  }
}

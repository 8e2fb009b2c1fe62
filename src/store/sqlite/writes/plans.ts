import type { Instant } from '../../../clock.js'
import type { Plan } from '../../../domain/plan.js'
import { type Connection, statement } from '../open.js'
import { hasPlan } from '../reads/plans.js'
import { PLAN_COLUMNS, planToRow } from '../rows.js'
import { noteEraseDue } from './erase-due.js'
import { forgetOffIndex, hasOffIndex, markOffIndex } from './off-index.js'

const WRITE = `insert into plans (${PLAN_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (authority_code, nhs_number, plan_type, start_date) do update set id = excluded.id,
    end_date = excluded.end_date, expected_delivery_date = excluded.expected_delivery_date,
    local_id = excluded.local_id, family_name = excluded.family_name, given_names = excluded.given_names,
    birth_date = excluded.birth_date`

export function writePlans(connection: Connection, plans: readonly Plan[]): void {
  const write = statement(connection, WRITE)
  const someAreOff = hasOffIndex(connection)
  for (const plan of plans) {
    write.run(planToRow(plan))
    if (someAreOff) forgetOffIndex(connection, plan.nhsNumber)
  }
}

/** Takes plans off the index; a number that is left with none is marked with the moment. */
export function removePlans(connection: Connection, plans: readonly Plan[], now: Instant): void {
  if (plans.length > 0) noteEraseDue(connection)
  const remove = statement(
    connection,
    'delete from plans where nhs_number = ? and authority_code = ? and plan_type = ? and start_date = ?',
  )
  for (const plan of plans) {
    remove.run(plan.nhsNumber, plan.authorityCode, plan.planType, plan.startDate)
    if (!hasPlan(connection, plan.nhsNumber)) markOffIndex(connection, plan.nhsNumber, now)
  }
}

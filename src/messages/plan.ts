import type { Static } from 'typebox'
import { PLAN_TYPES } from '../domain/plan.js'
import {
  BareNhsNumberSchema,
  closed,
  DateSchema,
  IdSchema,
  nullable,
  oneOf,
  PageQuery,
  pageOf,
  ref,
} from './common.js'

import { heldPlanExample } from './examples.js'
import { Type } from './type.js'

export const planFields = {
  planType: oneOf(PLAN_TYPES),
  planName: Type.String({ examples: ['Child protection plan'] }),
  status: oneOf(['active', 'ended'] as const),
  startDate: DateSchema(),
  endDate: nullable(DateSchema(), { description: 'Also the eighteenth birthday, where that ends the plan.' }),
  expectedDeliveryDate: nullable(DateSchema(), {
    description: 'Of a UCPP, whose NHS number is the mother’s.',
  }),
}

export const HeldPlanSchema = closed(
  {
    id: IdSchema,
    nhsNumber: BareNhsNumberSchema,
    localId: nullable(Type.String()),
    ...planFields,
    visible: Type.Boolean({ description: 'Whether health sees it today.' }),
  },
  {
    $id: 'HeldPlan',
    examples: [heldPlanExample],
    title: 'HeldPlan',
    description: 'What the hub holds of one plan, for its own authority.',
  },
)

export const HeldPlanQuery = closed({
  visible: Type.Optional(Type.Boolean({ description: 'false: only what health does not see.' })),
  ...PageQuery,
})
export type HeldPlanQuery = Static<typeof HeldPlanQuery>

export const HeldPlanPage = pageOf(ref(HeldPlanSchema))

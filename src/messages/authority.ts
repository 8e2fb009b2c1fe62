import type { Static } from 'typebox'
import { ACCEPTANCES, AUTHORITY_STATUSES } from '../domain/local-authority.js'
import { AuthorityCodeSchema, closed, IdSchema, InstantSchema, nullable, oneOf, text } from './common.js'

import { authorityChangeExample, authorityExample } from './examples.js'
import { Type } from './type.js'

export const DataStewardSchema = closed(
  {
    name: text(140, { examples: ['Sam Ashworth'] }),
    role: text(140, { examples: ['CP-IS data steward'] }),
    email: text(254, { examples: ['cp-is@halton.example'] }),
    phone: text(40, { examples: ['01632 960006'] }),
  },
  { description: 'The person to whom a returned dataset is addressed.' },
)

const phone = (description: string, example: string) => text(40, { description, examples: [example] })

const profile = {
  name: text(140, { examples: ['Halton'] }),
  dfeCode: nullable(text(10), { description: 'DfE local authority number.', examples: ['876'] }),
  odsCode: nullable(text(12), { description: 'ODS code, where one is known.', examples: [null] }),
  officeHoursPhone: phone('Whom to ring in office hours.', '01632 960006'),
  emergencyDutyPhone: phone('Whom to ring at any other time.', '01632 960506'),
  dataSteward: DataStewardSchema,
  wave: Type.Integer({
    minimum: 1,
    maximum: 99,
    description: 'The wave of the roll-out it belongs to.',
    examples: [1],
  }),
  status: oneOf(AUTHORITY_STATUSES, {
    description:
      'registered: may not submit. testing: may submit, nothing is visible to health. live: visible. suspended: may not submit, what was visible stays so and is marked stale.',
    examples: ['live'],
  }),
  acceptance: oneOf(ACCEPTANCES, {
    description: 'Whether one faulty record returns the whole dataset, or is handed back alone.',
    examples: ['all-or-nothing'],
  }),
  childrenInScope: nullable(Type.Integer({ minimum: 0, maximum: 10_000_000 }), {
    description:
      'How many children the authority has on plans or in care; the go-live gate measures against it.',
    examples: [415],
  }),
}

export const LastDatasetSchema = closed({
  id: IdSchema,
  sequence: Type.Integer(),
  acceptedAt: InstantSchema(),
  recordCount: Type.Integer(),
})

export const FreshnessOfOneSchema = closed({
  due: InstantSchema({ description: 'When the next dataset is due.' }),
  overdue: Type.Boolean({ description: 'Past due and the grace period.' }),
  ageSeconds: Type.Integer({ description: 'Age of the last accepted dataset.' }),
})

export const AuthoritySchema = closed(
  {
    code: AuthorityCodeSchema,
    ...profile,
    lastDataset: nullable(LastDatasetSchema, { description: 'The last accepted dataset.' }),
    freshness: nullable(FreshnessOfOneSchema, { description: 'Null until a dataset was accepted.' }),
  },
  {
    $id: 'Authority',
    examples: [authorityExample],
    title: 'Authority',
    description: 'A local authority with duties for children.',
  },
)

export const AuthorityChangeSchema = closed(
  {
    code: Type.Optional(AuthorityCodeSchema),
    ...(Object.fromEntries(
      Object.entries(profile).map(([name, schema]) => [name, Type.Optional(schema)]),
    ) as { [K in keyof typeof profile]: ReturnType<typeof Type.Optional<(typeof profile)[K]>> }),
    force: Type.Optional(Type.Boolean({ description: 'Go live although the gate is not passed.' })),
    lastDataset: Type.Optional(Type.Unknown({ description: 'The hub’s own; ignored when sent back.' })),
    freshness: Type.Optional(Type.Unknown({ description: 'The hub’s own; ignored when sent back.' })),
  },
  {
    $id: 'AuthorityChange',
    examples: [authorityChangeExample],
    title: 'AuthorityChange',
    description:
      'Creates an authority or changes one; a field left out keeps its value. Creating needs name, both phones and the data steward.',
  },
)
export type AuthorityChangeBody = Static<typeof AuthorityChangeSchema>

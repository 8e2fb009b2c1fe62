import type { Static } from 'typebox'
import { ACCESSES_SHOWN } from '../domain/access-event.js'
import {
  AuthorityCodeSchema,
  BareNhsNumberSchema,
  closed,
  IdSchema,
  InstantSchema,
  NhsNumberSchema,
  nullable,
  oneOf,
  text,
} from './common.js'
import { lookupExample, lookupReplyExample } from './examples.js'
import { planFields } from './plan.js'
import { Type } from './type.js'

const ODS_CODE_PATTERN = '^[A-Z0-9]{1,12}$'
const ODS_CODE = new RegExp(ODS_CODE_PATTERN)

export function isOdsCode(value: unknown): value is string {
  return typeof value === 'string' && ODS_CODE.test(value)
}

export const OrganisationSchema = closed({
  odsCode: Type.String({ pattern: ODS_CODE_PATTERN, description: 'In capitals.', examples: ['RBN01'] }),
  name: text(140, { examples: ['Whiston Hospital (simulated)'] }),
})

export const UserSchema = closed({
  id: text(64, {
    description: 'Who looks; together with the organisation it decides what is a repeat.',
    examples: ['555500000001'],
  }),
  name: text(140, { examples: ['Jo Bright'] }),
  roleCode: Type.Optional(text(64, { examples: ['S8000:G8000:R8001'] })),
  roleName: text(140, { examples: ['Nurse'] }),
  roleProfileId: Type.Optional(
    text(64, { description: 'The SDS role profile under which the user asks.', examples: ['555254242102'] }),
  ),
})

export const RequesterSchema = closed({ organisation: OrganisationSchema, user: UserSchema })

export const LookupSchema = closed(
  {
    nhsNumber: NhsNumberSchema,
    careSetting: Type.Optional(
      oneOf(['unscheduled', 'scheduled'] as const, {
        default: 'unscheduled',
        description: 'unscheduled: the authorities are told. scheduled: a silent read, nothing is recorded.',
      }),
    ),
    requester: RequesterSchema,
    location: Type.Optional(text(140, { examples: ['Children’s emergency department'] })),
  },
  {
    $id: 'Lookup',
    examples: [lookupExample],
    title: 'Lookup',
    description: 'A question about one NHS number.',
  },
)
export type LookupBody = Static<typeof LookupSchema>

export const accessFields = {
  id: IdSchema,
  at: InstantSchema(),
  organisation: OrganisationSchema,
  user: UserSchema,
  location: nullable(Type.String()),
}

export const LookupReplySchema = closed(
  {
    nhsNumber: BareNhsNumberSchema,
    found: Type.Boolean({ description: 'Whether a visible plan was found.' }),
    plans: Type.Array(
      closed({
        ...planFields,
        asOf: nullable(InstantSchema(), { description: 'When the authority’s last dataset was accepted.' }),
        stale: Type.Boolean({ description: 'The authority is overdue or suspended: ring and ask.' }),
        authority: closed({
          code: AuthorityCodeSchema,
          name: Type.String(),
          officeHoursPhone: Type.String(),
          emergencyDutyPhone: Type.String(),
        }),
      }),
      { description: 'Active before ended, then newest start.' },
    ),
    accesses: Type.Array(closed(accessFields), {
      description: `The ${ACCESSES_SHOWN} latest unscheduled accesses anywhere, newest first; none on a miss.`,
    }),
    access: nullable(
      closed({
        id: IdSchema,
        at: InstantSchema(),
        repeat: Type.Boolean({
          description: 'The same event as before: same user, same organisation, within the window.',
        }),
        notified: Type.Array(AuthorityCodeSchema, {
          description: 'Every authority that has been told of this access.',
        }),
      }),
      { description: 'The recorded access; null on a miss and on a silent read.' },
    ),
  },
  {
    $id: 'LookupReply',
    examples: [lookupReplyExample],
    title: 'LookupReply',
    description: 'What is known of one NHS number.',
  },
)

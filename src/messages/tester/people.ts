import type { Static } from 'typebox'
import { GIVEN_NAMES_MAX, NAME_LENGTH_MAX } from '../../domain/dataset-record.js'
import { GENDERS, PERSON_STATES } from '../../domain/person.js'
import {
  BareNhsNumberSchema,
  CountSchema,
  closed,
  DateSchema,
  NhsNumberSchema,
  nullable,
  oneOf,
  ref,
  text,
} from '../common.js'
import { personChangeExample, personExample } from '../examples.js'
import { Type } from '../type.js'

export const PEOPLE_AT_ONCE_MAX = 1_000

const StateSchema = oneOf(PERSON_STATES, {
  description:
    'normal or sensitive: in use. superseded: replaced by another number. invalidated: out of use, with none in its place.',
})

const changeFields = {
  nhsNumber: NhsNumberSchema,
  familyName: Type.Optional(nullable(text(NAME_LENGTH_MAX))),
  givenNames: Type.Optional(Type.Array(text(NAME_LENGTH_MAX), { maxItems: GIVEN_NAMES_MAX })),
  birthDate: Type.Optional(nullable(DateSchema())),
  gender: Type.Optional(nullable(oneOf(GENDERS))),
  state: Type.Optional(StateSchema),
  replacedBy: Type.Optional(
    nullable(NhsNumberSchema, { description: 'Required of a superseded person, and of no other.' }),
  ),
  adopted: Type.Optional(
    Type.Boolean({ description: 'The new number must not be known from the old one: nobody is told it.' }),
  ),
}

export const PersonChangeSchema = closed(changeFields, {
  $id: 'PersonChange',
  examples: [personChangeExample],
  title: 'PersonChange',
  description: 'A person of the simulated register, new or changed; what is left out stays as it is.',
})
export type PersonChangeBody = Static<typeof PersonChangeSchema>

export const PeopleSchema = closed({
  people: Type.Array(ref(PersonChangeSchema), {
    minItems: 1,
    maxItems: PEOPLE_AT_ONCE_MAX,
  }),
})
export type PeopleBody = Static<typeof PeopleSchema>

export const PersonSchema = closed(
  {
    nhsNumber: BareNhsNumberSchema,
    familyName: nullable(Type.String()),
    givenNames: Type.Array(Type.String()),
    birthDate: nullable(DateSchema()),
    gender: nullable(oneOf(GENDERS)),
    state: StateSchema,
    replacedBy: nullable(BareNhsNumberSchema),
    adopted: Type.Boolean(),
  },
  {
    $id: 'Person',
    examples: [personExample],
    title: 'Person',
    description: 'A person of the simulated register.',
  },
)

export const SavedPeopleSchema = closed({
  added: CountSchema('New in the register.'),
  replaced: CountSchema('Registered before in this way, and replaced.'),
  left: CountSchema('Left as PUT /tester/people made or changed them.'),
})

import type { Static } from 'typebox'
import { DATASET_MODES } from '../domain/dataset.js'
import { GIVEN_NAMES_MAX, LOCAL_ID_LENGTH_MAX, NAME_LENGTH_MAX } from '../domain/dataset-record.js'
import { PLAN_TYPES } from '../domain/plan.js'
import { closed, InstantSchema, nullable, oneOf, ref, TEXT_PATTERN } from './common.js'

// Fifteen digits are exact in every language, and leave room for those who number by date and time.
const SEQUENCE_MAX = 999_999_999_999_999

const recordText = (lengthMax: number, description: string, example: string) =>
  Type.Optional(
    nullable(Type.String({ maxLength: lengthMax, pattern: TEXT_PATTERN }), {
      description,
      examples: [example],
    }),
  )

const recordDate = (description: string, example: string) =>
  Type.Optional(
    nullable(Type.String({ pattern: '^(\\d{4}-\\d{2}-\\d{2})?$' }), { description, examples: [example] }),
  )

import { datasetExample, recordExample } from './examples.js'
import { Type } from './type.js'

export const DatasetRecordSchema = closed(
  {
    nhsNumber: Type.String({
      pattern: '^\\d{3}([ \\u00a0-]?)\\d{3}\\1\\d{4}$',
      description: 'Of the child; of the mother when the plan is a UCPP.',
      examples: ['9990000018'],
    }),
    planType: oneOf(PLAN_TYPES, { description: 'CPP, LAC or UCPP.', examples: ['CPP'] }),
    startDate: Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}$',
      description: 'Not after today.',
      examples: ['2026-03-02'],
    }),
    endDate: recordDate('Missing while the plan goes on; may lie in the future.', '2026-10-30'),
    expectedDeliveryDate: recordDate('UCPP only, and required there.', '2027-02-14'),
    deleted: Type.Optional(
      nullable(Type.Boolean(), {
        description: 'The plan should never have been there: take it off the index.',
      }),
    ),
    localId: recordText(
      LOCAL_ID_LENGTH_MAX,
      'The authority’s own id of the person; findings name it.',
      'HAL-10231',
    ),
    familyName: recordText(NAME_LENGTH_MAX, 'Never shown to health.', 'Ashdown'),
    givenNames: Type.Optional(
      nullable(
        Type.Array(Type.String({ maxLength: NAME_LENGTH_MAX, pattern: TEXT_PATTERN }), {
          maxItems: GIVEN_NAMES_MAX,
        }),
        {
          description: 'Never shown to health.',
          examples: [['Robin', 'Lee']],
        },
      ),
    ),
    birthDate: recordDate(
      'Ends a CPP or LAC on the eighteenth birthday. Never shown to health.',
      '2015-06-01',
    ),
  },
  {
    $id: 'DatasetRecord',
    examples: [recordExample],
    title: 'DatasetRecord',
    description: 'One plan of one person.',
  },
)

/** The dataset's own fields; of the JSON body, or of the query string when the body is CSV. */
export const envelopeFields = {
  sequence: Type.Integer({
    minimum: 1,
    maximum: SEQUENCE_MAX,
    description:
      'One more than that of the last accepted dataset; a returned one does not use its number up.',
    examples: [1],
  }),
  extractedAt: InstantSchema({ description: 'When the list was drawn, with its offset from UTC.' }),
  mode: Type.Optional(
    oneOf(DATASET_MODES, {
      default: 'full',
      description: 'full: the whole current list, what is missing is withdrawn. delta: only what changed.',
    }),
  ),
  recordCount: Type.Integer({
    minimum: 0,
    maximum: 10_000_000,
    description: 'How many records follow.',
    examples: [1],
  }),
  childrenInScope: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000_000,
      description: 'Children on plans or in care, sent or not.',
      examples: [415],
    }),
  ),
}

export const DatasetSchema = closed(
  { ...envelopeFields, records: Type.Array(ref(DatasetRecordSchema)) },
  {
    $id: 'Dataset',
    examples: [datasetExample],
    title: 'Dataset',
    description: 'One authority’s nightly submission.',
  },
)

/** What is checked before the records are: a fault here is a problem, a fault in a record is a finding. */
export const DatasetEnvelopeSchema = closed({ ...envelopeFields, records: Type.Array(Type.Unknown()) })
export type DatasetEnvelopeBody = Static<typeof DatasetEnvelopeSchema>

/** The CSV form, for the contract alone: a text is read, not validated. */
export const CsvTextSchema = Type.String({
  description:
    'A header row with the columns nhs_number, plan_type, start_date and, if there is something to say, end_date, expected_delivery_date, deleted (true, false or empty), local_id, family_name, given_names (separated by spaces) and birth_date, in any order; then one record a row, separated by commas, in UTF-8.',
  examples: ['nhs_number,plan_type,start_date,local_id\n9990000018,CPP,2026-03-02,HAL-10231\n'],
})

export const CsvDatasetFieldsSchema = closed(envelopeFields)

const flag = (description: string) => Type.Optional(Type.Boolean({ default: false, description }))

const submissionFlags = {
  dryRun: flag('Check it and show what would change; change nothing, whatever the sequence.'),
  confirmShrink: flag('Withdraw plans although the shrink guard objects, or send an empty list.'),
}

/** The query string as the route sees it: the CSV fields are checked with the body, where JSON's are. */
export const DatasetQuerySchema = closed({
  ...submissionFlags,
  sequence: Type.Optional(Type.Integer({ description: 'CSV only.' })),
  extractedAt: Type.Optional(Type.String({ maxLength: 40, description: 'CSV only.' })),
  mode: Type.Optional(Type.String({ maxLength: 10, description: 'CSV only.' })),
  recordCount: Type.Optional(Type.Integer({ description: 'CSV only.' })),
  childrenInScope: Type.Optional(Type.Integer({ description: 'CSV only.' })),
})
export type DatasetQuery = Static<typeof DatasetQuerySchema>

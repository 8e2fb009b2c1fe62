import { DATASET_MODES } from '../domain/dataset.js'
import { FINDING_KINDS, FINDINGS_LISTED_MAX, RECORD_CODES } from '../domain/finding.js'
import { FILE_CODES } from '../domain/receipt.js'
import { DataStewardSchema } from './authority.js'
import {
  AuthorityCodeSchema,
  CountSchema,
  closed,
  IdSchema,
  InstantSchema,
  nullable,
  oneOf,
  ref,
} from './common.js'

const FINDING_CODES = Object.keys(FINDING_KINDS)

import { findingExample, receiptExample, receiptSummaryExample } from './examples.js'
import { Type } from './type.js'

export const FindingSchema = closed(
  {
    record: nullable(Type.Integer(), { description: '0-based; null when the fault is the whole file’s.' }),
    line: Type.Optional(
      Type.Integer({ description: 'CSV only: the physical line on which the record starts, 1-based.' }),
    ),
    localId: nullable(Type.String()),
    field: nullable(Type.String()),
    severity: oneOf(['error', 'warning'] as const),
    code: Type.String({ description: `One of ${FINDING_CODES.join(', ')}.` }),
    recordCode: nullable(Type.String(), {
      description: `CP-IS record code: one of ${RECORD_CODES.join(', ')}.`,
    }),
    message: Type.String({ description: 'What is wrong and what to do; never a value of the record.' }),
  },
  { $id: 'Finding', examples: [findingExample], title: 'Finding', description: 'One fault of a dataset.' },
)

const receipt = {
  id: nullable(IdSchema, { description: 'Null for a dry run, and with CPF05.' }),
  authorityCode: AuthorityCodeSchema,
  sequence: Type.Integer(),
  outcome: oneOf(['accepted', 'partially-accepted', 'returned'] as const),
  fileCode: oneOf(FILE_CODES, {
    description:
      'CPF02 accepted, CPF03 partially accepted, CPF04 returned for its records, CPF01 returned for a file-level error, CPF05 not checked since the register of people cannot be reached.',
  }),
  mode: oneOf(DATASET_MODES),
  dryRun: Type.Boolean(),
  receivedAt: InstantSchema(),
  extractedAt: InstantSchema(),
  contentDigest: Type.String({ description: 'SHA-256 over the inflated body and the dataset’s own fields.' }),
  recordCount: CountSchema('Records that arrived.'),
  acceptedCount: CountSchema('Records taken.'),
  returnedCount: CountSchema('Records handed back; all of them when the dataset is returned.'),
  changes: closed(
    {
      added: CountSchema('New on the index.'),
      changed: CountSchema('Changed in some field.'),
      ended: CountSchema('Active before, ended now.'),
      removed: CountSchema('Withdrawn or deleted.'),
      unchanged: CountSchema('As before.'),
    },
    { description: 'What the dataset changed on the index, in plans; all zero when it was returned.' },
  ),
  findingCount: CountSchema('All findings, listed or not.'),
}

const closing = {
  returnedTo: nullable(DataStewardSchema, { description: 'The data steward, when returned.' }),
  nextDueAt: nullable(InstantSchema(), {
    description: 'When the next dataset is due; of a returned one, the time that is still in force.',
  }),
}

export const ReceiptSchema = closed(
  {
    ...receipt,
    findings: Type.Array(ref(FindingSchema), {
      maxItems: FINDINGS_LISTED_MAX,
      description: `In the order of the records, at most ${FINDINGS_LISTED_MAX}.`,
    }),
    ...closing,
  },
  {
    $id: 'Receipt',
    examples: [receiptExample],
    title: 'Receipt',
    description: 'The hub’s answer to a dataset.',
  },
)

export const ReceiptSummarySchema = closed(
  { ...receipt, ...closing },
  {
    $id: 'ReceiptSummary',
    examples: [receiptSummaryExample],
    title: 'ReceiptSummary',
    description: 'A receipt without its findings.',
  },
)

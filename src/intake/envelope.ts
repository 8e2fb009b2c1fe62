import { Ajv, type ValidateFunction } from 'ajv'
import { parseInstant } from '../clock.js'
import type { DatasetEnvelope } from '../domain/dataset.js'
import { refuse } from '../domain/problem.js'
import {
  CsvDatasetFieldsSchema,
  type DatasetEnvelopeBody,
  DatasetEnvelopeSchema,
} from '../messages/dataset.js'
import { AJV_OPTIONS, schemaFaults } from '../messages/schema-faults.js'

const ajv = new Ajv(AJV_OPTIONS)
const checkEnvelope = ajv.compile(DatasetEnvelopeSchema)
const checkCsvFields = ajv.compile(CsvDatasetFieldsSchema)

/** Reads the dataset's own fields and its list of records out of a parsed body; refuses with every fault. */
export function readEnvelope(body: unknown): { envelope: DatasetEnvelope; records: unknown[] } {
  const { records, ...fields } = checked<DatasetEnvelopeBody>(checkEnvelope, body)
  return { envelope: envelopeOf(fields), records }
}

/** Reads a CSV dataset's own fields, which stand in the query string. */
export function readCsvFields(fields: unknown): DatasetEnvelope {
  return envelopeOf(checked<Omit<DatasetEnvelopeBody, 'records'>>(checkCsvFields, fields))
}

function checked<T>(check: ValidateFunction, value: unknown): T {
  if (check(value)) return value as T
  throw refuse(
    'SCHEMA_VIOLATION',
    'The dataset’s own fields have faults; its records were not looked at.',
    schemaFaults(check.errors),
  )
}

function envelopeOf(fields: Omit<DatasetEnvelopeBody, 'records'>): DatasetEnvelope {
  const extractedAt = parseInstant(fields.extractedAt)
  if (extractedAt === undefined) {
    const fault = {
      pointer: '/extractedAt',
      message: 'must be a real RFC 3339 date and time with its offset',
    }
    throw refuse('SCHEMA_VIOLATION', 'extractedAt is not a moment that exists.', [fault])
  }
  const { sequence, mode = 'full', recordCount, childrenInScope } = fields
  return {
    sequence,
    extractedAt,
    mode,
    recordCount,
    ...(childrenInScope === undefined ? {} : { childrenInScope }),
  }
}

import { GIVEN_NAMES_MAX, RECORD_FIELDS } from './dataset-record.js'
import { type HubError, refuse } from './problem.js'

/** How large a dataset may be. */
export interface DatasetLimits {
  /** Inflated. */
  bytesMax: number
  recordsMax: number
}

export function refuseTooManyBytes({ bytesMax }: Pick<DatasetLimits, 'bytesMax'>): HubError {
  return refuse(
    'DATASET_TOO_LARGE',
    `A dataset may have ${bytesMax} bytes (inflated). Ask the hub's operator for more.`,
  )
}

export function refuseTooManyRecords({ recordsMax }: Pick<DatasetLimits, 'recordsMax'>): Error {
  return refuse(
    'DATASET_TOO_LARGE',
    `A dataset may have ${recordsMax} records. Ask the hub's operator for more.`,
  )
}

// Room for the dataset's own fields, misspelt ones too.
const OWN_VALUES_MAX = 100
// There are sixteen. Records keyed by a number instead of listed have more, and would take a gigabyte to parse.
const DIFFERENT_NAMES_MAX = 1000

/**
 * How much JSON can stand in a dataset of the most records that have no fault: a record, its fields, its given names.
 * Counted before anything is made of the bytes, since a few bytes of JSON can take a hundred of memory.
 */
export function jsonSizeOf({ recordsMax }: Pick<DatasetLimits, 'recordsMax'>) {
  return {
    containersMax: OWN_VALUES_MAX + 2 * recordsMax,
    valuesMax: OWN_VALUES_MAX + (1 + RECORD_FIELDS.size + GIVEN_NAMES_MAX) * recordsMax,
    namesMax: DIFFERENT_NAMES_MAX,
    itemsMax: recordsMax,
    refusal: () => refuseTooMuch(recordsMax),
    tooManyItems: () => refuseTooManyRecords({ recordsMax }),
  }
}

function refuseTooMuch(recordsMax: number): Error {
  return refuse(
    'DATASET_TOO_LARGE',
    `The JSON holds more than a dataset of ${recordsMax} records can, or more than ${DIFFERENT_NAMES_MAX} different property names. Send fewer records, in a list, with the properties of the dataset schema.`,
  )
}

import { refuse } from './problem.js'

/** How large a dataset may be. */
export interface DatasetLimits {
  /** Inflated. */
  bytesMax: number
  recordsMax: number
}

export function refuseTooManyBytes({ bytesMax }: Pick<DatasetLimits, 'bytesMax'>): Error {
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

import type { SyntheticDataset } from './england.js'
import type { SyntheticRecord } from './people.js'

/** A dataset as JSON, one record a line, so that two nights can be compared with diff. */
export function datasetJson({ records, ...fields }: SyntheticDataset): string {
  const head = JSON.stringify(fields).slice(0, -1)
  return `${head},"records":[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]}\n`
}

const COLUMNS: Record<string, (record: SyntheticRecord) => string> = {
  nhs_number: (record) => record.nhsNumber,
  plan_type: (record) => record.planType,
  start_date: (record) => record.startDate,
  end_date: (record) => record.endDate ?? '',
  expected_delivery_date: (record) => record.expectedDeliveryDate ?? '',
  deleted: () => '',
  local_id: (record) => record.localId,
  family_name: (record) => record.familyName,
  given_names: (record) => record.givenNames.join(' '),
  birth_date: (record) => record.birthDate,
}

// A spreadsheet would run such a cell as a formula; with an apostrophe before it, it is a text.
const FORMULA_CELL = /^[=+\-@\t\r]/

/** A dataset's records as CSV; its own fields go into the query string. */
export function datasetCsv({ records }: SyntheticDataset): string {
  const columns = Object.entries(COLUMNS)
  const rows = records.map((record) => columns.map(([, cellOf]) => csvCell(cellOf(record))).join(','))
  return `${[columns.map(([name]) => name).join(','), ...rows].join('\r\n')}\r\n`
}

function csvCell(text: string): string {
  const cell = FORMULA_CELL.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

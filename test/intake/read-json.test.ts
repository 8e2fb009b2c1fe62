import t from 'tap'
import type { HubError } from '../../src/domain/problem.js'
import { readJson } from '../../src/intake/read-json.js'
import { aDataset } from '../helpers/seed.js'

const job = { queryFields: {}, limits: { bytesMax: 1_000_000, recordsMax: 100 } }
const [HEAD, TAIL] = JSON.stringify(aDataset(1, [0], { recordCount: 1 })).split('0]') as [string, string]

/** How many records are read, or why none is. */
function read(text: string): number | string {
  try {
    return readJson(Buffer.from(text), job).records.length
  } catch (error) {
    const { code, detail } = error as HubError
    return `${code}: ${detail}`
  }
}

const withRecords = (records: string[]) => `${HEAD}${records.join()}]${TAIL}`

t.test(
  'records are counted while they are read, whatever they are, before anything is made of them',
  async (t) => {
    const tooMany =
      'DATASET_TOO_LARGE: A dataset may have 100 records. Ask the hub’s operator for more.'.replace('’', "'")
    for (const record of ['"x"', '1', 'null', '{}', '[]', '{"givenNames":["a","b"]}']) {
      t.equal(read(withRecords(Array(100).fill(record))), 100, record)
      t.equal(read(withRecords(Array(101).fill(record))), tooMany, record)
      t.equal(
        read(withRecords([...Array(101).fill(record), '!'])),
        tooMany,
        'what comes after is not looked at',
      )
      t.equal(
        read(`[${Array(101).fill(record).join()}]`),
        tooMany,
        'nor is a bare list of records taken for less',
      )
    }
  },
)

t.test('a list inside a record is not one of records', async (t) => {
  const names = Array(101).fill('"a"').join()
  t.equal(read(withRecords([`{"givenNames":[${names}]}`])), 1)
})

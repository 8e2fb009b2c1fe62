import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { onOrder } from './processes.js'
import type { DatasetFile } from './world.js'

/**
 * The baseline of a night: `JSON.parse` and a bare insert of the same rows under the same key, one durable
 * transaction for each dataset. It checks nothing, compares nothing, and keeps no receipt.
 */
onOrder(async ({ database, files }: { database: string; files: DatasetFile[] }): Promise<number> => {
  const startedAt = performance.now()
  const connection = new Database(database)
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = FULL')
  connection.exec(
    `create table if not exists plans (nhs_number text, authority_code text, plan_type text, start_date text,
       end_date text, expected_delivery_date text, local_id text, family_name text, given_names text, birth_date text,
       primary key (nhs_number, authority_code, plan_type, start_date)) without rowid`,
  )
  const insert = connection.prepare('insert or replace into plans values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertAll = connection.transaction((code: string, records: Record<string, unknown>[]) => {
    for (const record of records) {
      insert.run(
        record.nhsNumber,
        code,
        record.planType,
        record.startDate,
        record.endDate,
        record.expectedDeliveryDate,
        record.localId,
        record.familyName,
        JSON.stringify(record.givenNames),
        record.birthDate,
      )
    }
  })
  for (const { code, file } of files) insertAll(code, JSON.parse(readFileSync(file, 'utf8')).records)
  connection.close()
  return performance.now() - startedAt
})

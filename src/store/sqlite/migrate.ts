import { MIGRATIONS } from './migrations.js'
import type { Connection } from './open.js'

/** Brings the schema to the newest number, one transaction for each step, and refuses a database of the future. */
export function migrate(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  const version = () => connection.pragma('user_version', { simple: true }) as number
  if (version() > migrations.length) {
    throw new Error(
      `The database is of a newer hub (schema ${version()}, this one knows ${migrations.length}). Start the newer hub, or restore a backup.`,
    )
  }
  for (let number = version(); number < migrations.length; number += 1) {
    connection.exec('begin immediate')
    try {
      connection.exec(migrations[number] as string)
      connection.pragma(`user_version = ${number + 1}`)
      connection.exec('commit')
    } catch (error) {
      connection.exec('rollback')
      throw error
    }
  }
}

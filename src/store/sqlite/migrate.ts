import { pause } from '../../pause.js'
import { MIGRATIONS } from './migrations.js'
import type { Connection } from './open.js'

/**
 * Brings the schema to the newest number, one transaction for each step, and refuses a database of the future. A new
 * one is made in a single transaction: there is nothing in it that a step could take long to change, and each commit
 * that is spared makes a start shorter.
 */
export function migrate(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  const version = () => connection.pragma('user_version', { simple: true }) as number
  if (version() > migrations.length) {
    throw new Error(
      `The database is of a newer hub (schema ${version()}, this one knows ${migrations.length}). Start the newer hub, or restore a backup.`,
    )
  }
  while (version() < migrations.length) {
    const upTo = version() === 0 ? migrations.length : version() + 1
    connection.exec('begin immediate')
    try {
      // Read again under the lock: another starter may have been here first.
      for (let number = version(); number < upTo; number += 1) {
        connection.exec(migrations[number] as string)
        pause('M1 inside a migration')
        connection.pragma(`user_version = ${number + 1}`)
      }
      connection.exec('commit')
    } catch (error) {
      // On a full disk SQLite has rolled back by itself; saying so again would hide why.
      if (connection.inTransaction) connection.exec('rollback')
      throw error
    }
  }
}

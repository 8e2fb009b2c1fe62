import type { Checkpoints } from './checkpoints.js'
import type { Connection } from './open.js'

// What a group of lookups that were answered together writes, or thereabouts.
const PROBE_BYTES = 256 * 1_024

/** What the writer thread does outside of any batch, since it is no single transaction. */
export const ERRANDS = {
  /** Leaves nothing of removed rows in any file; answers false when it has to be tried again later. */
  eraseRemoved: (_: Connection, checkpoints: Checkpoints): boolean => checkpoints.erase(),

  /** Writes as much as a commit does, and takes it away again; throws when there is no room. */
  probeSpace(connection: Connection, checkpoints: Checkpoints): void {
    checkpoints.makeRoom()
    const drop = 'drop table if exists probe_space'
    connection
      .transaction(() => {
        connection.exec(`${drop}; create table probe_space (bytes blob) strict`)
        connection.prepare('insert into probe_space values (zeroblob(?))').run(PROBE_BYTES)
      })
      .immediate()
    connection.exec(drop)
  },
}

export type ErrandName = keyof typeof ERRANDS
export type ErrandOutput<Name extends ErrandName> = ReturnType<(typeof ERRANDS)[Name]>

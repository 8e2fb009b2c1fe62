import type { LocalAuthority } from '../../domain/local-authority.js'
import type { Person } from '../../domain/person.js'
import type { DatasetAcceptance, PeopleEntry, RestoreOutcome, SeedOutcome } from '../store.js'
import type { Checkpoints } from './checkpoints.js'
import type { Connection } from './open.js'
import type { Snapshots } from './snapshots.js'
import { resetWorld } from './world.js'
import { seedAuthorities } from './writes/authorities.js'
import { acceptDatasets } from './writes/datasets.js'
import { seedPeople } from './writes/people.js'

// What a group of lookups that were answered together writes, or thereabouts.
const PROBE_BYTES = 256 * 1_024

/** What errands work with. */
export interface ErrandTools {
  connection: Connection
  checkpoints: Checkpoints
  snapshots: Snapshots
  /** Those that a new world has. */
  authorities: readonly LocalAuthority[]
  people: readonly Person[]
}

/** What the writer thread does outside of any batch, since it is no single transaction or takes longer than one may. */
export const ERRANDS = {
  /** Leaves nothing of removed rows in any file; answers false when it has to be tried again later. */
  eraseRemoved: ({ checkpoints }: ErrandTools, _: undefined): boolean => checkpoints.erase(),

  /** Writes as much as a commit does, and takes it away again; throws when there is no room. */
  probeSpace({ connection, checkpoints }: ErrandTools, _: undefined): void {
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

  acceptDatasets(
    { connection }: ErrandTools,
    { acceptances, people }: { acceptances: readonly DatasetAcceptance[]; people: PeopleEntry },
  ): SeedOutcome {
    return connection.transaction(() => acceptDatasets(connection, acceptances, people)).immediate()
  },

  resetWorld({ connection, authorities, people }: ErrandTools, _: undefined): void {
    resetWorld(connection, () => {
      seedAuthorities(connection, authorities)
      seedPeople(connection, people)
    })
  },

  keepSnapshot({ connection, snapshots }: ErrandTools, { name, note }: { name: string; note: string }): void {
    snapshots.keep(connection, name, note)
  },

  restoreSnapshot({ connection, snapshots }: ErrandTools, { name }: { name: string }): RestoreOutcome {
    return snapshots.restore(connection, name)
  },
}

export type ErrandName = keyof typeof ERRANDS
export type ErrandInput<Name extends ErrandName> = Parameters<(typeof ERRANDS)[Name]>[1]
export type ErrandOutput<Name extends ErrandName> = ReturnType<(typeof ERRANDS)[Name]>

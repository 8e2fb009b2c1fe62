import type { Instant } from '../clock.js'
import { refuse } from '../domain/problem.js'
import type { TesterControls } from './controls.js'
import type { FaultsState } from './faults.js'
import type { ClockSetting } from './hub-clock.js'
import type { SecondDelivery } from './second-deliveries.js'
import { moving } from './set-clock.js'

/** A state of the hub that was kept under a name. */
export interface Snapshot {
  name: string
  /** By the hub's clock as it was then. */
  createdAt: Instant
  bytes: number
  /** Its file cannot be read; `createdAt` is then when it was last written. It counts until it is deleted or replaced. */
  damaged?: true
}

/** What a snapshot holds beside the world. */
interface Note {
  createdAt: Instant
  clock: ClockSetting
  faults: FaultsState
  again: SecondDelivery[]
}

/** Keeps the world, the clock setting and the faults under a name. Refuses TESTER_LIMIT; a taken name is replaced. */
export function keepSnapshot(controls: TesterControls, name: string): Promise<Snapshot> {
  const { hub, clock, limits, faults, again } = controls
  return hub.upkeep.run(async () => {
    const others = (await hub.store.listSnapshots()).filter((kept) => kept.name !== name)
    if (others.length >= limits.snapshotsMax)
      throw refuse('TESTER_LIMIT', 'Delete a snapshot first, or have TESTER_SNAPSHOTS_MAX raised.')
    await hub.store.keepHealthActivity(hub.activity.takeNews())
    const note: Note = {
      createdAt: clock.now(),
      clock: clock.setting,
      faults: faults.exportState(),
      again: again.exportState(),
    }
    await hub.store.keepSnapshot(name, JSON.stringify(note))
    const kept = (await listSnapshots(controls)).find((snapshot) => snapshot.name === name)
    if (kept === undefined) throw new Error('a snapshot that was kept is not there')
    return kept
  })
}

/** By name, damaged ones too, so that whoever needs their room sees them. */
export async function listSnapshots({ hub }: TesterControls): Promise<Snapshot[]> {
  const kept = await hub.store.listSnapshots()
  return kept.map(({ name, note, bytes, writtenAt }) => {
    const createdAt = note && createdAtOf(note)
    return createdAt ? { name, createdAt, bytes } : { name, createdAt: writtenAt, bytes, damaged: true }
  })
}

function createdAtOf(note: string): Instant | undefined {
  try {
    return (JSON.parse(note) as Partial<Note> | null)?.createdAt
  } catch {
    return undefined
  }
}

/** Brings a snapshot back: every later answer is as it would have been. Refuses SNAPSHOT_UNKNOWN and SNAPSHOT_DAMAGED. */
export function restoreSnapshot(controls: TesterControls, name: string): Promise<void> {
  const { hub, faults, again, conformance } = controls
  return hub.upkeep.run(async () => {
    const outcome = await hub.store.restoreSnapshot(name)
    if (outcome.kind === 'unknown') throw unknown()
    if (outcome.kind === 'damaged') {
      hub.log.warn({ reason: outcome.reason }, 'a snapshot cannot be restored')
      throw refuse('SNAPSHOT_DAMAGED', 'Keep the snapshot again; the world is as it was.')
    }
    const note = JSON.parse(outcome.note) as Note
    hub.activity.replace(await hub.store.readHealthActivity())
    await moving(controls, (clock) => clock.apply(note.clock))
    faults.importState(note.faults)
    again.importState(note.again)
    conformance.forgetExpectations()
  })
}

/** Refuses SNAPSHOT_UNKNOWN. */
export function removeSnapshot({ hub }: TesterControls, name: string): Promise<void> {
  return hub.upkeep.run(async () => {
    if (!(await hub.store.removeSnapshot(name))) throw unknown()
  })
}

function unknown(): Error {
  return refuse('SNAPSHOT_UNKNOWN', 'GET /tester/snapshots lists those there are.')
}

import { getAuthority } from '../hub/authorities.js'
import { maintain } from '../hub/run-maintenance.js'
import type { TesterControls } from './controls.js'
import { NO_FAULTS } from './faults.js'

/** Forgets everything, or one authority's part of it. */
export function reset(
  controls: TesterControls,
  { authorityCode }: { authorityCode?: string },
): Promise<void> {
  return authorityCode === undefined ? resetAll(controls) : resetAuthority(controls, authorityCode)
}

/**
 * Forgets everything: what the hub remembers, its clock, its faults, its journal, what callers have shown; the
 * snapshots stay. It is then as a hub that has just been made.
 */
function resetAll(controls: TesterControls): Promise<void> {
  const { hub, clock, faults, again, journal, events, conformance } = controls
  return hub.upkeep.run(async () => {
    await hub.store.resetWorld()
    hub.activity.replace([])
    clock.apply({ mode: 'real' })
    faults.importState(NO_FAULTS)
    again.clear()
    await maintain(hub)
    hub.waiting.lookNow()
    journal.clear()
    conformance.clear()
    events.publish('clock', { ...clock.read() })
  })
}

/** Forgets one authority's plans, datasets and queue, and what it has shown. Refuses AUTHORITY_UNKNOWN. */
async function resetAuthority(
  { hub, again, conformance }: TesterControls,
  authorityCode: string,
): Promise<void> {
  const { code } = await getAuthority(hub, authorityCode)
  await hub.upkeep.run(() => hub.store.resetAuthority(code, hub.clock()))
  again.forget(code)
  conformance.forgetAuthority(code)
}

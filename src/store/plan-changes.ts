import { deserialize, serialize } from 'node:v8'
import type { Plan, PlanFacts } from '../domain/plan.js'

/** What a dataset changes on its authority's part of the index. */
export interface PlanChanges {
  written: (PlanFacts & { id: string })[]
  removed: Plan[]
}

/**
 * The same as bytes, for the way from the thread that computed them through the main thread to the one that writes:
 * a thousand plans handed on as they are would be copied twice, and stop the main thread for both.
 */
export type PackedPlanChanges = Uint8Array & { readonly brand: 'PackedPlanChanges' }

export function packPlanChanges(changes: PlanChanges): PackedPlanChanges {
  return serialize(changes) as Uint8Array as PackedPlanChanges
}

export function unpackPlanChanges(packed: PackedPlanChanges): PlanChanges {
  return deserialize(packed) as PlanChanges
}

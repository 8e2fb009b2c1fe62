import { londonMidnight } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import type { WorldName } from '../domain/world-name.js'
import { ENGLAND } from '../reference/england.js'
import { syntheticEngland } from '../synthetic/england.js'
import type { SyntheticRecord } from '../synthetic/people.js'
import { smallWorld } from '../synthetic/small-world.js'

/** The whole list of one authority. */
export interface SeededList {
  authorityCode: string
  records: (Record<string, unknown> | SyntheticRecord)[]
  childrenInScope?: number
  /** Where each record stood in what was given, if it stood elsewhere. */
  places?: number[]
}

const HALTON = 'E06000006'

/**
 * The lists of a ready-made world as it is on this day, made one by one, since England's together take a hundred
 * megabytes; the same seed gives the same people.
 */
export function* worldOf(world: WorldName, today: CalendarDate, seed = 1): Generator<SeededList> {
  if (world === 'small') {
    yield* smallWorld(today, seed)
    return
  }
  const wish = {
    seed,
    scale: 1,
    today,
    sequence: 1,
    extractedAt: londonMidnight(today),
    authorities: ENGLAND,
  }
  for (const { authority, dataset } of syntheticEngland(
    world === 'halton' ? { ...wish, only: HALTON } : wish,
  )) {
    const { childrenInScope, records } = dataset
    yield { authorityCode: authority.code, childrenInScope, records }
  }
}

import { londonDate } from '../clock.js'
import type { NhsNumber } from '../domain/nhs-number.js'
import type { Person, PersonChange, ReplacementFault } from '../domain/person.js'
import { refuse, type SchemaFault } from '../domain/problem.js'
import type { HubContext } from '../hub/context.js'
import type { SavePeopleOutcome } from '../store/store.js'

/**
 * Creates a person of the register or changes one; every authority that holds a plan of a number that goes out of use is
 * told, on disk, before this resolves. Refuses SCHEMA_VIOLATION for a replacement that is missing or may not be there,
 * and TESTER_LIMIT.
 */
export async function savePerson(
  hub: HubContext,
  nhsNumber: NhsNumber,
  change: PersonChange,
): Promise<{ created: boolean; person: Person }> {
  const outcome = await hub.store.savePerson({ nhsNumber, change, ...momentOf(hub) })
  switch (outcome.kind) {
    case 'full':
      throw registerFull(hub)
    case 'replacement':
      throw refuse('SCHEMA_VIOLATION', 'Only a superseded number has a replacement, and it needs one.', [
        replacementFault(outcome.fault, ''),
      ])
    default:
      return { created: outcome.kind === 'created', person: outcome.person }
  }
}

/** The same as one fault of the element at `pointer`. */
export function replacementFault(fault: ReplacementFault, pointer: string): SchemaFault {
  const message =
    fault === 'missing' ? 'is required of a superseded person' : 'is for a superseded person alone'
  return { pointer: `${pointer}/replacedBy`, message }
}

/**
 * Registers many people: adds those that are new and replaces those that came this way before, but leaves those that
 * `savePerson` made or changed. Refuses TESTER_LIMIT, and then registers none of them.
 */
export async function savePeople(
  hub: HubContext,
  people: readonly Person[],
): Promise<Omit<Extract<SavePeopleOutcome, { kind: 'saved' }>, 'kind' | 'told'>> {
  const outcome = await hub.store.savePeople({ people, ...momentOf(hub) })
  if (outcome.kind === 'full') throw registerFull(hub)
  const { added, replaced, left } = outcome
  return { added, replaced, left }
}

/** What every change of the register needs beside the people: when it is, its bound, and an id for the event. */
export function momentOf(hub: HubContext) {
  const now = hub.clock()
  return { now, today: londonDate(now), peopleMax: hub.rules.peopleMax, newEventId: hub.newId() }
}

export function registerFull({ rules }: HubContext) {
  return refuse(
    'TESTER_LIMIT',
    `The register holds at most ${rules.peopleMax} people (TESTER_PEOPLE_MAX). Change those there are, or reset the hub.`,
  )
}

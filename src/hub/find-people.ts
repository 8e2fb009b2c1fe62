import type { NhsNumber } from '../domain/nhs-number.js'
import type { PeopleFound, PersonSearch, PresentPerson } from '../domain/person-search.js'
import { refuse } from '../domain/problem.js'
import type { HubContext } from './context.js'

/** Who is registered under a number, or under the one that took its place. Refuses REGISTER_UNAVAILABLE. */
export async function readPerson(hub: HubContext, nhsNumber: NhsNumber): Promise<PresentPerson> {
  refuseIfDown(hub)
  return hub.store.findPresentPerson(nhsNumber)
}

/** The people that a search is for, or that they are too many. Refuses REGISTER_UNAVAILABLE. */
export async function searchPeople(hub: HubContext, search: PersonSearch): Promise<PeopleFound> {
  refuseIfDown(hub)
  return hub.store.searchPeople(search)
}

function refuseIfDown({ register }: HubContext): void {
  if (register.isDown) throw refuse('REGISTER_UNAVAILABLE', 'Send the request again in a moment.')
}

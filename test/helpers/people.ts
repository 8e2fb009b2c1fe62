import type { LightMyRequestResponse } from 'fastify'
import type { Hub } from '../../src/index.js'
import { ROBIN } from './seed.js'

export const PDS = '/personal-demographics/FHIR/R4'
export const REQUEST_ID = '60E0B220-8136-4CA5-AE46-1D97EF59D068'

/** Registers a person, or changes one. */
export function putPerson(hub: Hub, person: object): Promise<LightMyRequestResponse> {
  return hub.app.inject({ method: 'PUT', url: '/tester/people', payload: person })
}

export function postPeople(hub: Hub, people: unknown[]): Promise<LightMyRequestResponse> {
  return hub.app.inject({ method: 'POST', url: '/tester/people', payload: { people } })
}

/** Asks the Personal Demographics Service, as a client of it does. */
export function trace(
  app: Hub['app'],
  path: string,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return app.inject({ url: `${PDS}${path}`, headers: { 'x-request-id': REQUEST_ID, ...headers } })
}

/** Who Robin is, to the register and in a record. */
export const ROBIN_ASHDOWN = {
  nhsNumber: ROBIN,
  familyName: 'Ashdown',
  givenNames: ['Robin', 'Lee'],
  birthDate: '2015-06-01',
}

import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js'
import type { Instant } from '../clock.js'
import type { SearchParameter } from './search.js'

/** A route under the base: its path from there, such as `/CareTeam/:id`. */
export interface FhirRoute {
  method: string
  path: string
  parameters: readonly SearchParameter[] | undefined
}

type Interaction = 'read' | 'search-type' | 'create'

// Not types of R4, so they cannot be listed as resources.
const NOT_RESOURCES = new Set(['metadata', 'PatientFlag'])

const DOCUMENTATION = `GET CareTeam?patient:identifier=… answers one CareTeam for each visible plan of a child. It is an unscheduled search, which records the access and tells every responsible authority, unless IsUnscheduledAccessEvent: false says otherwise. GET AuditEvent?patient:identifier=… answers the latest accesses, silently. POST Encounter reports the visit itself.

GET PatientFlag?patient=… (also with code=…) is no type of R4: the form of the Patient Flags API, for scheduled care, always silent. It answers a searchset with one Flag for each child, its CarePlans and CareTeams included.`

/** What this hub can do, as its routes are (R4 section 5.1; domain.md section 6.6). */
export function capabilityStatementOf(
  routes: readonly FhirRoute[],
  hub: { url: string; version: string; startedAt: Instant },
): CapabilityStatement {
  const types = [...new Set(routes.map(typeOf))].filter((type) => !NOT_RESOURCES.has(type))
  return {
    resourceType: 'CapabilityStatement',
    id: 'cpis-hub',
    status: 'active',
    date: hub.startedAt,
    kind: 'instance',
    software: { name: 'cpis-hub', version: hub.version },
    implementation: {
      description: 'A simulated national hub for CP-IS, for synthetic people only',
      url: hub.url,
    },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        documentation: DOCUMENTATION,
        security: {
          cors: false,
          description:
            'Nobody is authenticated: who may reach the hub is decided by where it listens. A bearer token is read, and not verified.',
        },
        resource: types.map((type) =>
          resourceOf(
            type,
            routes.filter((route) => typeOf(route) === type),
          ),
        ),
      },
    ],
  }
}

function typeOf({ path }: FhirRoute): string {
  return path.split('/')[1] as string
}

function resourceOf(type: string, routes: readonly FhirRoute[]): CapabilityStatementRestResource {
  const interactions = new Set(routes.map(interactionOf))
  const parameters = routes.find((route) => route.parameters !== undefined)?.parameters ?? []
  const searches = parameters.filter(({ name }) => !name.startsWith('_'))
  const includes = parameters.some(({ name }) => name === '_include')
  return {
    type: type as CapabilityStatementRestResource['type'],
    interaction: [...interactions].map((code) => ({ code })),
    ...(searches.length > 0 && {
      searchParam: searches.map(({ name, documentation }) => ({ name, type: 'token', documentation })),
    }),
    ...(includes && { searchInclude: ['PractitionerRole'] }),
  }
}

function interactionOf({ method, path }: FhirRoute): Interaction {
  if (path.endsWith('/:id')) return 'read'
  return method === 'GET' || path.endsWith('/_search') ? 'search-type' : 'create'
}

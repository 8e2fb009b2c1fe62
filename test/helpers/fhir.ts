import JsonSchemaValidator from '@asymmetrik/fhir-json-schema-validator'
import type { LightMyRequestResponse } from 'fastify'
import { Fhir } from 'fhir/fhir.js'
import type { Bundle, CapabilityStatement, FhirResource } from 'fhir/r4.js'
import type { Hub } from '../../src/index.js'

export const BASE = '/cpis/FHIR/R4'
export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number'

/** A nurse as the national platform announces one. */
export const NURSE = {
  'nhsd-identity-uuid': '555500000001',
  'nhsd-session-urid': '555254242102',
  'nhsd-end-user-organisation-ods': 'RBN01',
}
export const SILENT = { isunscheduledaccessevent: 'false' }

export function get(hub: Hub, path: string, headers: Record<string, string> = {}) {
  return hub.app.inject({ method: 'GET', url: `${BASE}${path}`, headers })
}

/** A search in the form of the guide. */
export function search(
  hub: Hub,
  type: string,
  nhsNumber: string,
  headers: Record<string, string> = NURSE,
): Promise<LightMyRequestResponse> {
  return get(hub, `/${type}?patient:identifier=${NHS_NUMBER}|${nhsNumber}`, headers)
}

export function searchByForm(
  hub: Hub,
  type: string,
  form: string,
  headers: Record<string, string> = NURSE,
): Promise<LightMyRequestResponse> {
  return hub.app.inject({
    method: 'POST',
    url: `${BASE}/${type}/_search`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: form,
  })
}

/** Reports a visit with an Encounter. */
export function report(hub: Hub, encounter: object, headers: Record<string, string> = NURSE) {
  return hub.app.inject({
    method: 'POST',
    url: `${BASE}/Encounter`,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    payload: JSON.stringify(encounter),
  })
}

/** The resources of a bundle of that kind. */
export function resourcesOf(bundle: Bundle, mode: 'match' | 'include' = 'match'): FhirResource[] {
  return (bundle.entry ?? []).flatMap(({ resource, search }) =>
    search?.mode === mode && resource !== undefined ? [resource as FhirResource] : [],
  )
}

const bySchema = new JsonSchemaValidator()
const byDefinition = new Fhir()

/** Everything that is wrong with a resource by R4; the code systems of the NHS are known to no validator. */
export function faultsIn(resource: FhirResource): string[] {
  return [...schemaFaults(resource), ...definitionFaults(resource), ...faultsByHand(resource)]
}

function schemaFaults(resource: FhirResource): string[] {
  // Its schema is that of 4.0.0, and knows no other version.
  // Brief faults would need a validator of each type, which takes a second to compile.
  const asked =
    resource.resourceType === 'CapabilityStatement' ? { ...resource, fhirVersion: '4.0.0' } : resource
  return bySchema.validate(asked, true).map((error) => `schema: ${JSON.stringify(error)}`)
}

function definitionFaults(resource: FhirResource): string[] {
  const { messages } = byDefinition.validate(resource)
  return messages
    .filter(({ severity }) => severity === 'error')
    .map(({ location, message }) => `definition: ${location} ${message}`)
}

/** What neither of them checks. */
function faultsByHand(resource: FhirResource): string[] {
  const faults = emptyIn(resource, resource.resourceType)
  switch (resource.resourceType) {
    case 'Bundle':
      return [...faults, ...bundleFaults(resource), ...resourcesInside(resource).flatMap(faultsIn)]
    case 'CareTeam':
      if (!['active', 'inactive'].includes(resource.status ?? '')) faults.push('CareTeam.status')
      if (resource.subject?.identifier?.value === undefined) faults.push('CareTeam.subject')
      if ((resource.period?.end ?? '9999') < (resource.period?.start ?? '')) faults.push('per-1')
      return faults
    case 'CarePlan':
      if (!['active', 'completed'].includes(resource.status)) faults.push('CarePlan.status')
      if (resource.intent !== 'plan') faults.push('CarePlan.intent')
      return faults
    case 'AuditEvent':
      if (resource.agent?.some(({ requestor }) => typeof requestor !== 'boolean')) faults.push('requestor')
      if (resource.contained?.some(({ id }) => !JSON.stringify(resource).includes(`"#${id}"`)))
        faults.push('dom-3')
      return faults
    case 'CapabilityStatement':
      return [...faults, ...capabilityFaults(resource)]
    default:
      return faults
  }
}

function resourcesInside({ entry = [] }: Bundle): FhirResource[] {
  return entry.flatMap(({ resource }) => (resource === undefined ? [] : [resource as FhirResource]))
}

/** R4 has no empty element: no empty list, object or text, and no null. */
function emptyIn(value: unknown, path: string): string[] {
  if (value === null || value === '') return [`${path} is empty`]
  if (typeof value !== 'object') return []
  const members = Object.entries(value as object)
  if (members.length === 0) return [`${path} is empty`]
  return members.flatMap(([name, member]) => emptyIn(member, `${path}.${name}`))
}

function bundleFaults(bundle: Bundle): string[] {
  const { type, total, link = [], entry = [] } = bundle
  const faults: string[] = []
  if (type !== 'searchset') faults.push('bdl-1')
  if (total !== resourcesOf(bundle).length) faults.push('Bundle.total counts the matches')
  if (link.length !== 1 || link[0]?.relation !== 'self' || !URL.canParse(link[0].url))
    faults.push('Bundle.link is one self link')
  const urls = entry.map(({ fullUrl }) => fullUrl)
  if (new Set(urls).size !== urls.length) faults.push('bdl-7')
  for (const { fullUrl = '', resource, search } of entry) {
    if (!fullUrl.endsWith(`/${resource?.resourceType}/${resource?.id}`)) faults.push('bdl-8')
    if (!['match', 'include'].includes(search?.mode ?? '')) faults.push('search.mode')
    const base = fullUrl.slice(0, -`/${resource?.resourceType}/${resource?.id}`.length)
    for (const reference of referencesIn(resource)) {
      if (!urls.includes(`${base}/${reference}`)) faults.push(`${reference} is not in the bundle`)
    }
  }
  return faults
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'reference' && typeof member === 'string' ? [member] : referencesIn(member),
  )
}

function capabilityFaults(statement: CapabilityStatement): string[] {
  const faults: string[] = []
  const { kind, implementation, software, fhirVersion, rest = [] } = statement
  if (fhirVersion !== '4.0.1') faults.push('fhirVersion')
  if (kind === 'instance' && implementation === undefined) faults.push('cpb-15')
  if (software === undefined && implementation === undefined && !statement.description) faults.push('cpb-2')
  if (rest.length === 0) faults.push('cpb-1')
  for (const { resource = [] } of rest) {
    const types = resource.map((each) => each.type)
    if (new Set(types).size !== types.length) faults.push('cpb-9')
    for (const { searchParam = [] } of resource) {
      const names = searchParam.map(({ name }) => name)
      if (new Set(names).size !== names.length) faults.push('cpb-12')
    }
  }
  return faults
}

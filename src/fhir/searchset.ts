import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4.js'

/**
 * What a search found. `base` is the address under which the types stand, `self` the search as it was understood,
 * with its parameters (R4 section 3.1.1.1.1). `total` counts matches alone; R4 allows no empty list of entries.
 */
export function searchset<Match extends FhirResource, Include extends FhirResource = never>(
  base: string,
  self: string,
  matches: readonly Match[],
  includes: readonly Include[] = [],
): Bundle<Match | Include> {
  const entry = [
    ...matches.map((resource) => entryOf(base, resource, 'match')),
    ...includes.map((resource) => entryOf(base, resource, 'include')),
  ]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    link: [{ relation: 'self', url: self }],
    ...(entry.length > 0 && { entry }),
  }
}

function entryOf<Resource extends FhirResource>(
  base: string,
  resource: Resource,
  mode: 'match' | 'include',
): BundleEntry<Resource> {
  return { fullUrl: `${base}/${resource.resourceType}/${resource.id}`, resource, search: { mode } }
}

import type { TSchema } from 'typebox'
import { closed, oneOf } from '../common.js'
import { Type } from '../type.js'

// The data types of FHIR R4, as much of each as the hub sends.

/** `resourceType` of one resource; it comes first, as FHIR's readers expect. */
export function resource<P extends Record<string, TSchema>>(
  name: string,
  properties: P,
  examples: unknown[],
) {
  return closed(
    { resourceType: oneOf([name]), ...properties },
    {
      $id: name,
      title: name,
      examples,
      description: `${name} of FHIR R4 (4.0.1), as far as the hub sends it.`,
    },
  )
}

export const FhirId = Type.String({
  description: 'Opaque; stays while what it names does.',
  examples: ['4f4ac4f3-6e1d-8d0a-8f6b-2a7c41d05e9b'],
})

export const FhirDate = Type.String({ examples: ['2026-03-02'] })
export const FhirInstant = Type.String({ examples: ['2026-11-24T09:30:00.000Z'] })

export const Coding = closed({
  system: Type.Optional(Type.String()),
  version: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  display: Type.Optional(Type.String()),
})

export const CodeableConcept = closed({ coding: Type.Array(Coding) })

export const Identifier = closed({ system: Type.String(), value: Type.String() })

export const Reference = closed({
  reference: Type.Optional(Type.String()),
  identifier: Type.Optional(Identifier),
  display: Type.Optional(Type.String()),
})

export const Period = closed({ start: FhirDate, end: Type.Optional(FhirDate) })

/** A searchset of these resources. */
export function searchsetOf(name: string, resourceSchema: TSchema, examples: unknown[]) {
  return closed(
    {
      resourceType: oneOf(['Bundle']),
      type: oneOf(['searchset']),
      total: Type.Integer({ minimum: 0, description: 'Matches; what is included is not counted.' }),
      link: Type.Array(closed({ relation: oneOf(['self']), url: Type.String() })),
      entry: Type.Optional(
        Type.Array(
          closed({
            fullUrl: Type.String(),
            resource: resourceSchema,
            search: closed({ mode: oneOf(['match', 'include']) }),
          }),
          { description: 'Not there when nothing was found.' },
        ),
      ),
    },
    { $id: name, title: name, examples, description: 'A Bundle of FHIR R4 (4.0.1), of type searchset.' },
  )
}

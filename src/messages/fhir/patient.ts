import { GENDERS } from '../../domain/person.js'
import { BareNhsNumberSchema, closed, oneOf, ref } from '../common.js'
import { Type } from '../type.js'
import { CodeableConcept, Coding, FhirDate, FhirInstant, resource } from './elements.js'
import { patientBundleExample, patientExample } from './examples.js'

export const PatientSchema = resource(
  'Patient',
  {
    id: BareNhsNumberSchema,
    meta: closed({
      versionId: Type.String(),
      security: Type.Array(Coding, { description: 'U: unrestricted; R: a sensitive record.' }),
    }),
    identifier: Type.Array(
      closed({
        extension: Type.Array(closed({ url: Type.String(), valueCodeableConcept: CodeableConcept })),
        system: Type.String(),
        value: Type.String(),
      }),
    ),
    name: Type.Optional(
      Type.Array(
        closed({
          id: Type.String(),
          use: oneOf(['usual']),
          family: Type.Optional(Type.String()),
          given: Type.Optional(Type.Array(Type.String())),
        }),
      ),
    ),
    gender: Type.Optional(oneOf(GENDERS)),
    birthDate: Type.Optional(FhirDate),
  },
  [patientExample],
)

export const PatientBundleSchema = closed(
  {
    resourceType: oneOf(['Bundle']),
    type: oneOf(['searchset']),
    timestamp: FhirInstant,
    total: Type.Integer({ minimum: 0 }),
    entry: Type.Optional(
      Type.Array(
        closed({
          fullUrl: Type.String(),
          search: closed({ score: Type.Number({ description: '1 when all fits without a wildcard.' }) }),
          resource: ref(PatientSchema),
        }),
        { description: 'Not there when nobody was found.' },
      ),
    ),
  },
  {
    $id: 'PatientBundle',
    title: 'PatientBundle',
    examples: [patientBundleExample],
    description:
      'A Bundle of FHIR R4 (4.0.1), of type searchset, as the Personal Demographics Service sends it.',
  },
)

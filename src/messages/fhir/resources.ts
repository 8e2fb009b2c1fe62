import type { TSchema } from 'typebox'
import { closed, oneOf, ref } from '../common.js'
import { Type } from '../type.js'
import {
  CodeableConcept,
  Coding,
  FhirDate,
  FhirId,
  FhirInstant,
  Identifier,
  Period,
  Reference,
  resource,
  searchsetOf,
} from './elements.js'
import { EncounterSchema, RecordedEncounterSchema } from './encounter.js'
import {
  auditEventBundleExample,
  auditEventExample,
  capabilityStatementExample,
  careTeamBundleExample,
  careTeamExample,
  operationOutcomeExample,
  patientFlagBundleExample,
  practitionerRoleExample,
} from './examples.js'
import { PatientBundleSchema, PatientSchema } from './patient.js'

export const CareTeamSchema = resource(
  'CareTeam',
  {
    id: FhirId,
    meta: Type.Optional(
      closed({ lastUpdated: FhirInstant }, { description: 'When the authority’s last list was accepted.' }),
    ),
    status: oneOf(['active', 'inactive'], { description: 'inactive: the plan has ended.' }),
    category: Type.Array(CodeableConcept),
    name: Type.String({ description: 'The authority.' }),
    subject: Reference,
    period: Period,
    telecom: Type.Array(
      closed({
        system: oneOf(['phone']),
        value: Type.String(),
        use: oneOf(['work', 'mobile'], { description: 'work: office hours; mobile: emergency duty.' }),
      }),
    ),
    note: Type.Optional(Type.Array(closed({ text: Type.String() }))),
  },
  [careTeamExample],
)

export const CareTeamBundleSchema = searchsetOf('CareTeamBundle', ref(CareTeamSchema), [
  careTeamBundleExample,
])

export const PractitionerRoleSchema = resource(
  'PractitionerRole',
  {
    id: FhirId,
    identifier: Type.Optional(Type.Array(Identifier)),
    practitioner: Reference,
    organization: Reference,
    code: Type.Optional(Type.Array(CodeableConcept)),
  },
  [practitionerRoleExample],
)

export const AuditEventSchema = resource(
  'AuditEvent',
  {
    id: FhirId,
    contained: Type.Optional(
      Type.Array(ref(PractitionerRoleSchema), { description: 'Who looked, when it is read by its id.' }),
    ),
    type: Coding,
    action: oneOf(['R']),
    recorded: FhirInstant,
    outcome: oneOf(['0']),
    agent: Type.Array(
      closed({
        type: CodeableConcept,
        who: Reference,
        requestor: Type.Boolean(),
        location: Type.Optional(Reference),
      }),
    ),
    source: closed({ observer: Reference }),
  },
  [auditEventExample],
)

export const AuditEventBundleSchema = searchsetOf(
  'AuditEventBundle',
  Type.Unsafe({ anyOf: [ref(AuditEventSchema), ref(PractitionerRoleSchema)] }),
  [auditEventBundleExample],
)

const FlagSchema = resource(
  'Flag',
  {
    id: FhirId,
    extension: Type.Array(closed({ url: Type.String(), valueReference: Reference })),
    status: oneOf(['active', 'inactive']),
    code: CodeableConcept,
    subject: Reference,
    period: closed({ start: FhirDate }),
  },
  [patientFlagBundleExample.entry[0].resource],
)

const CarePlanSchema = resource(
  'CarePlan',
  {
    id: FhirId,
    status: oneOf(['active', 'completed']),
    intent: oneOf(['plan']),
    category: Type.Array(CodeableConcept),
    subject: Reference,
    period: Period,
    careTeam: Type.Array(Reference),
  },
  [patientFlagBundleExample.entry[1].resource],
)

export const PatientFlagBundleSchema = searchsetOf(
  'PatientFlagBundle',
  Type.Unsafe({ anyOf: [ref(FlagSchema), ref(CarePlanSchema), ref(CareTeamSchema)] }),
  [patientFlagBundleExample],
)

export const OperationOutcomeSchema = resource(
  'OperationOutcome',
  {
    issue: Type.Array(
      closed({
        severity: oneOf(['error', 'information']),
        code: Type.String({ description: 'R4’s issue type.' }),
        details: CodeableConcept,
        diagnostics: Type.String({ description: 'What was wrong and what to do next.' }),
        expression: Type.Optional(Type.Array(Type.String(), { description: 'The element at fault.' })),
      }),
    ),
  },
  [operationOutcomeExample],
)

export const CapabilityStatementSchema = Type.Object(
  { resourceType: oneOf(['CapabilityStatement']) },
  {
    additionalProperties: true,
    $id: 'CapabilityStatement',
    title: 'CapabilityStatement',
    examples: [capabilityStatementExample],
    description: 'CapabilityStatement of FHIR R4 (4.0.1).',
  },
)

export const FHIR_SCHEMAS: readonly TSchema[] = [
  CareTeamSchema,
  CareTeamBundleSchema,
  PractitionerRoleSchema,
  AuditEventSchema,
  AuditEventBundleSchema,
  FlagSchema,
  CarePlanSchema,
  PatientFlagBundleSchema,
  EncounterSchema,
  RecordedEncounterSchema,
  PatientSchema,
  PatientBundleSchema,
  OperationOutcomeSchema,
  CapabilityStatementSchema,
]

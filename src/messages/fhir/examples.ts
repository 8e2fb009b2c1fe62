// One example of each resource, about the invented child of the other examples.

const base = 'http://127.0.0.1:8080/cpis/FHIR/R4'
const accessId = '019b2c1e-0000-7000-8000-000000000001'
const planId = '4f4ac4f3-6e1d-8d0a-8f6b-2a7c41d05e9b'
const nhsNumber = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }
const child = { identifier: nhsNumber }
const category = [
  {
    coding: [
      {
        system: 'http://snomed.info/sct',
        code: '342191000000101',
        display: 'Subject to child protection plan',
      },
    ],
  },
]
const period = { start: '2026-03-02' }

function bundle<const Entries extends readonly unknown[]>(total: number, search: string, entry: Entries) {
  const link = [{ relation: 'self', url: `${base}/${search}` }]
  return { resourceType: 'Bundle', type: 'searchset', total, link, entry }
}

const match = { mode: 'match' }
const include = { mode: 'include' }
const patient = 'patient:identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018'

export const careTeamExample = {
  resourceType: 'CareTeam',
  id: planId,
  meta: { lastUpdated: '2026-11-24T02:15:00.000Z' },
  status: 'active',
  category,
  name: 'Halton',
  subject: child,
  period,
  telecom: [
    { system: 'phone', value: '01632 960005', use: 'work' },
    { system: 'phone', value: '01632 960405', use: 'mobile' },
  ],
}

export const careTeamBundleExample = bundle(1, `CareTeam?${patient}`, [
  { fullUrl: `${base}/CareTeam/${planId}`, resource: careTeamExample, search: match },
])

export const practitionerRoleExample = {
  resourceType: 'PractitionerRole',
  id: accessId,
  identifier: [{ system: 'https://fhir.nhs.uk/Id/sds-role-profile-id', value: '555254242102' }],
  practitioner: {
    identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '555500000001' },
    display: 'Jo Bright',
  },
  organization: {
    identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
    display: 'Whiston Hospital (simulated) (RBN01)',
  },
  code: [
    {
      coding: [
        {
          system: 'https://fhir.nhs.uk/CodeSystem/NHSDigital-SDS-JobRoleCode',
          code: 'S8000:G8000:R8001',
          display: 'Nurse',
        },
      ],
    },
  ],
}

export const auditEventExample = {
  resourceType: 'AuditEvent',
  id: accessId,
  type: {
    system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
    code: 'access',
    display: 'Access/View Record Lifecycle Event',
  },
  action: 'R',
  recorded: '2026-11-24T09:30:00.000Z',
  outcome: '0',
  agent: [
    {
      type: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass',
            code: 'PAT',
            display: 'patient',
          },
        ],
      },
      who: { identifier: nhsNumber },
      requestor: false,
    },
    {
      type: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass',
            code: 'ASSIGNED',
            display: 'assigned entity',
          },
        ],
      },
      who: { reference: `PractitionerRole/${accessId}` },
      requestor: true,
      location: { display: 'Children’s emergency department' },
    },
  ],
  source: { observer: { reference: `PractitionerRole/${accessId}` } },
}

export const auditEventBundleExample = bundle(1, `AuditEvent?${patient}`, [
  { fullUrl: `${base}/AuditEvent/${accessId}`, resource: auditEventExample, search: match },
  { fullUrl: `${base}/PractitionerRole/${accessId}`, resource: practitionerRoleExample, search: include },
])

export const patientFlagBundleExample = bundle(1, 'PatientFlag?patient=9990000018', [
  {
    fullUrl: `${base}/Flag/${planId}`,
    resource: {
      resourceType: 'Flag',
      id: planId,
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/flag-detail',
          valueReference: { reference: `CarePlan/${planId}` },
        },
      ],
      status: 'active',
      code: {
        coding: [
          {
            system: 'https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient',
            code: 'child-protection-information-system-flag',
            display: 'Child Protection - Information Sharing flag',
          },
        ],
      },
      subject: { identifier: nhsNumber },
      period,
    },
    search: match,
  },
  {
    fullUrl: `${base}/CarePlan/${planId}`,
    resource: {
      resourceType: 'CarePlan',
      id: planId,
      status: 'active',
      intent: 'plan',
      category,
      subject: child,
      period,
      careTeam: [{ reference: `CareTeam/${planId}` }],
    },
    search: include,
  },
  { fullUrl: `${base}/CareTeam/${planId}`, resource: careTeamExample, search: include },
])

export const encounterExample = {
  resourceType: 'Encounter',
  status: 'arrived',
  class: {
    system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
    code: 'EMER',
    display: 'emergency',
  },
  subject: { identifier: nhsNumber },
  serviceProvider: {
    identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
    display: 'Whiston Hospital (simulated)',
  },
  period: { start: '2026-11-24T09:25:00Z' },
}

export const recordedEncounterExample = {
  ...encounterExample,
  id: '019b2c1e-0000-7000-8000-000000000002',
  class: { system: encounterExample.class.system, code: 'EMER' },
  period: { start: '2026-11-24T09:25:00.000Z' },
}

export const operationOutcomeExample = {
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity: 'error',
      code: 'invalid',
      details: {
        coding: [
          {
            system: 'https://fhir.nhs.uk/CodeSystem/England-SpineErrorOrWarningCode',
            code: 'INVALID_SEARCH_DATA',
            display: 'Search data is invalid',
          },
        ],
      },
      diagnostics:
        'Invalid NHS number. Its last digit does not fit the others: a digit is wrong or two are swapped.',
    },
  ],
}

export const capabilityStatementExample = {
  resourceType: 'CapabilityStatement',
  id: 'cpis-hub',
  status: 'active',
  date: '2026-11-23T18:00:00.000Z',
  kind: 'instance',
  software: { name: 'cpis-hub', version: '0.1.0' },
  implementation: { description: 'A simulated national hub for CP-IS', url: base },
  fhirVersion: '4.0.1',
  format: ['application/fhir+json', 'json'],
  rest: [
    {
      mode: 'server',
      resource: [
        {
          type: 'CareTeam',
          interaction: [{ code: 'search-type' }, { code: 'read' }],
          searchParam: [{ name: 'patient', type: 'token' }],
        },
      ],
    },
  ],
}

export const patientExample = {
  resourceType: 'Patient',
  id: '9990000018',
  meta: {
    versionId: '1',
    security: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
        code: 'U',
        display: 'unrestricted',
      },
    ],
  },
  identifier: [
    {
      extension: [
        {
          url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
          valueCodeableConcept: {
            coding: [
              {
                system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus',
                version: '1.0.0',
                code: '01',
                display: 'Number present and verified',
              },
            ],
          },
        },
      ],
      ...nhsNumber,
    },
  ],
  name: [{ id: 'usual', use: 'usual', family: 'Ashdown', given: ['Robin', 'Lee'] }],
  gender: 'female',
  birthDate: '2015-06-01',
}

export const patientBundleExample = {
  resourceType: 'Bundle',
  type: 'searchset',
  timestamp: '2026-11-24T09:30:00.000Z',
  total: 1,
  entry: [
    {
      fullUrl: 'http://127.0.0.1:8080/personal-demographics/FHIR/R4/Patient/9990000018',
      search: { score: 1 },
      resource: patientExample,
    },
  ],
}

import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { stateOf } from '../helpers/calls.js'
import { BASE, faultsIn, get, NURSE, report as post } from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { aDataset, aRecord, attend, HALTON, lease, NOBODY, ROBIN, submit } from '../helpers/seed.js'

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'

function anEncounter(fields: Record<string, unknown> = {}) {
  return {
    resourceType: 'Encounter',
    status: 'arrived',
    class: { system: ACT_CODE, code: 'EMER', display: 'emergency' },
    subject: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: ROBIN } },
    serviceProvider: {
      identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
      display: 'Whiston Hospital (simulated)',
    },
    period: { start: '2026-11-24T09:25:00Z' },
    ...fields,
  }
}

async function openWithRobin(test: Test) {
  const { hub } = await openHub(test)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  return hub
}

const toldOf = async (hub: Hub) =>
  (await lease(hub, HALTON)).json().notifications.map(({ attendance }: { attendance: object }) => attendance)

t.test('POST Encounter tells the authorities of the visit, as an attendance report does', async (t) => {
  const hub = await openWithRobin(t)
  const reply = await post(hub, anEncounter())
  t.equal(reply.statusCode, 201)
  const { id } = reply.json()
  t.equal(reply.headers.location, `http://localhost:80${BASE}/Encounter/${id}`)
  t.equal(reply.headers['content-type'], 'application/fhir+json')
  t.same(faultsIn(reply.json()), [])
  t.match(reply.json(), {
    status: 'arrived',
    class: { code: 'EMER' },
    subject: { identifier: { value: ROBIN } },
  })
  t.same(await toldOf(hub), [
    {
      id,
      service: 'emergency-department',
      event: 'arrived',
      at: '2026-11-24T09:25:00.000Z',
      organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
      user: {
        id: '555500000001',
        name: '555500000001',
        roleName: '555254242102',
        roleProfileId: '555254242102',
      },
      accessId: null,
      safeguardingConcern: null,
      note: null,
      callback: null,
    },
  ])
  t.equal((await attend(hub, ROBIN)).statusCode, 201, 'the hub’s own form goes on beside it')
  t.same(
    (
      await post(
        hub,
        anEncounter({ subject: { identifier: { ...anEncounter().subject.identifier, value: NOBODY } } }),
      )
    ).statusCode,
    201,
  )
})

t.test('each class and status of R4 is mapped as docs/fidelity.md lists them, or refused', async (t) => {
  const hub = await openWithRobin(t)
  const end = '2026-11-24T09:28:00Z'
  const mapped: [code: string, status: string, service: string, event: string][] = [
    ['EMER', 'arrived', 'emergency-department', 'arrived'],
    ['EMER', 'triaged', 'emergency-department', 'arrived'],
    ['EMER', 'in-progress', 'emergency-department', 'arrived'],
    ['EMER', 'finished', 'emergency-department', 'discharged'],
    ['EMER', 'cancelled', 'emergency-department', 'left-before-treatment'],
    ['AMB', 'arrived', 'scheduled-clinic', 'arrived'],
    ['AMB', 'cancelled', 'scheduled-clinic', 'was-not-brought'],
    ['VR', 'finished', 'nhs-111', 'discharged'],
    ['FLD', 'arrived', 'ambulance', 'arrived'],
    ...['IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS'].map((code): [string, string, string, string] => [
      code,
      'in-progress',
      'paediatric-ward',
      'admitted',
    ]),
  ]
  for (const [code, status, service, event] of mapped) {
    const period = { start: '2026-11-24T09:00:00Z', end }
    t.equal((await post(hub, anEncounter({ class: { code }, status, period }))).statusCode, 201)
    const at =
      event === 'arrived' || event === 'admitted' ? '2026-11-24T09:00:00.000Z' : '2026-11-24T09:28:00.000Z'
    t.match(await toldOf(hub), [{ service, event, at }], `${code} ${status}`)
  }
  for (const code of ['HH', 'PRENC', 'constructor', 'emer'])
    t.match((await post(hub, anEncounter({ class: { code } }))).json().issue, [
      {
        code: 'not-supported',
        details: { coding: [{ code: 'UNSUPPORTED_VALUE' }] },
        expression: ['Encounter.class.code'],
        diagnostics: /EMER, AMB/,
      },
    ])
  for (const status of ['planned', 'onleave', 'entered-in-error', 'unknown', 'toString'])
    t.match((await post(hub, anEncounter({ status }))).json().issue, [
      { details: { coding: [{ code: 'UNSUPPORTED_VALUE' }] }, expression: ['Encounter.status'] },
    ])
})

t.test('what is missing or wrong is named by its element, and nothing is stored', async (t) => {
  const hub = await openWithRobin(t)
  const before = await stateOf(hub, [HALTON], [ROBIN])
  const { subject, serviceProvider } = anEncounter()
  const missing: [field: string, encounter: object, expression: string][] = [
    ['resourceType', anEncounter({ resourceType: undefined }), 'Encounter.resourceType'],
    ['status', anEncounter({ status: undefined }), 'Encounter.status'],
    ['class', anEncounter({ class: undefined }), 'Encounter.class'],
    ['class.code', anEncounter({ class: {} }), 'Encounter.class.code'],
    ['subject', anEncounter({ subject: undefined }), 'Encounter.subject'],
    ['subject.identifier', anEncounter({ subject: {} }), 'Encounter.subject.identifier'],
    [
      'subject.identifier.value',
      anEncounter({ subject: { identifier: { system: 'x' } } }),
      'Encounter.subject.identifier.value',
    ],
    ['serviceProvider', anEncounter({ serviceProvider: undefined }), 'Encounter.serviceProvider'],
    [
      'serviceProvider.identifier',
      anEncounter({ serviceProvider: { display: 'x' } }),
      'Encounter.serviceProvider.identifier',
    ],
    ['period', anEncounter({ period: undefined }), 'Encounter.period'],
    ['period.start', anEncounter({ period: {} }), 'Encounter.period.start'],
  ]
  for (const [field, encounter, expression] of missing) {
    const reply = await post(hub, encounter)
    t.equal(reply.statusCode, 400, field)
    t.same(faultsIn(reply.json()), [])
    t.match(reply.json().issue, [
      { code: 'required', details: { coding: [{ code: 'MISSING_VALUE' }] }, expression: [expression] },
    ])
  }
  const identifiedBy = (value: string, system = subject.identifier.system) => ({
    identifier: { system, value },
  })
  const wrong: [name: string, encounter: object, expression: string][] = [
    [
      'a check digit',
      anEncounter({ subject: identifiedBy('9990000019') }),
      'Encounter.subject.identifier.value',
    ],
    [
      'another identifier',
      anEncounter({ subject: identifiedBy(ROBIN, 'urn:x') }),
      'Encounter.subject.identifier.system',
    ],
    [
      'another class system',
      anEncounter({ class: { system: 'urn:x', code: 'EMER' } }),
      'Encounter.class.system',
    ],
    [
      'no ODS code',
      anEncounter({ serviceProvider: identifiedBy('rbn01', serviceProvider.identifier.system) }),
      'Encounter.serviceProvider.identifier.value',
    ],
    [
      'another provider',
      anEncounter({ serviceProvider: identifiedBy('RBN01') }),
      'Encounter.serviceProvider.identifier.system',
    ],
    [
      'a day that is none',
      anEncounter({ period: { start: '2026-02-30T09:00:00Z' } }),
      'Encounter.period.start',
    ],
    ['a date alone', anEncounter({ period: { start: '2026-11-24' } }), 'Encounter.period.start'],
    [
      'a start that is to come',
      anEncounter({ period: { start: '2026-11-24T09:36:00Z' } }),
      'Encounter.period.start',
    ],
    [
      'an end that is to come',
      anEncounter({
        status: 'finished',
        period: { start: '2026-11-24T09:00:00Z', end: '2026-11-24T09:36:00Z' },
      }),
      'Encounter.period.end',
    ],
    [
      'a visit that is over, to come',
      anEncounter({ status: 'finished', period: { start: '2026-11-24T09:36:00Z' } }),
      'Encounter.period.start',
    ],
    [
      'a name with a control character',
      anEncounter({ serviceProvider: { ...serviceProvider, display: 'a\u0000b' } }),
      'Encounter.serviceProvider.display',
    ],
    [
      'an end before the start',
      anEncounter({ period: { start: '2026-11-24T09:00:00Z', end: '2026-11-24T08:00:00Z' } }),
      'Encounter.period.end',
    ],
    ['a number for a text', anEncounter({ status: 1 }), 'Encounter.status'],
    ['another resource', anEncounter({ resourceType: 'Patient' }), 'Encounter.resourceType'],
    ['an element that is none', anEncounter({ colour: 'red' }), 'Encounter.colour'],
    ['what changes the meaning', anEncounter({ modifierExtension: [{}] }), 'Encounter.modifierExtension'],
    ['rules that change it', anEncounter({ implicitRules: 'urn:x' }), 'Encounter.implicitRules'],
  ]
  for (const [name, encounter, expression] of wrong) {
    const reply = await post(hub, encounter)
    t.equal(reply.statusCode, 400, name)
    t.same(faultsIn(reply.json()), [])
    t.match(reply.json().issue, [{ severity: 'error', expression: [expression] }], name)
  }
  const nobody = await post(hub, anEncounter(), {})
  t.equal(nobody.statusCode, 400)
  t.match(nobody.json().issue, [
    { details: { coding: [{ code: 'PRECONDITION_FAILED' }] }, diagnostics: /NHSD-Identity-UUID/ },
  ])
  t.same(await stateOf(hub, [HALTON], [ROBIN]), before)
})

t.test('what is answered is what was read: ten digits, moments in UTC, plain blanks', async (t) => {
  const hub = await openWithRobin(t)
  const { serviceProvider } = anEncounter()
  const reply = await post(
    hub,
    anEncounter({
      subject: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '999 000 0018' } },
      serviceProvider: { ...serviceProvider, display: 'A\u00a0hospital' },
      period: { start: '2026-11-24t10:25:00+01:00' },
    }),
    { ...NURSE, 'content-type': 'application/fhir+json; fhirVersion=4.0; charset=UTF-8' },
  )
  t.equal(reply.statusCode, 201)
  t.same(faultsIn(reply.json()), [])
  t.match(reply.json(), {
    subject: { identifier: { value: ROBIN } },
    serviceProvider: { display: 'A hospital' },
    period: { start: '2026-11-24T09:25:00.000Z' },
  })
})

t.test('elements of R4 that the hub does not read are let through', async (t) => {
  const hub = await openWithRobin(t)
  const more = {
    id: 'x',
    meta: { lastUpdated: '2026-11-24T09:00:00Z' },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">A visit</div>' },
    extension: [{ url: 'https://example.org', valueString: 'x' }],
    identifier: [{ system: 'urn:x', value: '1' }],
    participant: [{ individual: { display: 'Dr A' } }],
    location: [{ location: { display: 'Ward 3' } }],
    _status: { extension: [] },
  }
  t.equal((await post(hub, anEncounter(more))).statusCode, 201)
})

t.test(
  'the user need be named alone, since serviceProvider says for whom; a token may stand in',
  async (t) => {
    const hub = await openWithRobin(t)
    t.equal((await post(hub, anEncounter(), { 'nhsd-identity-uuid': 'u1' })).statusCode, 201)
    const byToken = await post(hub, anEncounter(), { authorization: 'Bearer sesame' })
    t.equal(byToken.statusCode, 201)
    t.match(byToken.headers.warning, /^299 cpis-hub .*simulated/)
    const jwt = `e30.${Buffer.from('{"sub":"nurse-77"}').toString('base64url')}.x`
    const byClaim = await post(hub, anEncounter(), { authorization: `Bearer ${jwt}` })
    t.match(byClaim.headers.warning, /not verified/, 'nothing of it is simulated')
    const both = { 'nhsd-identity-uuid': 'u2', authorization: 'Bearer sesame' }
    t.notOk((await post(hub, anEncounter(), both)).headers.warning)
    t.match(await toldOf(hub), [
      { user: { id: 'u1' }, organisation: { odsCode: 'RBN01' } },
      { user: { name: 'Simulated user' }, organisation: { odsCode: 'RBN01' } },
      { user: { id: 'nurse-77' }, organisation: { odsCode: 'RBN01' } },
      { user: { id: 'u2' }, organisation: { odsCode: 'RBN01' } },
    ])
  },
)

t.test('X-Request-ID makes a report repeatable', async (t) => {
  const hub = await openWithRobin(t)
  const headers = { ...NURSE, 'x-request-id': '60E0B220-8136-4CA5-AE46-1D97EF59D068' }
  const [first, again] = [await post(hub, anEncounter(), headers), await post(hub, anEncounter(), headers)]
  t.same(again.json(), first.json())
  t.equal(again.headers.location, first.headers.location)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await toldOf(hub)).length, 1)
  t.equal((await post(hub, anEncounter({ status: 'finished' }), headers)).statusCode, 400)
})

t.test('a report is not read back: it has an id, and no address that answers', async (t) => {
  const hub = await openWithRobin(t)
  const { id } = (await post(hub, anEncounter())).json()
  t.equal((await get(hub, `/Encounter/${id}`)).statusCode, 404)
})

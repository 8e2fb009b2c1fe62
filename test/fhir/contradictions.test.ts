import type { AuditEvent, Bundle, CapabilityStatement, CareTeam } from 'fhir/r4.js'
import t, { type Test } from 'tap'
import { faultsIn, get, NHS_NUMBER, NURSE, resourcesOf, SILENT, search } from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { aDataset, aRecord, HALTON, lease, NOBODY, ROBIN, SASHA, submit, TAYLOR } from '../helpers/seed.js'

// The guide contradicts itself in ten places (domain.md section 6.7); what is chosen stands in docs/fidelity.md.

async function openWithRobin(t: Test) {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  return hub
}

t.test('1: patient:identifier=system|number is the form; patient=number is the same', async (t) => {
  const hub = await openWithRobin(t)
  const byForm: Bundle = (await search(hub, 'CareTeam', ROBIN)).json()
  for (const query of [`patient=${ROBIN}`, `patient=${NHS_NUMBER}|${ROBIN}`, `patient:identifier=${ROBIN}`]) {
    const same: Bundle = (await get(hub, `/CareTeam?${query}`, NURSE)).json()
    t.same(same.entry, byForm.entry, query)
  }
})

t.test(
  '2: IsUnscheduledAccessEvent is the name; IsUnscheduledEvent is honoured with a warning, and loses',
  async (t) => {
    const hub = await openWithRobin(t)
    const misspelt = await search(hub, 'CareTeam', ROBIN, { ...NURSE, isunscheduledevent: 'false' })
    t.match(misspelt.headers.warning, /^299 .*IsUnscheduledAccessEvent/)
    t.same((await lease(hub, HALTON)).json().notifications, [])
    const both = { ...NURSE, isunscheduledaccessevent: 'true', isunscheduledevent: 'false' }
    const right = await search(hub, 'CareTeam', ROBIN, both)
    t.notOk(right.headers.warning)
    t.equal((await lease(hub, HALTON)).json().notifications.length, 1)
    const twice = { authorization: 'Bearer sesame', isunscheduledevent: 'true' }
    const { warning } = (await search(hub, 'CareTeam', ROBIN, twice)).headers
    t.match(warning, /^299 cpis-hub "[^"]+", 299 cpis-hub "[^"]+"$/, 'two warnings stand in one header')
    const wrong = { ...NURSE, isunscheduledaccessevent: 'x', isunscheduledevent: 'false' }
    t.equal((await search(hub, 'CareTeam', ROBIN, wrong)).statusCode, 400)
  },
)

t.test('3: ACCESS_DENIED is 403, not the 400 of the sample', async (t) => {
  const hub = await openWithRobin(t)
  const reply = await search(hub, 'CareTeam', ROBIN, { ...NURSE, origin: 'https://example.org' })
  t.equal(reply.statusCode, 403)
  t.match(reply.json().issue, [
    {
      code: 'forbidden',
      details: {
        coding: [{ code: 'ACCESS_DENIED', display: 'Access has been denied to process this request' }],
      },
    },
  ])
})

t.test(
  '4: the capability statement declares what there is: searches, and the reads of what they answer',
  async (t) => {
    const hub = await openWithRobin(t)
    const statement: CapabilityStatement = (await get(hub, '/metadata')).json()
    t.equal(statement.fhirVersion, '4.0.1')
    const [rest] = statement.rest ?? []
    t.match(rest, { mode: 'server', security: { cors: false }, documentation: /PatientFlag/ })
    t.same(
      rest?.resource?.map(({ type, interaction, searchParam, searchInclude }) => [
        type,
        interaction?.map(({ code }) => code),
        searchParam?.map(({ name, type: kind }) => `${name} ${kind}`),
        searchInclude,
      ]),
      [
        ['CareTeam', ['search-type', 'read'], ['patient token'], undefined],
        ['AuditEvent', ['search-type', 'read'], ['patient token'], ['PractitionerRole']],
        ['Encounter', ['create'], undefined, undefined],
      ],
    )
  },
)

t.test('5: requestor is a boolean, not a text', async (t) => {
  const hub = await openWithRobin(t)
  await search(hub, 'CareTeam', ROBIN)
  const [event] = resourcesOf((await search(hub, 'AuditEvent', ROBIN)).json()) as AuditEvent[]
  t.same(
    event?.agent.map(({ requestor }) => requestor),
    [false, true],
  )
})

t.test(
  '6: the guide’s _include is read raw and encoded, and who looked is included in any case',
  async (t) => {
    const hub = await openWithRobin(t)
    await search(hub, 'CareTeam', ROBIN)
    const value = 'AuditEvent:entity-type=http://terminology.hl7.org/CodeSystem/v3-RoleClass|ASSIGNED'
    const includes = [
      `&_include=${value}`,
      `&_include=${encodeURIComponent(value)}`,
      '&_include=AuditEvent:agent',
      '',
    ]
    for (const include of includes) {
      const bundle: Bundle = (await get(hub, `/AuditEvent?patient=${ROBIN}${include}`)).json()
      t.equal(bundle.total, 1)
      t.same(
        resourcesOf(bundle, 'include').map(({ resourceType }) => resourceType),
        ['PractitionerRole'],
      )
    }
  },
)

t.test('7: the guide’s sample numbers fail modulus 11, and are refused', async (t) => {
  const hub = await openWithRobin(t)
  // As the guide prints them. They fail the check, so they are nobody's.
  for (const sample of ['9912003890', '9912003899']) {
    const reply = await search(hub, 'CareTeam', sample)
    t.equal(reply.statusCode, 400)
    t.match(reply.json().issue, [{ details: { coding: [{ code: 'INVALID_SEARCH_DATA' }] } }])
  }
  t.equal((await search(hub, 'CareTeam', NOBODY)).json().total, 0, 'one that passes is searched')
})

t.test(
  '8: the identifier’s system is https://fhir.nhs.uk/Id/nhs-number, and no other spelling',
  async (t) => {
    const hub = await openWithRobin(t)
    for (const system of [
      'http://fhir.nhs.uk/id/nhs-number',
      'https://fhir.nhs.uk/id/nhs-number',
      'https://fhir.nhs.uk/Id/nhs-number/',
    ]) {
      const reply = await get(hub, `/CareTeam?patient:identifier=${system}|${ROBIN}`, NURSE)
      t.equal(reply.statusCode, 400, system)
      t.match(reply.json().issue[0].diagnostics, NHS_NUMBER)
    }
  },
)

t.test('9: each plan type has its own code', async (t) => {
  const { hub } = await openHub(t)
  const plans = [
    aRecord(),
    aRecord({ nhsNumber: SASHA, planType: 'LAC' }),
    aRecord({ nhsNumber: TAYLOR, planType: 'UCPP', expectedDeliveryDate: '2027-01-10' }),
  ]
  await submit(hub, HALTON, aDataset(1, plans))
  const codings = []
  for (const nhsNumber of [ROBIN, SASHA, TAYLOR]) {
    const [team] = resourcesOf((await search(hub, 'CareTeam', nhsNumber, SILENT)).json()) as CareTeam[]
    codings.push(team?.category?.[0]?.coding)
  }
  const system = 'http://snomed.info/sct'
  t.same(codings, [
    [{ system, code: '342191000000101', display: 'Subject to child protection plan' }],
    [{ system, code: '764841000000100', display: 'Looked after child' }],
    [{ system, code: '818901000000100', display: 'Unborn child subject to child protection plan' }],
  ])
})

t.test(
  '10: the guide’s sample payloads are gone; the hub ships examples of its own, each valid',
  async (t) => {
    const { hub } = await openHub(t)
    const { schemas } = (await hub.app.inject('/openapi.json')).json().components
    const names = [
      'CareTeamBundle',
      'AuditEventBundle',
      'PatientFlagBundle',
      'AuditEvent',
      'CareTeam',
      'Encounter',
      'RecordedEncounter',
      'OperationOutcome',
    ]
    for (const name of names) {
      const [example] = schemas[name].examples
      t.same(faultsIn(example), [], name)
    }
    t.equal((await search(hub, 'CareTeam', NOBODY)).json().total, 0)
  },
)

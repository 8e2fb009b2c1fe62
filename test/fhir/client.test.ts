import type { AuditEvent, Bundle, BundleEntry, CareTeam } from 'fhir/r4.js'
import { Client } from 'fhir-kit-client'
import t from 'tap'
import { BASE, NHS_NUMBER, resourcesOf } from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { aDataset, aRecord, HALTON, lease, NOBODY, ROBIN, submit } from '../helpers/seed.js'

t.test('a client from npm does all that a health system does, knowing the base URL alone', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord({ familyName: 'Ashdown', givenNames: ['Robin'] })]))
  const baseUrl = `${await hub.listen()}${BASE}`
  const client = new Client({ baseUrl, bearerToken: 'a-token-of-the-real-platform' })
  const identifier = { 'patient:identifier': `${NHS_NUMBER}|${ROBIN}` }

  const statement = await client.capabilityStatement()
  t.match(statement, { resourceType: 'CapabilityStatement', implementation: { url: baseUrl } })

  const teams = (await client.search({
    resourceType: 'CareTeam',
    searchParams: identifier,
  })) as unknown as Bundle
  t.match(teams, { resourceType: 'Bundle', total: 1 })
  // The client types every answer as any resource, which no single one can be given for; here and below.
  const headersOf = (answer: object) => Client.httpFor(answer as never).response?.headers
  t.match(headersOf(teams)?.get('warning'), /simulated/)
  const [{ resource, fullUrl }] = teams.entry as [BundleEntry]
  const team = resource as CareTeam & { id: string }
  t.equal(fullUrl, `${baseUrl}/CareTeam/${team.id}`)
  t.match(team.telecom, [{ use: 'work' }, { use: 'mobile' }])

  const byForm = (await client.search({
    resourceType: 'CareTeam',
    searchParams: identifier,
    options: { postSearch: true, headers: { IsUnscheduledAccessEvent: 'false' } },
  })) as unknown as Bundle
  t.same(byForm.entry, teams.entry)
  t.notMatch(byForm.link?.[0]?.url, ROBIN)

  const events = (await client.search({
    resourceType: 'AuditEvent',
    searchParams: {
      ...identifier,
      _include: 'AuditEvent:entity-type=http://terminology.hl7.org/CodeSystem/v3-RoleClass|ASSIGNED',
    },
  })) as unknown as Bundle
  t.equal(events.total, 1)
  const [event] = resourcesOf(events) as (AuditEvent & { id: string })[]
  const reference = event?.source.observer.reference as string
  const role = await client.resolve({ reference, context: events as never })
  t.match(role, { resourceType: 'PractitionerRole', practitioner: { display: 'Simulated user' } })

  t.same(await client.read({ resourceType: 'CareTeam', id: team.id }), team)
  const alone = await client.read({ resourceType: 'AuditEvent', id: event?.id as string })
  t.match(alone, { resourceType: 'AuditEvent', recorded: event?.recorded })

  const nothing = await client.search({ resourceType: 'CareTeam', searchParams: { patient: NOBODY } })
  t.equal(nothing.total, 0)
  t.notOk(nothing.entry)

  const visit = await client.create({
    resourceType: 'Encounter',
    body: {
      resourceType: 'Encounter',
      status: 'arrived',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER' },
      subject: { identifier: { system: NHS_NUMBER, value: ROBIN } },
      serviceProvider: {
        identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
      },
      period: { start: '2026-11-24T09:25:00Z' },
    },
  })
  t.match(visit, { resourceType: 'Encounter', status: 'arrived' })
  t.equal(headersOf(visit)?.get('location'), `${baseUrl}/Encounter/${visit.id}`)

  const refusals: [asked: Promise<unknown>, status: number, code: string][] = [
    [
      client.search({ resourceType: 'CareTeam', searchParams: { patient: '9990000019' } }),
      400,
      'INVALID_SEARCH_DATA',
    ],
    [client.read({ resourceType: 'CareTeam', id: 'none' }), 404, 'RESOURCE_NOT_FOUND'],
    [client.read({ resourceType: 'Patient', id: 'none' }), 404, 'RESOURCE_NOT_FOUND'],
    [client.delete({ resourceType: 'CareTeam', id: team.id }), 405, 'UNSUPPORTED_SERVICE'],
  ]
  for (const [asked, status, code] of refusals) {
    const error = await asked.then(
      () => undefined,
      (failure) => failure,
    )
    t.match(error.response, {
      status,
      data: { resourceType: 'OperationOutcome', issue: [{ details: { coding: [{ code }] } }] },
    })
  }
  t.same(
    (await lease(hub, HALTON)).json().notifications.map(({ kind }: { kind: string }) => kind),
    ['access', 'attendance'],
  )
})

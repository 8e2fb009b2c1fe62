import type { AuditEvent, Bundle, CareTeam, PractitionerRole } from 'fhir/r4.js'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { putAuthority, stateOf } from '../helpers/calls.js'
import { BASE, get, NHS_NUMBER, NURSE, resourcesOf, SILENT, search, searchByForm } from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { openRaw, readAnswers } from '../helpers/raw.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  TAYLOR,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const EMPTY = { resourceType: 'Bundle', type: 'searchset', total: 0 }

async function openWithRobin(t: Test) {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord({ familyName: 'Ashdown', givenNames: ['Robin', 'Lee'] })]))
  return { hub, clock }
}

const seen = (hub: Hub) => stateOf(hub, [HALTON, WARRINGTON], [ROBIN])

async function changesNothing(t: Test, hub: Hub, ask: () => Promise<unknown>, message: string) {
  const before = await seen(hub)
  await ask()
  t.same(await seen(hub), before, message)
}

t.test('GET CareTeam answers one CareTeam for each visible plan, in the guide’s shape', async (t) => {
  const { hub } = await openWithRobin(t)
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC', endDate: '2026-06-01' })]))
  const reply = await search(hub, 'CareTeam', ROBIN)
  t.equal(reply.headers['content-type'], 'application/fhir+json')
  t.ok(reply.headers.date)
  const plans = (await hub.app.inject(`/v1/authorities/${HALTON}/plans`)).json().items
  const self = `http://localhost:80${BASE}/CareTeam?patient:identifier=${encodeURIComponent(`${NHS_NUMBER}|${ROBIN}`)}`
  const bundle: Bundle = reply.json()
  t.match(bundle, {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 2,
    link: [{ relation: 'self', url: self }],
  })
  t.same(bundle.entry?.[0], {
    fullUrl: `http://localhost:80${BASE}/CareTeam/${plans[0].id}`,
    resource: {
      resourceType: 'CareTeam',
      id: plans[0].id,
      meta: { lastUpdated: '2026-11-24T09:30:00.000Z' },
      status: 'active',
      category: [
        {
          coding: [
            {
              system: 'http://snomed.info/sct',
              code: '342191000000101',
              display: 'Subject to child protection plan',
            },
          ],
        },
      ],
      name: 'Halton',
      subject: { identifier: { system: NHS_NUMBER, value: ROBIN } },
      period: { start: '2026-03-02' },
      telecom: [
        { system: 'phone', value: '01632 960005', use: 'work' },
        { system: 'phone', value: '01632 960405', use: 'mobile' },
      ],
    },
    search: { mode: 'match' },
  })
  const [, ended] = resourcesOf(bundle) as CareTeam[]
  t.match(ended, { status: 'inactive', name: 'Warrington', period: { end: '2026-06-01' } })
  t.equal(ended?.category?.[0]?.coding?.[0]?.code, '764841000000100')
  t.notMatch(reply.body, 'Ashdown', 'health is not shown names')
})

t.test(
  'an authority whose list is overdue is ringed with care, and an unborn child is expected',
  async (t) => {
    const { hub, clock } = await openHub(t)
    const unborn = aRecord({ nhsNumber: TAYLOR, planType: 'UCPP', expectedDeliveryDate: '2027-01-10' })
    await submit(hub, HALTON, aDataset(1, [unborn]))
    const notes = async () => {
      const [team] = resourcesOf((await search(hub, 'CareTeam', TAYLOR, SILENT)).json()) as CareTeam[]
      return team?.note?.map(({ text }) => text)
    }
    t.match(await notes(), [/^Expected delivery date: 2027-01-10/])
    clock.set('2026-11-26T09:30:00Z')
    t.match(await notes(), [/2027-01-10/, /^This may be out of date: .* Ring the authority/])
  },
)

t.test('a search by form has the same answer, and no number in any URL', async (t) => {
  const { hub } = await openWithRobin(t)
  for (const type of ['CareTeam', 'AuditEvent']) {
    const byUrl: Bundle = (await search(hub, type, ROBIN)).json()
    for (const form of [
      `patient:identifier=${NHS_NUMBER}|${ROBIN}`,
      `patient=${ROBIN}`,
      `patient%3Aidentifier=${encodeURIComponent(`${NHS_NUMBER}|${ROBIN}`)}`,
    ]) {
      const byForm: Bundle = (await searchByForm(hub, type, form)).json()
      t.same(byForm, { ...byUrl, link: [{ relation: 'self', url: `http://localhost:80${BASE}/${type}` }] })
    }
  }
})

t.test('the guide’s URLs are read raw and percent-encoded, over a socket', async (t) => {
  const { hub } = await openWithRobin(t)
  await hub.listen()
  const include =
    '_include=AuditEvent:entity-type=http://terminology.hl7.org/CodeSystem/v3-RoleClass|ASSIGNED'
  const encodedInclude = `_include=${encodeURIComponent(include.slice('_include='.length))}`
  const encodedPatient = `patient%3Aidentifier=${encodeURIComponent(`${NHS_NUMBER}|${ROBIN}`)}`
  const paths = [
    `/CareTeam?patient:identifier=${NHS_NUMBER}|${ROBIN}`,
    `/CareTeam?${encodedPatient}`,
    `/CareTeam?patient=${ROBIN}`,
    `/AuditEvent?patient:identifier=${NHS_NUMBER}|${ROBIN}&${include}`,
    `/AuditEvent?${encodedPatient}&${encodedInclude}`,
    `/AuditEvent?patient=${ROBIN}&${include}&${include}`,
  ]
  for (const path of paths) {
    const connection = await openRaw(hub)
    const headers = Object.entries({ ...NURSE, host: 'localhost', connection: 'close' })
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    await connection.write(`GET ${BASE}${path} HTTP/1.1\r\n${lines}\r\n`)
    const [answer] = readAnswers(await connection.ended)
    t.equal(answer?.status, 200, path)
    t.match(JSON.parse(answer?.body ?? ''), { total: 1 })
  }
})

t.test('nothing known is 200 with a total of 0 and without entries', async (t) => {
  const { hub } = await openWithRobin(t)
  for (const type of ['CareTeam', 'AuditEvent', 'PatientFlag']) {
    const reply = await search(hub, type, NOBODY)
    t.equal(reply.statusCode, 200)
    const { link, ...bundle } = reply.json()
    t.same(bundle, EMPTY, type)
    t.equal(link.length, 1)
  }
})

t.test('an unscheduled CareTeam search is recorded and told, as a native lookup is', async (t) => {
  const { hub } = await openWithRobin(t)
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC' })]))
  t.equal((await search(hub, 'CareTeam', ROBIN)).statusCode, 200)
  for (const code of [HALTON, WARRINGTON]) {
    const { notifications } = (await lease(hub, code)).json()
    t.match(notifications, [
      {
        kind: 'access',
        nhsNumber: ROBIN,
        access: {
          organisation: { odsCode: 'RBN01', name: 'RBN01' },
          user: { id: '555500000001', name: '555500000001', roleProfileId: '555254242102' },
          location: null,
        },
      },
    ])
  }
  const native = (await lookUp(hub, ROBIN)).json()
  t.match(native.access, { repeat: true, notified: [HALTON, WARRINGTON] }, 'the same user again: one access')
  await search(hub, 'CareTeam', ROBIN)
  t.equal((await search(hub, 'AuditEvent', ROBIN)).json().total, 1, 'whichever way they come')
  await search(hub, 'CareTeam', ROBIN, { ...NURSE, 'nhsd-identity-uuid': '555500000002' })
  t.equal((await search(hub, 'AuditEvent', ROBIN)).json().total, 2, 'another user is another access')
  t.equal((await lease(hub, HALTON)).json().notifications.length, 1)
})

t.test('what is silent, refused, or read by its id records nothing', async (t) => {
  const { hub } = await openWithRobin(t)
  await search(hub, 'CareTeam', ROBIN)
  const team: Bundle = (await search(hub, 'CareTeam', ROBIN, SILENT)).json()
  const events: Bundle = (await search(hub, 'AuditEvent', ROBIN)).json()
  const [teamId, eventId] = [team, events].map(({ entry }) => entry?.[0]?.resource?.id)
  const other = { ...NURSE, 'nhsd-identity-uuid': '555500000009' }
  const url = `/CareTeam?patient=${ROBIN}`
  const asks: Record<string, () => Promise<unknown>> = {
    'a silent search': () => search(hub, 'CareTeam', ROBIN, { ...other, ...SILENT }),
    'AuditEvent, whatever the header': () =>
      search(hub, 'AuditEvent', ROBIN, { ...other, isunscheduledaccessevent: 'true' }),
    'PatientFlag, whatever the header': () =>
      search(hub, 'PatientFlag', ROBIN, { ...other, isunscheduledaccessevent: 'true' }),
    'a CareTeam by its id': () => get(hub, `/CareTeam/${teamId}`, other),
    'an AuditEvent by its id': () => get(hub, `/AuditEvent/${eventId}`, other),
    'XML asked for': () => get(hub, url, { ...other, accept: 'application/fhir+xml' }),
    'XML asked for in the URL': () => get(hub, `${url}&_format=xml`, other),
    'an unknown parameter': () => get(hub, `${url}&colour=red`, other),
    'a flag that is none': () => get(hub, url, { ...other, isunscheduledaccessevent: 'yes' }),
    'nobody who asks': () => get(hub, url),
    'a HEAD': () => hub.app.inject({ method: 'HEAD', url: `${BASE}${url}`, headers: other }),
    'a body of another type': () =>
      hub.app.inject({
        method: 'POST',
        url: `${BASE}/CareTeam/_search`,
        headers: other,
        payload: { patient: ROBIN },
      }),
  }
  for (const [name, ask] of Object.entries(asks)) await changesNothing(t, hub, ask, name)
  t.equal((await get(hub, url, other)).statusCode, 200)
  t.equal((await search(hub, 'AuditEvent', ROBIN)).json().total, 2, 'and what is none of these does')
})

t.test('X-Request-ID makes an unscheduled search repeatable, in either form', async (t) => {
  // Without the collapse, each of these would be an access of its own.
  const { hub, clock } = await openHub(t, { collapseHours: 0 })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const first = { ...NURSE, 'x-request-id': '60E0B220-8136-4CA5-AE46-1D97EF59D068' }
  const reply = await search(hub, 'CareTeam', ROBIN, first)
  t.equal(reply.headers['x-request-id'], first['x-request-id'])
  t.notOk(reply.headers['idempotency-replayed'])
  // Within the life of the key.
  clock.set('2026-11-25T09:29:00Z')
  for (const again of [
    await search(hub, 'CareTeam', ROBIN, first),
    await searchByForm(hub, 'CareTeam', `patient=${ROBIN}`, first),
  ]) {
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal(again.json().total, 1)
  }
  t.equal((await lease(hub, HALTON)).json().notifications.length, 1)
  const spaced = await searchByForm(hub, 'CareTeam', 'patient=999%20000%200018', first)
  t.equal(spaced.headers['idempotency-replayed'], 'true', 'however the number is written')
  const others = [
    await search(hub, 'CareTeam', SASHA, first),
    await search(hub, 'CareTeam', ROBIN, { ...first, 'nhsd-identity-uuid': '555500000002' }),
  ]
  for (const other of others) {
    t.equal(other.statusCode, 400)
    t.match(other.json().issue[0], {
      details: { coding: [{ code: 'PRECONDITION_FAILED' }] },
      diagnostics: /X-Request-ID/,
    })
  }
})

t.test('a search that finds nothing leaves no key behind', async (t) => {
  const { hub } = await openWithRobin(t)
  const headers = { ...NURSE, 'x-request-id': 'r-1' }
  t.equal((await search(hub, 'CareTeam', NOBODY, headers)).json().total, 0)
  const next = await search(hub, 'CareTeam', ROBIN, headers)
  t.equal(next.json().total, 1)
  t.notOk(next.headers['idempotency-replayed'])
})

t.test('silent searches name nobody, and count as silent lookups', async (t) => {
  const { hub } = await openWithRobin(t)
  for (const type of ['CareTeam', 'AuditEvent', 'PatientFlag'])
    await search(hub, type, ROBIN, { ...NURSE, ...SILENT })
  t.same((await hub.app.inject('/v1/freshness')).json().health, [])
  t.match((await hub.app.inject('/metrics')).body, 'cpis_lookups_total{outcome="silent-hit"} 3')
  await search(hub, 'CareTeam', ROBIN)
  t.match((await hub.app.inject('/v1/freshness')).json().health, [{ odsCode: 'RBN01' }])
})

t.test('HEAD, OPTIONS and every other method are 405, with what the path takes', async (t) => {
  const { hub } = await openWithRobin(t)
  const allowed: [path: string, allow: string][] = [
    ['/CareTeam', 'GET'],
    ['/CareTeam/_search', 'POST'],
    ['/CareTeam/a%2Fb', 'GET'],
    ['/PatientFlag', 'GET'],
    ['/Encounter', 'POST'],
    ['/metadata', 'GET'],
  ]
  for (const [path, allow] of allowed) {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'TRACE'] as const) {
      const reply = await hub.app.inject({ method: method as 'PUT', url: `${BASE}${path}` })
      t.same([reply.statusCode, reply.headers.allow], [405, allow], `${method} ${path}`)
    }
  }
  const encodedSlash = await hub.app.inject('/cpis/FHIR/R4%2Fmetadata')
  t.equal(encodedSlash.statusCode, 404, 'a slash that is encoded is none')
  t.notOk(encodedSlash.headers.allow)
})

t.test('AuditEvent answers the 25 latest accesses, newest first, each with who looked', async (t) => {
  const { hub, clock } = await openWithRobin(t)
  const ids: string[] = []
  for (let minute = 0; minute < 26; minute += 1) {
    clock.set(`2026-11-24T10:${String(minute).padStart(2, '0')}:00Z`)
    const user = { ...WHISTON_NURSE.user, id: `user-${minute}`, name: `User ${minute}` }
    const looked = await lookUp(hub, ROBIN, { requester: { ...WHISTON_NURSE, user }, location: 'Ward 3' })
    ids.push(looked.json().access.id)
  }
  const bundle: Bundle = (await search(hub, 'AuditEvent', ROBIN, {})).json()
  t.equal(bundle.total, 25)
  const events = resourcesOf(bundle) as AuditEvent[]
  const roles = resourcesOf(bundle, 'include') as PractitionerRole[]
  t.equal(events.length, 25)
  t.equal(roles.length, 25)
  t.equal(events[0]?.recorded, '2026-11-24T10:25:00.000Z')
  t.equal(events[24]?.recorded, '2026-11-24T10:01:00.000Z')
  t.same(roles[0], {
    resourceType: 'PractitionerRole',
    id: events[0]?.id,
    practitioner: {
      identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: 'user-25' },
      display: 'User 25',
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
  })
  t.match(events[0]?.agent, [
    { who: { identifier: { value: ROBIN } }, requestor: false },
    {
      who: { reference: `PractitionerRole/${events[0]?.id}` },
      requestor: true,
      location: { display: 'Ward 3' },
    },
  ])
  const alone: AuditEvent = (await get(hub, `/AuditEvent/${events[0]?.id}`)).json()
  t.match(alone.contained, [{ resourceType: 'PractitionerRole', practitioner: { display: 'User 25' } }])
  t.equal(
    (await get(hub, `/AuditEvent/${ids[0]}`)).statusCode,
    200,
    'one that is no longer among them is there',
  )
  t.equal(alone.agent[1]?.who?.reference, `#${alone.contained?.[0]?.id}`)
})

t.test('ids are good while what they name is shown', async (t) => {
  const { hub } = await openWithRobin(t)
  const idIn = async (type: string) => (await search(hub, type, ROBIN)).json().entry[0].resource.id as string
  const [teamId, eventId] = [await idIn('CareTeam'), await idIn('AuditEvent')]
  const statuses = async () => [
    (await get(hub, `/CareTeam/${teamId}`)).statusCode,
    (await get(hub, `/AuditEvent/${eventId}`)).statusCode,
  ]
  t.same(await statuses(), [200, 200])
  await submit(hub, HALTON, aDataset(2, [aRecord({ endDate: '2026-11-01' })]))
  t.match(
    (await get(hub, `/CareTeam/${teamId}`)).json(),
    { id: teamId, status: 'inactive' },
    'a plan that ends keeps its id',
  )
  await putAuthority(hub, HALTON, { status: 'testing' })
  t.same(await statuses(), [404, 404], 'an authority that is not seen')
  await putAuthority(hub, HALTON, { status: 'live', childrenInScope: 0 })
  t.same(await statuses(), [200, 200])
  await submit(hub, HALTON, aDataset(3, [aRecord({ nhsNumber: SASHA })]))
  t.same(await statuses(), [404, 404], 'a withdrawn plan')
  const outcome = (await get(hub, `/CareTeam/${teamId}`)).json()
  t.match(outcome.issue, [{ code: 'not-found', details: { coding: [{ code: 'RESOURCE_NOT_FOUND' }] } }])
  await submit(hub, HALTON, aDataset(4, [aRecord()]))
  t.not(await idIn('CareTeam'), teamId, 'one that comes again is another')
})

t.test('a role that is not known is no code; its profile is an identifier', async (t) => {
  const { hub } = await openWithRobin(t)
  await search(hub, 'CareTeam', ROBIN)
  const events: Bundle = (await search(hub, 'AuditEvent', ROBIN)).json()
  const [role] = resourcesOf(events, 'include') as PractitionerRole[]
  t.same(role?.identifier, [{ system: 'https://fhir.nhs.uk/Id/sds-role-profile-id', value: '555254242102' }])
  t.notOk(role?.code)
})

t.test('addresses are those that the request was addressed to, whatever its Host header says', async (t) => {
  const { hub } = await openWithRobin(t)
  const url = await hub.listen()
  const connection = await openRaw(hub)
  const target = `${url}${BASE}/CareTeam?patient=${ROBIN}`
  const head = ['host: evil.example', 'connection: close', 'IsUnscheduledAccessEvent: false']
  await connection.write(`GET ${target} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`)
  const [answer] = readAnswers(await connection.ended)
  t.match(JSON.parse(answer?.body ?? ''), { total: 1, entry: [{ fullUrl: new RegExp(`^${url}`) }] })
  t.notMatch(answer?.body, 'evil')
})

t.test('no id tells another', async (t) => {
  const { hub } = await openHub(t)
  await submit(
    hub,
    HALTON,
    aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA }), aRecord({ nhsNumber: TAYLOR })]),
  )
  const { items } = (await hub.app.inject(`/v1/authorities/${HALTON}/plans`)).json()
  const ids = items.map(({ id }: { id: string }) => id) as string[]
  t.equal(new Set(ids.map((id) => id.slice(14))).size, 3)
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  const tails = ids.map((id) => BigInt(`0x${id.slice(24)}`)).sort()
  for (const [i, tail] of tails.entries()) {
    const next = tails[i + 1]
    if (next !== undefined) t.ok(next - tail > 1_000_000n || tail - next > 1_000_000n)
  }
})

t.test('PatientFlag: one Flag for the child, its plans and whom to ring included', async (t) => {
  const { hub } = await openWithRobin(t)
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC', startDate: '2026-01-05' })]))
  const system = 'https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient'
  const code = 'child-protection-information-system-flag'
  const asked = [
    `/PatientFlag?patient=${ROBIN}`,
    `/PatientFlag?patient=${ROBIN}&code=${code}`,
    `/PatientFlag?patient=${ROBIN}&code=${encodeURIComponent(`${system}|${code}`)}`,
    `/PatientFlag?patient=${ROBIN}&code=child-protection-information-sharing-flag`,
    `/PatientFlag?patient:identifier=${NHS_NUMBER}|${ROBIN}`,
  ]
  for (const path of asked) {
    const bundle: Bundle = (await get(hub, path)).json()
    t.equal(bundle.total, 1)
    t.same(
      bundle.entry?.map(({ resource, search }) => [search?.mode, resource?.resourceType]),
      [
        ['match', 'Flag'],
        ['include', 'CarePlan'],
        ['include', 'CarePlan'],
        ['include', 'CareTeam'],
        ['include', 'CareTeam'],
      ],
    )
    const ids = resourcesOf(bundle, 'include').map(({ id }) => `${id}`)
    t.match(resourcesOf(bundle)[0], {
      id: ids.sort()[0],
      status: 'active',
      code: { coding: [{ system, code }] },
      subject: { identifier: { value: ROBIN } },
      period: { start: '2026-01-05' },
    })
  }
  const any = `code=${code},female-genital-mutilation-flag`
  t.equal(
    (await get(hub, `/PatientFlag?patient=${ROBIN}&${any}`)).json().total,
    1,
    'a comma means any of them',
  )
  for (const other of ['female-genital-mutilation-flag', `https://example.org|${code}`, '']) {
    t.equal(
      (await get(hub, `/PatientFlag?patient=${ROBIN}&code=${encodeURIComponent(other)}`)).json().total,
      0,
    )
  }
  t.same((await lease(hub, HALTON)).json().notifications, [], 'always silent')
})

t.test(
  'who asks: the headers of the platform, or what a bearer token says, or a simulated user',
  async (t) => {
    const { hub } = await openWithRobin(t)
    const jwt = (claims: object) =>
      `${['{"alg":"none"}', JSON.stringify(claims)].map((part) => Buffer.from(part).toString('base64url')).join('.')}.x`
    const cis2 = {
      nhsid_useruid: '555021935107',
      name: 'Palmer Paula (Mrs)',
      selected_roleid: '555254242103',
      nhsid_nrbac_roles: [
        { person_roleid: '1', org_code: 'XXX', role_code: 'S1', role_name: 'Other' },
        {
          person_roleid: '555254242103',
          org_code: 'RKE01',
          role_code: 'S8000:G8000:R8001',
          role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
        },
      ],
      nhsid_user_orgs: [{ org_code: 'RKE01', org_name: 'Whittington (simulated)' }],
    }
    const { 'nhsd-session-urid': _, ...withoutProfile } = NURSE
    const cases: [name: string, headers: Record<string, string>, who: object, warning: RegExp | undefined][] =
      [
        [
          'by headers',
          NURSE,
          {
            organisation: { odsCode: 'RBN01', name: 'RBN01' },
            user: {
              id: '555500000001',
              name: '555500000001',
              roleName: '555254242102',
              roleProfileId: '555254242102',
            },
          },
          undefined,
        ],
        [
          'by headers, without a role profile',
          { ...withoutProfile, 'nhsd-identity-uuid': '555500000002' },
          { user: { id: '555500000002', roleName: 'Not stated' } },
          undefined,
        ],
        [
          'by headers, before any token',
          { ...NURSE, authorization: `Bearer ${jwt(cis2)}` },
          { organisation: { odsCode: 'RBN01' } },
          undefined,
        ],
        [
          'by claims',
          { authorization: `Bearer ${jwt(cis2)}` },
          {
            organisation: { odsCode: 'RKE01', name: 'Whittington (simulated)' },
            user: {
              id: '555021935107',
              name: 'Palmer Paula (Mrs)',
              roleProfileId: '555254242103',
              roleCode: 'S8000:G8000:R8001',
              roleName: 'Nurse Access Role',
            },
          },
          /^299 cpis-hub ".*not verified/,
        ],
        [
          'by plain claims',
          {
            authorization: `bearer ${jwt({ sub: 'jo', given_name: 'Jo', family_name: 'Bright', ods_code: 'RBN02' })}`,
          },
          { organisation: { odsCode: 'RBN02' }, user: { id: 'jo', name: 'Jo Bright' } },
          /not verified/,
        ],
        [
          'by claims that say little',
          { authorization: `Bearer ${jwt({ sub: 'jo', ods_code: 'not one' })}` },
          { organisation: { odsCode: 'SIM00' }, user: { id: 'jo' } },
          /simulated/,
        ],
        [
          'by claims of no text',
          {
            authorization: `Bearer ${jwt({ sub: 7, name: ['x'], nhsid_nrbac_roles: 'x', nhsid_user_orgs: [null] })}`,
          },
          { organisation: { odsCode: 'SIM00' }, user: { name: 'Simulated user' } },
          /simulated/,
        ],
        [
          'by an opaque token',
          { authorization: 'Bearer sesame' },
          {
            organisation: { odsCode: 'SIM00' },
            user: { id: /^simulated-[0-9a-f]{16}$/, name: 'Simulated user' },
          },
          /^299 cpis-hub ".*simulated/,
        ],
        [
          'by a user’s headers, and a token for the organisation',
          {
            'nhsd-identity-uuid': 'u',
            'nhsd-session-urid': 'p',
            authorization: `Bearer ${jwt({ sub: 'jo', ods_code: 'RBN03' })}`,
          },
          { organisation: { odsCode: 'RBN03' }, user: { id: 'u', roleProfileId: 'p' } },
          /not verified/,
        ],
        [
          'by half of the headers and an opaque token',
          { 'nhsd-identity-uuid': 'v', authorization: 'Bearer open' },
          { organisation: { odsCode: 'SIM00' }, user: { id: 'v' } },
          /simulated/,
        ],
        [
          'by a role profile and a token',
          { 'nhsd-session-urid': 'rp2', authorization: `Bearer ${jwt({ sub: '12399', ods_code: 'RBN04' })}` },
          { organisation: { odsCode: 'RBN04' }, user: { id: '12399', roleProfileId: 'rp2' } },
          /not verified/,
        ],
        [
          'by claims that are blank',
          { authorization: `Bearer ${jwt({ sub: ' ', name: '\u00a0', ods_code: 'RBN05' })}` },
          { organisation: { odsCode: 'RBN05' }, user: { name: 'Simulated user' } },
          /simulated/,
        ],
      ]
    for (const [name, headers, who, warning] of cases) {
      const reply = await search(hub, 'CareTeam', ROBIN, headers)
      t.equal(reply.statusCode, 200, name)
      if (warning === undefined) t.notOk(reply.headers.warning, name)
      else t.match(reply.headers.warning, warning, name)
      const { accesses } = (await lookUp(hub, ROBIN, { careSetting: 'scheduled' })).json()
      t.ok(
        accesses.some((access: object) => matches(access, who)),
        name,
      )
    }
    const tokens = ['Bearer sesame', 'Bearer sesame', 'Bearer simsim']
    const before = (await search(hub, 'AuditEvent', ROBIN)).json().total
    for (const authorization of tokens) await search(hub, 'CareTeam', ROBIN, { authorization })
    t.equal((await search(hub, 'AuditEvent', ROBIN)).json().total, before + 1, 'one token is one user')
  },
)

function matches(value: unknown, pattern: unknown): boolean {
  if (pattern instanceof RegExp) return pattern.test(String(value))
  if (typeof pattern !== 'object' || pattern === null) return value === pattern
  return Object.entries(pattern).every(([name, each]) =>
    matches((value as Record<string, unknown>)?.[name], each),
  )
}

t.test(
  'who does not say who asks is refused alike for hit and miss; silently nobody need be known',
  async (t) => {
    const { hub } = await openWithRobin(t)
    const cases: Record<string, string>[] = [
      {},
      { 'nhsd-identity-uuid': 'u' },
      { 'nhsd-end-user-organisation-ods': 'RBN01' },
      { authorization: 'Basic dTpw' },
      { ...NURSE, 'nhsd-end-user-organisation-ods': 'rbn01' },
      { ...NURSE, 'nhsd-identity-uuid': 'u'.repeat(65) },
      { ...NURSE, 'nhsd-session-urid': 'u'.repeat(65) },
    ]
    for (const headers of cases) {
      const [hit, miss] = await Promise.all([ROBIN, NOBODY].map((n) => search(hub, 'CareTeam', n, headers)))
      t.same([hit?.statusCode, miss?.statusCode], [400, 400])
      t.same(hit?.json(), miss?.json())
      t.match(hit?.json().issue, [
        { code: 'invalid', details: { coding: [{ code: 'PRECONDITION_FAILED' }] }, diagnostics: /NHSD-/ },
      ])
      t.equal((await search(hub, 'CareTeam', ROBIN, { ...headers, ...SILENT })).json().total, 1)
    }
    t.match(
      (await search(hub, 'CareTeam', ROBIN, {})).body,
      /NHSD-Identity-UUID and NHSD-End-User-Organisation-ODS/,
    )
  },
)

t.test(
  'the caller’s references are echoed, also with a refusal, unless they could hold an NHS number',
  async (t) => {
    const { hub } = await openWithRobin(t)
    const own = {
      traceid: 'trace-1',
      'x-correlation-id': '11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA',
      'x-request-id': 'r-1',
    }
    for (const path of [
      `/CareTeam?patient=${ROBIN}`,
      '/CareTeam?patient=1',
      '/nothing',
      '/metadata',
      '/CareTeam/x',
    ]) {
      t.match((await get(hub, path, { ...NURSE, ...own })).headers, own, path)
    }
    const risky = { traceid: ROBIN, 'x-correlation-id': `a${ROBIN}`, 'x-request-id': ROBIN }
    const { headers } = await get(hub, `/CareTeam?patient=${ROBIN}`, { ...NURSE, ...risky })
    t.notOk(JSON.stringify(headers).includes(ROBIN))
  },
)

t.test(
  'an unknown parameter is an error that names those there are; lenient handling passes over it',
  async (t) => {
    const { hub } = await openWithRobin(t)
    const url = `/CareTeam?patient=${ROBIN}&_count=10&colour=red`
    const refused = await get(hub, url, NURSE)
    t.equal(refused.statusCode, 400)
    t.match(refused.json().issue[0].diagnostics, /patient, patient:identifier, _format/)
    t.notMatch(refused.body, 'colour')
    for (const prefer of [
      'handling=lenient',
      'return=representation; handling=lenient',
      'handling="lenient"',
    ]) {
      const bundle = (await get(hub, url, { ...NURSE, prefer })).json()
      t.equal(bundle.total, 1)
      t.equal(bundle.link[0].url, `http://localhost:80${BASE}/CareTeam?patient=${ROBIN}`)
    }
    t.equal((await get(hub, url, { ...NURSE, prefer: 'handling=strict' })).statusCode, 400)
  },
)

t.test('addresses begin with PUBLIC_URL where a proxy stands before the hub', async (t) => {
  const { hub } = await openHub(t, { publicUrl: 'https://hub.example:8443' })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const bundle: Bundle = (await search(hub, 'CareTeam', ROBIN)).json()
  for (const url of [bundle.link?.[0]?.url, bundle.entry?.[0]?.fullUrl])
    t.ok(url?.startsWith(`https://hub.example:8443${BASE}/CareTeam`))
})

import type { LightMyRequestResponse } from 'fastify'
import type { Bundle, FhirResource, Patient } from 'fhir/r4.js'
import t from 'tap'
import { faultsIn } from '../helpers/fhir.js'
import { NOW, openHub } from '../helpers/hub.js'
import { PDS, postPeople, putPerson, REQUEST_ID, ROBIN_ASHDOWN, trace } from '../helpers/people.js'
import { aDataset, aRecord, HALTON, NOBODY, ROBIN, SASHA, syntheticNumber, TAYLOR } from '../helpers/seed.js'

const SYSTEM = 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode'
const JANE = '9000000009'

/** Status, severity, issue type and Spine code of a refusal. */
function refusalOf(reply: LightMyRequestResponse): unknown[] {
  const outcome = JSON.parse(reply.body)
  const [{ severity, code, details, diagnostics }] = outcome.issue
  const [{ system, version, code: spineCode, display }] = details.coding
  const isWhole = system === SYSTEM && version === '1' && display.length > 0 && diagnostics.length > 0
  return [reply.statusCode, severity, code, isWhole && spineCode]
}

const peopleIn = ({ entry = [] }: Bundle) => entry.map(({ resource }) => resource as Patient)
/** The ids of a bundle; of a refusal its status, which no bundle has. */
const idsIn = (reply: LightMyRequestResponse) =>
  reply.statusCode === 200 ? peopleIn(JSON.parse(reply.body)).map(({ id }) => id) : reply.statusCode

t.test('GET Patient/{nhsNumber} answers the sandbox people as the service does, in valid R4', async (t) => {
  const { hub } = await openHub(t)
  const jane = await trace(hub.app, `/Patient/${JANE}`, { 'x-correlation-id': 'my-own-7' })
  t.equal(jane.statusCode, 200)
  t.match(jane.headers, {
    'content-type': 'application/fhir+json',
    etag: 'W/"1"',
    'x-request-id': REQUEST_ID,
    'x-correlation-id': 'my-own-7',
  })
  const verified = {
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
  }
  const shown = (nhsNumber: string, code: string, display: string) => ({
    resourceType: 'Patient',
    id: nhsNumber,
    meta: {
      versionId: '1',
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code, display }],
    },
    identifier: [{ extension: [verified], system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber }],
  })
  t.strictSame(jane.json(), {
    ...shown(JANE, 'U', 'unrestricted'),
    name: [{ id: 'usual', use: 'usual', family: 'Smith', given: ['Jane'] }],
    gender: 'female',
    birthDate: '2010-10-22',
  })
  const sensitive = await trace(hub.app, '/Patient/9000000025')
  t.match(sensitive.json(), { ...shown('9000000025', 'R', 'restricted'), name: [{ family: 'Smythe' }] })
  const minimal = await trace(hub.app, '/Patient/9000000033')
  t.strictSame(minimal.json(), shown('9000000033', 'U', 'unrestricted'))
  for (const { body } of [jane, sensitive, minimal]) t.same(faultsIn(JSON.parse(body)), [])
})

t.test('GET Patient/{nhsNumber} refuses in the words of the service', async (t) => {
  const { hub } = await openHub(t)
  const outcomes: FhirResource[] = []
  const cases: [path: string, headers: Record<string, string>, refusal: unknown[]][] = [
    ['/Patient/9111231130', {}, [404, 'information', 'not-found', 'RESOURCE_NOT_FOUND']],
    ['/Patient/9449310378', {}, [404, 'error', 'processing', 'INVALIDATED_RESOURCE']],
    ['/Patient/9000000000', {}, [400, 'error', 'value', 'INVALID_RESOURCE_ID']],
    ['/Patient/90000000', {}, [400, 'error', 'value', 'INVALID_RESOURCE_ID']],
    ['/Patient/900-000-0009', {}, [400, 'error', 'value', 'INVALID_RESOURCE_ID']],
    ['/Patient/-', {}, [400, 'error', 'value', 'INVALID_RESOURCE_ID']],
    [`/Patient/${JANE}`, { 'x-request-id': '' }, [400, 'error', 'required', 'MISSING_VALUE']],
    [`/Patient/${JANE}`, { 'x-request-id': 'mine' }, [400, 'error', 'value', 'INVALID_VALUE']],
    [`/Patient/${JANE}`, { [ODS]: 'rbn 01' }, [400, 'error', 'value', 'INVALID_VALUE']],
    [`/Patient/${JANE}`, { accept: 'text/html' }, [406, 'error', 'not-supported', 'UNSUPPORTED_SERVICE']],
    [`/Patient/${JANE}/RelatedPerson`, {}, [404, 'error', 'not-found', 'RESOURCE_NOT_FOUND']],
  ]
  for (const [path, headers, refusal] of cases) {
    const reply = await trace(hub.app, path, headers)
    t.strictSame(refusalOf(reply), refusal, path)
    t.notMatch(reply.body, JANE)
    outcomes.push(JSON.parse(reply.body))
  }
  t.equal((await trace(hub.app, `/Patient/${JANE}`, { [ODS]: 'RBN01' })).statusCode, 200)
  t.equal(
    (await trace(hub.app, `/Patient/%39000000009?_format=json`)).statusCode,
    200,
    'however it is written',
  )
  const posted = await hub.app.inject({ method: 'POST', url: `${PDS}/Patient/${JANE}` })
  t.strictSame(refusalOf(posted), [405, 'error', 'not-supported', 'UNSUPPORTED_SERVICE'])
  t.equal(posted.headers.allow, 'GET')
  // Last, since it keeps the hub from its work for a second.
  t.same(outcomes.flatMap(faultsIn), [])
})

const ODS = 'nhsd-end-user-organisation-ods'

t.test(
  'a superseded number answers the new one under its id; an adopted child’s old number does not',
  async (t) => {
    const { hub } = await openHub(t)
    await putPerson(hub, { ...ROBIN_ASHDOWN, state: 'superseded', replacedBy: SASHA })
    const before = (await trace(hub.app, `/Patient/${ROBIN}`)).json()
    t.match(before, { id: SASHA, name: [{ family: 'Ashdown' }] }, 'also when the new one is not registered')
    await putPerson(hub, { ...ROBIN_ASHDOWN, nhsNumber: SASHA, familyName: 'Ashton' })
    const after = await trace(hub.app, `/Patient/${ROBIN}`)
    t.match(after.json(), { id: SASHA, identifier: [{ value: SASHA }], name: [{ family: 'Ashton' }] })
    t.notMatch(after.body, ROBIN)
    await putPerson(hub, { nhsNumber: ROBIN, adopted: true })
    const gone = await trace(hub.app, `/Patient/${ROBIN}`)
    t.strictSame(refusalOf(gone), [404, 'error', 'processing', 'INVALIDATED_RESOURCE'])
    t.notMatch(gone.body, SASHA)
    t.equal((await trace(hub.app, `/Patient/${SASHA}`)).headers.etag, 'W/"1"')
    await putPerson(hub, { nhsNumber: SASHA, gender: 'other' })
    t.equal((await trace(hub.app, `/Patient/${SASHA}`)).headers.etag, 'W/"2"', 'a change is a new version')
  },
)

t.test('a search finds by family name and birth date, and by more, as the service does', async (t) => {
  const { hub } = await openHub(t)
  const search = (query: string) => trace(hub.app, `/Patient?${query}`)
  const exact = await search('family=smith&given=JANE&gender=female&birthdate=eq2010-10-22')
  const bundle = exact.json() as Bundle
  t.match(bundle, { resourceType: 'Bundle', type: 'searchset', timestamp: NOW, total: 1 })
  t.match(bundle.entry, [
    { fullUrl: `http://localhost:80${PDS}/Patient/${JANE}`, search: { score: 1 }, resource: { id: JANE } },
  ])
  const found: [query: string, ids: string[]][] = [
    ['family=Sm*&birthdate=2010-10-22', [JANE, '9000000017', '9000000025']],
    [
      'family=Sm*&birthdate=ge2010-10-22&birthdate=le2010-10-23&given=Ja*',
      [JANE, '9000000017', '9000000025'],
    ],
    ['family=Smythe&birthdate=eq2010-10-22', ['9000000025']],
    ['family=Smith&birthdate=le2010-10-21', []],
    ['family=Smith&birthdate=2010-10-22&gender=male', []],
    ['family=Sm*&birthdate=2010-10-22&_exact-match=true', []],
    ['family=Smith&birthdate=2010-10-22&_history=true&_fuzzy-match=false&_max-results=1', [JANE]],
  ]
  for (const [query, ids] of found) t.same(idsIn(await search(query)), ids, query)
  t.strictSame((await search('family=Nobody&birthdate=2010-10-22')).json(), {
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: NOW,
    total: 0,
  })
  await postPeople(hub, [
    { ...ROBIN_ASHDOWN, state: 'superseded', replacedBy: SASHA },
    { ...ROBIN_ASHDOWN, nhsNumber: SASHA },
    { ...ROBIN_ASHDOWN, nhsNumber: TAYLOR, state: 'invalidated' },
    { ...ROBIN_ASHDOWN, nhsNumber: NOBODY, state: 'superseded', replacedBy: ROBIN, adopted: true },
  ])
  t.same(
    idsIn(await search('family=ashdown&birthdate=2015-06-01')),
    [SASHA],
    'each once, and only who is in use',
  )
  // A bundle of the service has neither a self link nor a mode.
  const known = /^(Bundle.link|search.mode|Bundle.total)/
  t.same(
    faultsIn(bundle as FhirResource).filter((fault) => !known.test(fault)),
    [],
  )
})

t.test('a search is refused in the words of the service, and never finds more than fifty', async (t) => {
  const { hub } = await openHub(t)
  const cases: [query: string, refusal: unknown[]][] = [
    ['', [400, 'error', 'processing', 'UNSUPPORTED_SERVICE']],
    ['?_format=json', [400, 'error', 'processing', 'UNSUPPORTED_SERVICE']],
    ['?family=Smith', [400, 'error', 'required', 'MISSING_VALUE']],
    ['?birthdate=2010-10-22&gender=female', [400, 'error', 'value', 'INVALID_SEARCH_DATA']],
    ['?family=Smith&birthdate=2010-10-22&shoe=44', [400, 'error', 'invariant', 'ADDITIONAL_PROPERTIES']],
    ['?family=Smith&birthdate=2010-10-22&phone=1', [400, 'error', 'not-supported', 'UNSUPPORTED_VALUE']],
    [
      '?family=Smith&birthdate=2010-10-22&_fuzzy-match=true',
      [400, 'error', 'not-supported', 'UNSUPPORTED_VALUE'],
    ],
    ...[
      'family=Smith&birthdate=2010-02-30',
      'family=Smith&birthdate=22/10/2010',
      'family=Smith&birthdate=2010-10-22&birthdate=2010-10-22',
      'family=Smith&birthdate=ge2010-10-22&birthdate=ge2010-10-22',
      'family=S*&birthdate=2010-10-22',
      'family=--&birthdate=2010-10-22',
      `family=${'s'.repeat(36)}&birthdate=2010-10-22`,
      'family=Smith&family=Smyth&birthdate=2010-10-22',
      'family=Smith&birthdate=2010-10-22&given=*',
      `family=Smith&birthdate=2010-10-22${'&given=Jane'.repeat(21)}`,
      'family=Smith&birthdate=2010-10-22&gender=f',
      'family=Smith&birthdate=2010-10-22&_max-results=0',
      'family=Smith&birthdate=2010-10-22&_max-results=51',
      'family=Smith&birthdate=2010-10-22&_history=yes',
    ].map((query): [string, unknown[]] => [`?${query}`, [400, 'error', 'value', 'INVALID_VALUE']]),
    [
      '?family=Sm*&birthdate=2010-10-22&_max-results=2',
      [200, 'information', 'multiple-matches', 'TOO_MANY_MATCHES'],
    ],
  ]
  for (const [query, refusal] of cases) {
    const reply = await trace(hub.app, `/Patient${query}`)
    t.strictSame(refusalOf(reply), refusal, query)
    t.notMatch(reply.body, /Smith|2010/)
  }
  const people = Array.from({ length: 51 }, (_, i) => ({ ...ROBIN_ASHDOWN, nhsNumber: syntheticNumber(i) }))
  await postPeople(hub, people.slice(0, 50))
  t.match(idsIn(await trace(hub.app, '/Patient?family=Ashdown&birthdate=2015-06-01')), { length: 50 })
  await postPeople(hub, people.slice(50))
  const many = await trace(hub.app, '/Patient?family=Ashdown&birthdate=2015-06-01')
  t.strictSame(refusalOf(many), [200, 'information', 'multiple-matches', 'TOO_MANY_MATCHES'])
})

t.test(
  'while the register cannot be reached, reads are 503 and a dataset is put off, its sequence free',
  async (t) => {
    const { hub } = await openHub(t, { pdsCheck: 'registered' })
    const { app } = hub
    const down = () =>
      app.inject({
        method: 'POST',
        url: '/tester/faults',
        payload: { do: { personalDemographicsDown: true } },
      })
    const up = () => app.inject({ method: 'DELETE', url: '/tester/faults' })
    await app.inject({ method: 'PUT', url: '/tester/people', payload: ROBIN_ASHDOWN })
    const { nhsNumber: _, ...named } = ROBIN_ASHDOWN
    const dataset = aDataset(1, [aRecord(named), aRecord({ nhsNumber: SASHA })])
    const url = `/v1/authorities/${HALTON}/datasets`
    const submit = (payload: object, query = '') =>
      app.inject({ method: 'POST', url: `${url}${query}`, payload })

    await down()
    for (const path of [`/Patient/${JANE}`, '/Patient?family=Smith&birthdate=2010-10-22']) {
      const reply = await trace(app, path)
      t.strictSame(refusalOf(reply), [503, 'error', 'transient', 'UNABLE_TO_CALL_SERVICE'])
      t.equal(reply.headers['retry-after'], '5')
    }
    const putOff = await submit(dataset)
    t.equal(putOff.statusCode, 503)
    t.equal(putOff.headers['retry-after'], '5')
    t.match(putOff.headers['content-type'], /^application\/json/)
    const receipt = putOff.json()
    t.match(receipt, {
      id: null,
      sequence: 1,
      outcome: 'returned',
      fileCode: 'CPF05',
      recordCount: 2,
      acceptedCount: 0,
      returnedCount: 2,
      changes: { added: 0, changed: 0, ended: 0, removed: 0, unchanged: 0 },
      findingCount: 1,
      returnedTo: { role: 'CP-IS data steward' },
      nextDueAt: null,
    })
    t.match(receipt.findings, [
      { record: null, field: null, severity: 'error', code: 'REGISTER_UNAVAILABLE', recordCode: null },
    ])
    t.equal(receipt.findings.length, 1)
    t.match((await submit(dataset, '?dryRun=true')).json(), { id: null, dryRun: true, fileCode: 'CPF05' })
    t.same((await app.inject(url)).json().items, [], 'nothing of it is kept')
    t.same((await app.inject(`/v1/authorities/${HALTON}/plans`)).json().items, [])
    t.match((await submit({ sequence: 0 })).statusCode, 400, 'what is no dataset is refused as ever')

    await up()
    t.match((await submit(dataset)).json(), { fileCode: 'CPF04', findings: [{ code: 'PERSON_UNKNOWN' }] })
    const good = aDataset(1, [aRecord(named)])
    t.match((await submit(good)).json(), { sequence: 1, outcome: 'accepted' }, 'the same sequence again')
    await down()
    const repeated = await submit(good)
    t.equal(repeated.statusCode, 200, 'a retry of what was accepted needs no register')
    t.match(repeated.json(), { outcome: 'accepted' })
    t.equal((await submit(aDataset(1, []))).statusCode, 409, 'nor does a sequence that is used')
  },
)

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { parse } from 'yaml'
import { aFolder, type HubProcess, serve } from '../helpers/process.js'
import { aDataset, aRecord, aVisit, HALTON, NOBODY, ROBIN, SASHA, TAYLOR } from '../helpers/seed.js'

const BASE = `/v1/authorities/${HALTON}`
const SINCE = '2021-03-02'
const AT = '2021-04-01T09:00:00.000Z'
const BAD_NUMBER = '9990000027'
const SPACED = '999 000 0026'
const HYPHENED = '999-000-0034'

// Whatever is personal in the traffic, in words that stand nowhere else.
const WORDS = [
  'Quillfeather',
  'Perpetua',
  'Brightwell',
  'Nightingale',
  'bruised',
  'Ravenscroft',
  'Sandalwood',
]
const [FAMILY, GIVEN, NURSE, WARD, NOTE, LEAD, STEWARD] = WORDS as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]
const REQUESTER = {
  organisation: { odsCode: 'RBN01', name: `${WARD} Hospital` },
  user: { id: SASHA, name: `Jo ${NURSE}`, roleName: `Nurse of ${WARD}` },
}

interface Sent {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

const get = (path: string, headers: Record<string, string> = {}): Sent => ({ method: 'GET', path, headers })
const json = { 'content-type': 'application/json' }
const send =
  (method: string) =>
  (path: string, body: unknown, headers: Record<string, string> = {}): Sent => ({
    method,
    path,
    headers: { ...json, ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  })
const [post, put] = [send('POST'), send('PUT')]

/** The same body as careless and hostile callers spoil it, each time with a number and a name in what is wrong. */
function spoilt(path: string, body: object, method = post): Sent[] {
  const written = JSON.stringify(body)
  const also = (member: string) => `${written.slice(0, -1)},${member}}`
  return [
    method(path, { ...body, [SASHA]: GIVEN, [`${GIVEN} ${FAMILY}`]: 1, [`${SPACED} x`]: 1 }),
    method(path, { ...body, nested: { [TAYLOR]: [{ [SASHA]: FAMILY }] } }),
    method(path, also(`"${SASHA}":"${FAMILY}","${SASHA}":1`)),
    method(path, also(`"${GIVEN} ${FAMILY}":{"${TAYLOR}":{"__proto__":"${SASHA}"}}`)),
    method(path, also(`"x":${'['.repeat(20)}"${SASHA}"${']'.repeat(20)}`)),
    method(path, `${written}${SASHA} ${FAMILY}`),
    method(path, `${written.slice(0, -1)},"${FAMILY} ${SASHA}`),
    method(path, Buffer.from([...Buffer.from(`{"${SASHA}":"${FAMILY}`), 0xff])),
    method(path, `["${SASHA}","${FAMILY}"]`),
    method(path, `"${SASHA} ${FAMILY}"`),
    method(path, written, { 'content-type': `text/${SASHA}` }),
    method(path, written, { 'content-encoding': SASHA }),
    method(path, `"${SASHA}${FAMILY}${' '.repeat(70_000)}"`),
    method(`${path}?nhsNumber=${SASHA}&${TAYLOR}=${FAMILY}`, written),
    { ...method(path, written), method: 'DELETE' },
  ]
}

function lookups(): Sent[] {
  const lookup = { nhsNumber: SASHA, requester: REQUESTER, location: `${WARD} ward` }
  const keyed = { 'idempotency-key': `${SASHA}-${FAMILY}`, 'x-request-id': `${FAMILY}-${SASHA}` }
  return [
    post('/v1/lookups', lookup, keyed),
    post('/v1/lookups', { ...lookup, location: 'elsewhere' }, keyed),
    post('/v1/lookups', { ...lookup, nhsNumber: SPACED, careSetting: 'scheduled' }),
    post('/v1/lookups', { ...lookup, nhsNumber: NOBODY }),
    post('/v1/lookups', lookup, { 'idempotency-key': `${SASHA} ${FAMILY}` }),
    ...[BAD_NUMBER, `${SASHA}0`, `AB${SASHA}`, `${FAMILY} ${SASHA}`, Number(SASHA)].map((nhsNumber) =>
      post('/v1/lookups', { ...lookup, nhsNumber }),
    ),
    post('/v1/lookups', { ...lookup, careSetting: `${SASHA} ${FAMILY}` }),
    post('/v1/lookups', { ...lookup, location: `${FAMILY}\u0000${SASHA}` }),
    post('/v1/lookups', { ...lookup, requester: { ...REQUESTER, [TAYLOR]: FAMILY } }),
    post('/v1/lookups', {
      ...lookup,
      requester: { ...REQUESTER, organisation: { odsCode: SASHA, name: WARD } },
    }),
    ...spoilt('/v1/lookups', lookup),
  ]
}

function visits(): Sent[] {
  const callback = { name: `Dr ${LEAD}`, phone: '01632 960777' }
  const visit = aVisit(SASHA, { requester: REQUESTER, at: AT, note: `${NOTE}, see ${HYPHENED}`, callback })
  return [
    post('/v1/attendances', visit, { 'idempotency-key': TAYLOR }),
    post('/v1/attendances', { ...visit, accessId: TAYLOR }),
    post('/v1/attendances', { ...visit, nhsNumber: BAD_NUMBER }),
    post('/v1/attendances', { ...visit, at: `2021-02-30T09:00:00Z` }),
    post('/v1/attendances', { ...visit, at: '2999-01-01T00:00:00Z' }),
    post('/v1/attendances', { ...visit, service: FAMILY, event: SASHA, note: `${FAMILY}\u202e` }),
    ...spoilt('/v1/attendances', visit),
  ]
}

function datasets(): Sent[] {
  const path = `${BASE}/datasets`
  const record = aRecord({ nhsNumber: SASHA, familyName: FAMILY, givenNames: [GIVEN], startDate: SINCE })
  const good = aDataset(1, [record])
  const faulty = [
    { ...record, nhsNumber: BAD_NUMBER, [SASHA]: 1, [`${GIVEN} x`]: 1 },
    { ...record, nhsNumber: `${SPACED}  `, planType: FAMILY, startDate: SASHA },
    { ...record, nhsNumber: Number(SASHA), familyName: `${FAMILY}\u0000`, endDate: `${TAYLOR} x` },
    `${SASHA} ${FAMILY}`,
  ]
  const csv = (text: string | Buffer, query = `sequence=9&recordCount=1&extractedAt=${AT}`, headers = {}) =>
    post(`${path}?${query}`, text, { 'content-type': 'text/csv', ...headers })
  return [
    post(path, good),
    post(path, good, { 'x-request-id': SASHA }),
    post(path, aDataset(1, [record, record])),
    post(path, aDataset(2, faulty)),
    post(path, {
      ...good,
      sequence: SASHA,
      extractedAt: FAMILY,
      recordCount: Number(SASHA),
      [SASHA]: FAMILY,
    }),
    post(path, { ...good, recordCount: 5, sequence: 3 }),
    post(path, { ...good, records: { [SASHA]: record } }),
    post(path, gzipSync(JSON.stringify(aDataset(4, faulty))), { 'content-encoding': 'gzip' }),
    post(path, gzipSync(`${SASHA} ${FAMILY}`).subarray(0, 20), { 'content-encoding': 'gzip' }),
    post(path, `${SASHA} ${FAMILY}`, { 'content-encoding': 'gzip' }),
    post(`/v1/authorities/${SASHA}/datasets`, good),
    csv(
      `nhs_number,plan_type,start_date,family_name\n${SASHA},CPP,${SINCE},${FAMILY}\n${BAD_NUMBER},${FAMILY},x,\n`,
    ),
    csv(`${SASHA},${FAMILY}\n${TAYLOR},${GIVEN}\n`),
    csv(`nhs_number,plan_type,start_date,${FAMILY},${SASHA}\n${SASHA},"${FAMILY}`),
    csv(`nhs_number;plan_type\n${SASHA};${FAMILY}`),
    csv(`nhs_number,plan_type,start_date\n${`${SASHA},`.repeat(200)}${FAMILY}\n`),
    csv('x', `sequence=${FAMILY}&recordCount=${SASHA}&extractedAt=${SASHA}&${SASHA}=1&mode=${FAMILY}`),
    ...spoilt(path, good).filter(({ method }) => method === 'POST'),
  ]
}

function notifications(): Sent[] {
  const path = `${BASE}/notifications`
  return [
    get(`${path}?state=queued`),
    get(`${path}?state=${FAMILY}&after=${SASHA}`),
    get(`${path}?after=${SASHA}`),
    post(`${path}/lease`, {}),
    post(`${path}/lease`, { max: Number(SASHA), waitSeconds: SASHA }),
    post(`${path}/acknowledge`, { ids: ['none'] }),
    post(`${path}/acknowledge`, { ids: [`${FAMILY}\u0000${SASHA}`] }),
    post(`${path}/release`, { ids: ['none'] }),
    post(`${path}/release`, { ids: SASHA, leaseId: Number(TAYLOR) }),
    ...spoilt(`${path}/lease`, { max: 1 }),
    ...spoilt(`${path}/acknowledge`, { ids: ['x'] }),
    ...spoilt(`${path}/release`, { ids: ['x'] }),
  ]
}

function authorities(): Sent[] {
  const dataSteward = { name: `Sam ${STEWARD}`, role: 'steward', email: 'x@y.example', phone: '01632 960001' }
  return [
    put(BASE, { dataSteward }),
    put(BASE, { dataSteward: { ...dataSteward, [TAYLOR]: STEWARD, email: SASHA, phone: Number(SASHA) } }),
    put(`/v1/authorities/${SASHA}`, { name: FAMILY }),
    put(BASE, { code: SASHA, status: FAMILY, wave: Number(SASHA) }),
    ...spoilt(BASE, { wave: 1 }, put),
    get('/v1/authorities'),
    get(`/v1/authorities?${SASHA}=${FAMILY}`),
    get(BASE),
    get(`/v1/authorities/${SASHA}`),
    get(`${BASE}/plans?visible=true`),
    get(`${BASE}/plans?visible=${SASHA}&limit=${TAYLOR}&after=${FAMILY}`),
    get(`${BASE}/plans?after=${SASHA}`),
    get(`/v1/authorities/${SASHA}/plans?visible=${TAYLOR}`),
    get(`${BASE}/datasets`),
    get(`${BASE}/datasets?after=${TAYLOR}`),
    get(`${BASE}/datasets/${SASHA}`),
    get(`/v1/authorities/${FAMILY}/datasets/${TAYLOR}`),
  ]
}

const FHIR = '/cpis/FHIR/R4'
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number'
const WHO = {
  'NHSD-Identity-UUID': '555500000001',
  'NHSD-Session-URID': `${NURSE}-1`,
  'NHSD-End-User-Organisation-ODS': 'RBN01',
}

function fhir(): Sent[] {
  const headers = {
    ...WHO,
    TraceID: `trace ${SASHA}`,
    'X-Correlation-ID': `${TAYLOR}`,
    'X-Request-ID': SPACED,
  }
  const form = (path: string, text: string | Buffer, own: Record<string, string> = WHO): Sent => ({
    ...post(path, text, { 'content-type': 'application/x-www-form-urlencoded', ...own }),
  })
  const token = (claims: object) =>
    `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${FAMILY}`
  const searches = ['CareTeam', 'AuditEvent', 'PatientFlag'].flatMap((type) => [
    get(`${FHIR}/${type}?patient:identifier=${NHS_NUMBER}|${SASHA}`, WHO),
    get(`${FHIR}/${type}?patient=${encodeURIComponent(SPACED)}`, WHO),
    get(`${FHIR}/${type}?patient=${SASHA}`, headers),
    get(`${FHIR}/${type}?patient=${BAD_NUMBER}`, WHO),
    get(`${FHIR}/${type}?patient=${SASHA},${TAYLOR}`, WHO),
    get(`${FHIR}/${type}?patient=${SASHA}&${TAYLOR}=${FAMILY}&_format=${FAMILY}`, WHO),
    get(`${FHIR}/${type}?patient:identifier=https://${FAMILY}.example|${SASHA}`, WHO),
    get(`${FHIR}/${type}?patient=${SASHA}`, { ...WHO, Accept: `text/${FAMILY}` }),
    get(`/%63pis/FHIR/R4/${type}?patient=${BAD_NUMBER}`, WHO),
    get(`${FHIR}/${type}/${SASHA}?${TAYLOR}=1`, WHO),
    { method: 'DELETE', path: `${FHIR}/${type}?patient=${SASHA}` },
  ])
  const forms = ['CareTeam', 'AuditEvent'].flatMap((type) => [
    form(`${FHIR}/${type}/_search`, `patient=${SASHA}`),
    form(`${FHIR}/${type}/_search?patient=${TAYLOR}`, `patient=${SASHA}&${FAMILY}=${GIVEN}`),
    form(`${FHIR}/${type}/_search`, Buffer.from([...Buffer.from(`patient=${SASHA}`), 0xff])),
    post(`${FHIR}/${type}/_search`, { patient: SASHA, [FAMILY]: GIVEN }),
  ])
  const encounter = {
    resourceType: 'Encounter',
    status: 'arrived',
    class: { code: 'EMER' },
    subject: { identifier: { system: NHS_NUMBER, value: SASHA }, display: `${GIVEN} ${FAMILY}` },
    serviceProvider: {
      identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
      display: `${WARD} Hospital`,
    },
    period: { start: AT },
  }
  return [
    ...searches,
    get(`${FHIR}/CareTeam?patient=${SASHA}`, { ...WHO, IsUnscheduledAccessEvent: `${SASHA} ${FAMILY}` }),
    get(`${FHIR}/CareTeam?patient=${SASHA}`, {
      ...WHO,
      'NHSD-End-User-Organisation-ODS': `${SASHA} ${FAMILY}`,
    }),
    get(`${FHIR}/CareTeam?patient=${SASHA}`, { ...WHO, 'NHSD-End-User-Organisation-ODS': TAYLOR }),
    get(`${FHIR}/CareTeam?patient=${SASHA}`, {
      authorization: token({ sub: SASHA, name: NURSE, ods_code: FAMILY }),
    }),
    get(`${FHIR}/CareTeam?patient=${SASHA}`, { authorization: `Bearer ${SASHA}${FAMILY}` }),
    ...forms,
    post(`${FHIR}/Encounter`, encounter, WHO),
    post(`${FHIR}/Encounter`, { ...encounter, status: FAMILY, period: { start: SASHA } }, WHO),
    post(
      `${FHIR}/Encounter`,
      { ...encounter, subject: { identifier: { system: NHS_NUMBER, value: BAD_NUMBER } } },
      WHO,
    ),
    post(`${FHIR}/Encounter`, { ...encounter, class: { code: `${FAMILY} ${SASHA}` } }, WHO),
    ...spoilt(`${FHIR}/Encounter`, encounter),
    get(`${FHIR}/metadata`),
    get(`${FHIR}/metadata?_format=${SASHA}`),
    get(`${FHIR}/Patient/${SASHA}?name=${FAMILY}`, headers),
    get(`${FHIR}/CareTeam/%ZZ${SASHA}?patient=${TAYLOR}`, headers),
  ]
}

/** What testers ask of the journal, which is full of numbers by then, of the clock and of the state. */
function testers(): Sent[] {
  const path = '/tester/requests'
  const filter = { nhsNumber: SPACED, caller: 'RBN01' }
  return [
    get(path),
    get(`${path}?route=/v1/lookups&limit=1000`),
    get(`${path}?nhsNumber=${SASHA}&caller=${FAMILY}`),
    get(`${path}?route=/v1/lookups/${SASHA}`),
    post(`${path}/search`, filter),
    post(`${path}/search`, { nhsNumber: BAD_NUMBER }),
    post(`${path}/search`, { route: `/${FAMILY}`, caller: SASHA, method: FAMILY, since: SASHA }),
    post(EXPECT, { filter, atLeast: 1 }),
    post(EXPECT, { filter, count: 0, within: 'PT1S' }),
    post(EXPECT, { filter: { ...filter, nhsNumber: BAD_NUMBER }, within: `${FAMILY} ${SASHA}` }),
    ...spoilt(`${path}/search`, filter),
    ...spoilt(EXPECT, { filter, atLeast: 1 }),
    get('/tester/events', { 'last-event-id': `${SASHA} ${FAMILY}`.repeat(10) }),
    get('/tester/clock'),
    get(`/tester/clock?${SASHA}=${FAMILY}`),
    put('/tester/clock', { advance: 'PT1S' }),
    ...spoilt('/tester/clock', { now: SASHA, advance: FAMILY }, put),
    { method: 'DELETE', path: '/tester/clock' },
    { method: 'DELETE', path: `/tester/clock?${SASHA}=1` },
    { method: 'DELETE', path: `${path}?${SASHA}=1` },
    { method: 'DELETE', path },
    ...testersOfState(),
    ...testersOfFaults(),
  ]
}

function testersOfState(): Sent[] {
  const [path, snapshot] = ['/tester/snapshots', '/tester/snapshots/a-name']
  const record = aRecord({ nhsNumber: SASHA, familyName: FAMILY, givenNames: [GIVEN] })
  const [seed, faulty] = [record, { ...record, nhsNumber: BAD_NUMBER, [SASHA]: FAMILY }].map((each) => ({
    plans: [{ authorityCode: HALTON, ...each }],
  }))
  return [
    post('/tester/seed', seed),
    post('/tester/seed', faulty),
    post('/tester/seed', { world: `${FAMILY} ${SASHA}`, [TAYLOR]: GIVEN }),
    { method: 'POST', path: snapshot },
    { method: 'POST', path: `${path}/${encodeURIComponent(`${FAMILY} ${SASHA}`)}` },
    get(path),
    get(`${path}?${SASHA}=${FAMILY}`),
    { method: 'PUT', path: `${snapshot}/restore` },
    { method: 'PUT', path: `${path}/${FAMILY}-${SASHA}/restore` },
    { method: 'DELETE', path: snapshot },
    { method: 'DELETE', path: `${path}/${FAMILY}-${SASHA}` },
    ...spoilt('/tester/reset', { authorityCode: SASHA }),
    post('/tester/reset', {}),
  ]
}

function testersOfFaults(): Sent[] {
  const path = '/tester/faults'
  const fault = { match: { route: '/v1/freshness', nhsNumber: SASHA }, do: { status: 503 } }
  return [
    post(path, fault),
    post(path, {
      match: { nhsNumber: BAD_NUMBER, header: { name: FAMILY, value: SASHA } },
      do: { drop: SASHA },
    }),
    get(path),
    get(`${path}?${SASHA}=${FAMILY}`),
    get(`${path}/fault-1`),
    get(`${path}/${FAMILY}-${SASHA}`),
    { method: 'DELETE', path: `${path}/fault-1` },
    { method: 'DELETE', path: `${path}/${FAMILY}-${SASHA}` },
    { method: 'DELETE', path: `${path}?${SASHA}=1` },
    ...spoilt(path, fault),
    { method: 'DELETE', path },
    ...spoilt(`/tester/notifications/${FAMILY}-${SASHA}`, { state: SASHA }, send('PATCH')),
    ...[`authorities/${HALTON}`, 'organisations/RBN01'].map((of) => get(`/tester/conformance/${of}`)),
    ...['authorities', 'organisations'].map((side) => get(`/tester/conformance/${side}/${FAMILY}-${SASHA}`)),
  ]
}

const EXPECT = '/tester/requests/expect'

const PDS = '/personal-demographics/FHIR/R4'

function demographics(): Sent[] {
  const asks = {
    'X-Request-ID': '60E0B220-8136-4CA5-AE46-1D97EF59D068',
    'NHSD-End-User-Organisation-ODS': 'RBN01',
  }
  const person = { nhsNumber: SASHA, familyName: FAMILY, givenNames: [GIVEN], birthDate: SINCE }
  const search = `family=${FAMILY}&given=${GIVEN}&birthdate=eq${SINCE}`
  return [
    put('/tester/people', person),
    put('/tester/people', { ...person, replacedBy: TAYLOR }),
    put('/tester/people', { ...person, nhsNumber: BAD_NUMBER }),
    put('/tester/people', { ...person, birthDate: SASHA, [TAYLOR]: FAMILY }),
    ...spoilt('/tester/people', person, put),
    post('/tester/people', {
      people: [person, { nhsNumber: TAYLOR, state: 'superseded', replacedBy: NOBODY }],
    }),
    post('/tester/people', { people: [person, person, { ...person, nhsNumber: BAD_NUMBER }] }),
    ...spoilt('/tester/people', { people: [person] }),
    get(`${PDS}/Patient/${SASHA}`, asks),
    get(`${PDS}/Patient/${TAYLOR}?${SASHA}=${FAMILY}`, asks),
    get(`/%70ersonal-demographics/FHIR/R4/Patient/${SASHA}`, asks),
    ...[
      BAD_NUMBER,
      encodeURIComponent(SPACED),
      HYPHENED,
      `${SASHA}/${FAMILY}`,
      `%ZZ${SASHA}`,
      `${SASHA}%00`,
    ].map((id) => get(`${PDS}/Patient/${id}`, asks)),
    get(`${PDS}/Patient/${SASHA}`, { ...asks, 'X-Request-ID': SASHA, 'X-Correlation-ID': HYPHENED }),
    get(`${PDS}/Patient/${SASHA}`, { ...asks, 'NHSD-End-User-Organisation-ODS': `${SASHA} ${FAMILY}` }),
    get(`${PDS}/Patient?${search}`, asks),
    ...[`${search}&${SASHA}=${FAMILY}`, `${search}&gender=${FAMILY}`, `${search}&phone=${TAYLOR}`].map(
      (query) => get(`${PDS}/Patient?${query}`, asks),
    ),
    get(`${PDS}/Patient?family=${FAMILY}*${SASHA}&birthdate=${SASHA}&_max-results=${TAYLOR}`, asks),
    { method: 'DELETE', path: `${PDS}/Patient/${SASHA}`, headers: asks },
  ]
}

/** Request ids that hold a number in pieces, or within a UUID. */
function hiddenIn(number: string): string[] {
  const [a, b, c] = [number.slice(0, 3), number.slice(3, 6), number.slice(6)]
  return [
    ...['-', '.', '_'].map((gap) => `${a}${gap}${b}${gap}${c}`),
    [...number].join('_'),
    `00000000-0000-0000-0000-00${number}`,
    `${number.slice(0, 8)}-${number.slice(8)}00-7000-8000-abcdefabcdef`,
    `aaaaaaaa-${number.slice(0, 4)}-${number.slice(4, 8)}-${number.slice(8)}aa-aaaaaaaaaaaa`,
    `00000000-0000-4000-8000-a${number}a`,
  ]
}

function elsewhere(): Sent[] {
  const headers = {
    referer: `https://x/${SASHA}`,
    'user-agent': `${FAMILY} ${SPACED}`,
    'x-request-id': `${TAYLOR}a`,
  }
  return [
    ...['/v1/freshness', '/health/live', '/health/ready', '/metrics', '/openapi.json'].flatMap((path) => [
      get(path, headers),
      get(`${path}?${SASHA}=${FAMILY}`, headers),
      { method: 'DELETE', path, headers },
    ]),
    get(`/v1/lookups/${SASHA}`, headers),
    get(`/v1/lookups/${encodeURIComponent(SPACED)}/${FAMILY}?nhsNumber=${TAYLOR}`, headers),
    get(`/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|${SASHA}`),
    get(`/${FAMILY}/%ZZ/${SASHA}`),
    get(`/v1/authorities/%00${SASHA}`),
    ...hiddenIn(SASHA).map((id) => get('/health/live', { 'x-request-id': id })),
    get('/health/live', { 'x-request-id': 'find-me' }),
    get('/nowhere', { 'x-request-id': 'find-me' }),
  ]
}

// Requests that are hardly HTTP, and so never become one.
const RAW = [
  `GET /v1/lookups/${SASHA} HTTP/9.9\r\nx-number: ${SASHA}\r\n\r\n`,
  `${FAMILY} ${SASHA}\r\n\r\n`,
  `GET /${SASHA} HTTP/1.1\r\nhost: x\r\nbad header ${FAMILY}: ${SASHA}\r\n\r\n`,
  `POST /v1/lookups HTTP/1.1\r\nhost: x\r\ncontent-length: ${SASHA}x\r\n\r\n`,
  `GET /v1/../personal-demographics/FHIR/R4/Patient/${SASHA} HTTP/1.0\r\nhost: localhost\r\n\r\n`,
  `GET http://${FAMILY}:${SASHA}@localhost/v1/freshness HTTP/1.0\r\nhost: localhost\r\n\r\n`,
  `GET /${SASHA} HTTP/1.1\r\nhost: x\r\nx-long: ${`${FAMILY}${SASHA}`.repeat(2000)}\r\n\r\n`,
]

/** Every ten digits that stand alone in a text, bare or 3-3-4. */
function numbersIn(text: string): Set<string> {
  const written = text.matchAll(/(?<!\d)\d{3}(?:[ \u00a0-]|%20)?\d{3}(?:[ \u00a0-]|%20)?\d{4}(?!\d)/g)
  return new Set([...written].map(([number]) => number.replaceAll('%20', '').replace(/\D/g, '')))
}

/** What of the traffic stands in a text that must have none of it. */
function leaksIn(text: string, numbers: Set<string>): string[] {
  const written = [...numbers].flatMap((number) => {
    const [a, b, c] = [number.slice(0, 3), number.slice(3, 6), number.slice(6)]
    return [number, ...hiddenIn(number), ...[' ', '\u00a0', '%20'].map((gap) => `${a}${gap}${b}${gap}${c}`)]
  })
  return [...written, ...WORDS].filter((each) => text.toLowerCase().includes(each.toLowerCase()))
}

async function broken(hub: HubProcess, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  return text(socket).catch(() => '')
}

t.test(
  'no NHS number and no name reaches a log, a metric, a header or an error, whatever is sent',
  async (t) => {
    const hub = await serve(t, { DATA_DIR: aFolder(t), LOG_LEVEL: 'trace', TESTER_CONTROLS: 'true' })
    const greeting = hub.stdout
    const view = await fetch(`${hub.url}/tester/events`)
    const viewed = view.text()
    const traffic = [
      datasets,
      lookups,
      visits,
      notifications,
      authorities,
      fhir,
      demographics,
      elsewhere,
      testers,
    ].flatMap((make) => make())
    const said: string[] = []
    const outcomes = new Map<number, number>()
    for (const { method, path, headers, body } of traffic) {
      const reply = await fetch(`${hub.url}${path}`, {
        method,
        ...(headers && { headers }),
        ...(body && { body }),
      })
      const answer = await reply.text()
      outcomes.set(reply.status, (outcomes.get(reply.status) ?? 0) + 1)
      said.push(JSON.stringify([...reply.headers]))
      // What came instead of what was expected is shown to whoever tests.
      if (reply.status === 417) continue
      // A returned dataset's receipt goes to whoever sent the dataset, and quotes it no more than a problem does.
      if (reply.status >= 400 || path === '/metrics') said.push(answer.replaceAll(STEWARD, ''))
    }
    for (const bytes of RAW) said.push(await broken(hub, bytes))
    hub.kill('SIGTERM')
    const { stdout, stderr } = await hub.ended
    said.push(stdout.slice(greeting.length), stderr, await viewed)

    const sent = [...traffic.map(({ body, ...head }) => `${JSON.stringify(head)} ${body}`), ...RAW].join('\n')
    const numbers = numbersIn(sent)
    for (const number of [SASHA, TAYLOR, NOBODY, BAD_NUMBER]) t.ok(numbers.has(number))
    for (const word of WORDS) t.ok(sent.includes(word))
    for (const each of said) t.strictSame(leaksIn(each, numbers), [])
    t.notOk([...numbersIn(said.join('\n'))].some((number) => number.startsWith('999')))

    const everything = said.join('\n')
    const sayable = ['"requestId":"find-me"', '"x-request-id","find-me"', '"instance":"find-me"']
    t.match(await viewed, 'event: notification', 'the view was told of all')
    for (const each of sayable) t.ok(everything.includes(each), 'what may be said is said, and found')
    t.strictSame(
      [...outcomes.keys()].filter((status) => status >= 500),
      [],
    )
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const answered = lines.filter(({ msg }) => msg === 'answered')
    t.equal(
      answered.length,
      traffic.length + RAW.length + 1,
      'every request has its line, what is hardly one, and the view',
    )
    const { paths } = parse(readFileSync('openapi.yaml', 'utf8')) as { paths: Record<string, object> }
    for (const [path, methods] of Object.entries(paths)) {
      const route = path.replaceAll('{', ':').replaceAll('}', '')
      for (const method of Object.keys(methods)) {
        const ofRoute = answered.filter(
          (line) => line.route === route && line.method === method.toUpperCase(),
        )
        t.ok(
          ofRoute.some(({ status }) => status >= 400),
          `${method} ${path} was asked badly`,
        )
        if (/:(datasetId|id|notificationId)$/.test(route)) continue
        t.ok(
          ofRoute.some(({ status }) => status < 300),
          `${method} ${path} was asked well`,
        )
      }
    }
  },
)

t.test('the search finds what is planted', async (t) => {
  const numbers = numbersIn(`a ${SASHA} b ${HYPHENED} c 999%20000%200042, not 01632 960777 nor 555500000001`)
  t.strictSame([...numbers], [SASHA, TAYLOR, NOBODY])
  for (const planted of [
    SASHA,
    `id-${SASHA}9`,
    '999 000 0026',
    '999-000-0034',
    '999%20000%200034',
    '999\u00a0000\u00a00042',
  ])
    t.equal(leaksIn(`{"msg":"${planted}"}`, numbers).length, 1, planted)
  t.strictSame(leaksIn(`{"msg":"${FAMILY.toUpperCase()}"}`, numbers), [FAMILY])
  t.strictSame(leaksIn(`{"msg":"${ROBIN}"}`, numbers), [], 'and nothing else')
})

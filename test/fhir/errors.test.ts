import { once } from 'node:events'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { OperationOutcome } from 'fhir/r4.js'
import t from 'tap'
import { buildApp } from '../../src/app.js'
import { type ProblemCode, refuse } from '../../src/domain/problem.js'
import { encounterExample } from '../../src/messages/fhir/examples.js'
import { openContext } from '../helpers/context.js'
import { BASE, faultsIn, NHS_NUMBER, NURSE, SILENT } from '../helpers/fhir.js'
import { countingIds, openHub } from '../helpers/hub.js'
import { openRaw, readAnswers } from '../helpers/raw.js'
import { aDataset, aRecord, HALTON, NOBODY, ROBIN, SASHA, submit } from '../helpers/seed.js'
import { steppedClock } from '../helpers/stepped-clock.js'

const SPINE = 'https://fhir.nhs.uk/CodeSystem/England-SpineErrorOrWarningCode'
const JSON_TYPE = 'application/fhir+json'
const FORM = 'application/x-www-form-urlencoded'
const team = (query: string) => `${BASE}/CareTeam?${query}`
const good = team(`patient=${ROBIN}`)

function rowOf(reply: Pick<LightMyRequestResponse, 'statusCode' | 'body'>) {
  const outcome: OperationOutcome = JSON.parse(reply.body)
  const [issue] = outcome.issue
  const [coding] = issue?.details?.coding ?? []
  return [reply.statusCode, issue?.severity, issue?.code, coding?.code, coding?.system]
}

type Row = [status: number, issueType: string, code: string]
const INVALID_SEARCH: Row = [400, 'invalid', 'INVALID_SEARCH_DATA']
const PRECONDITION: Row = [400, 'invalid', 'PRECONDITION_FAILED']
const DENIED: Row = [403, 'forbidden', 'ACCESS_DENIED']
const MISSING: Row = [404, 'not-found', 'RESOURCE_NOT_FOUND']
const unsupported = (status: number): Row => [status, 'not-supported', 'UNSUPPORTED_SERVICE']
const STRUCTURE: Row = [400, 'structure', 'INVALID_RESOURCE']
const LARGE: Row = [413, 'too-long', 'INVALID_RESOURCE']

const json = (payload: string, headers = {}): InjectOptions => ({
  method: 'POST',
  url: `${BASE}/Encounter`,
  headers: { ...NURSE, 'content-type': 'application/fhir+json', ...headers },
  payload,
})
const form = (payload: string | Buffer, headers = {}): InjectOptions => ({
  method: 'POST',
  url: `${BASE}/CareTeam/_search`,
  headers: { ...NURSE, 'content-type': FORM, ...headers },
  payload,
})

const TABLE: [name: string, request: InjectOptions, row: Row][] = [
  // The guide's own rows.
  ['a wrong check digit', { url: team('patient=9990000019') }, INVALID_SEARCH],
  ['no number', { url: team('patient=') }, INVALID_SEARCH],
  ['no patient', { url: team('') }, INVALID_SEARCH],
  ['a patient twice', { url: team(`patient=${ROBIN}&patient=${ROBIN}`) }, INVALID_SEARCH],
  ['a patient in both forms', { url: team(`patient=${ROBIN}&patient:identifier=${ROBIN}`) }, INVALID_SEARCH],
  ['two patients in one', { url: team(`patient=${ROBIN},${SASHA}`) }, INVALID_SEARCH],
  ['another system', { url: team(`patient:identifier=https://example.org|${ROBIN}`) }, INVALID_SEARCH],
  ['no system before the bar', { url: team(`patient:identifier=|${ROBIN}`) }, INVALID_SEARCH],
  ['an unknown parameter', { url: team(`patient=${ROBIN}&name=x`) }, INVALID_SEARCH],
  ['a fragment', { url: `${BASE}/CareTeam#x?patient=${ROBIN}` }, INVALID_SEARCH],
  ['a reference', { url: team(`patient=Patient/${ROBIN}`) }, INVALID_SEARCH],
  ['another modifier', { url: team(`patient:exact=${ROBIN}`) }, INVALID_SEARCH],
  [
    'a patient in the URL and in the form',
    { ...form(`patient=${ROBIN}`), url: `${BASE}/CareTeam/_search?patient=${ROBIN}` },
    INVALID_SEARCH,
  ],
  ['an empty form', form(''), INVALID_SEARCH],
  ['code twice', { url: `${BASE}/PatientFlag?patient=${ROBIN}&code=a&code=b` }, INVALID_SEARCH],
  [
    'a flag that is none',
    { url: good, headers: { ...NURSE, isunscheduledaccessevent: 'TRUE' } },
    PRECONDITION,
  ],
  ['an empty flag', { url: good, headers: { ...NURSE, isunscheduledaccessevent: '' } }, PRECONDITION],
  [
    'a misspelt flag that is none',
    { url: good, headers: { ...NURSE, isunscheduledevent: 'x' } },
    PRECONDITION,
  ],
  ['nobody asks', { url: good, headers: {} }, PRECONDITION],
  [
    'an X-Request-ID that cannot be a key',
    { url: good, headers: { ...NURSE, 'x-request-id': 'a b' } },
    PRECONDITION,
  ],
  ['a page of another site', { url: good, headers: { ...NURSE, origin: 'https://example.org' } }, DENIED],
  [
    'another host',
    { url: good, headers: { ...NURSE, host: 'example.org' } },
    [421, 'forbidden', 'ACCESS_DENIED'],
  ],
  // Beyond them.
  ['a type that is none', { url: `${BASE}/Patient/1` }, MISSING],
  ['no type', { url: BASE }, MISSING],
  ['who looked, which lives in its bundle', { url: `${BASE}/PractitionerRole/x` }, MISSING],
  ['an id that is none', { url: `${BASE}/CareTeam/x` }, MISSING],
  ['an id of nothing', { url: `${BASE}/AuditEvent/00000000-0000-7000-8000-000000000001` }, MISSING],
  ['a path that cannot be read', { url: `${BASE}/CareTeam/%zz` }, MISSING],
  ['another method', { method: 'DELETE', url: good }, unsupported(405)],
  ['a GET of a form', { url: `${BASE}/CareTeam/_search` }, unsupported(405)],
  ['XML', { url: good, headers: { ...NURSE, accept: 'application/fhir+xml' } }, unsupported(406)],
  [
    'another release by _format',
    { url: `${good}&_format=application/fhir%2Bjson;fhirVersion=3.0` },
    unsupported(406),
  ],
  ['XML by _format', { url: `${good}&_format=application/fhir%2Bxml` }, unsupported(406)],
  [
    'another release',
    { url: good, headers: { ...NURSE, accept: 'application/fhir+json; fhirVersion=3.0' } },
    unsupported(406),
  ],
  [
    'what is refused by weight',
    { url: good, headers: { ...NURSE, accept: 'application/fhir+json;q=0, text/html' } },
    unsupported(406),
  ],
  ['XML in a form', form(`patient=${ROBIN}&_format=xml`), unsupported(406)],
  ['JSON for a form', form('{}', { 'content-type': 'application/json' }), unsupported(415)],
  ['a form for a resource', json('a=b', { 'content-type': FORM }), unsupported(415)],
  ['XML for a resource', json('<x/>', { 'content-type': 'application/fhir+xml' }), unsupported(415)],
  [
    'another charset',
    form(`patient=${ROBIN}`, { 'content-type': `${FORM}; charset=latin1` }),
    unsupported(415),
  ],
  [
    'another release of it',
    json('{}', { 'content-type': `${JSON_TYPE}; fhirVersion=3.0` }),
    unsupported(415),
  ],
  ['another charset of it', json('{}', { 'content-type': `${JSON_TYPE}; charset=latin1` }), unsupported(415)],
  ['such a path with its host', { url: `http://localhost${BASE}/CareTeam/%zz` }, MISSING],
  ['gzip', form(`patient=${ROBIN}`, { 'content-encoding': 'gzip' }), unsupported(415)],
  ['no JSON', json('{"resourceType":'), STRUCTURE],
  ['a property twice', json('{"a":1,"a":1}'), STRUCTURE],
  ['a name that is forbidden', json('{"__proto__":1}'), STRUCTURE],
  ['too deep', json('['.repeat(40)), STRUCTURE],
  ['no UTF-8', form(Buffer.from([0x70, 0xff])), STRUCTURE],
  ['a form that is too large', form(`patient=${ROBIN}&x=${'a'.repeat(17_000)}`), LARGE],
  ['a resource that is too large', json(`{"x":"${'a'.repeat(17_000)}"}`), LARGE],
  ['no body', json(''), [400, 'value', 'INVALID_VALUE']],
]

t.test('each row of the error table, as an OperationOutcome of the Spine’s codes', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  for (const [name, request, [status, issueType, code]] of TABLE) {
    const reply = await hub.app.inject({ headers: NURSE, ...request })
    t.same(rowOf(reply), [status, 'error', issueType, code, SPINE], name)
    t.equal(reply.headers['content-type'], 'application/fhir+json', name)
    t.ok(reply.json().issue[0].diagnostics.length > 15, name)
    t.same(faultsIn(reply.json()), [], name)
    t.notMatch(reply.body, ROBIN, name)
    if (status === 405) t.match(reply.headers.allow, request.method === 'DELETE' ? 'GET' : 'POST')
  }
  t.same(
    (await hub.app.inject(`/v1/authorities/${HALTON}/notifications`)).json().items,
    [],
    'none of them tells anybody',
  )
})

t.test('the guide’s own words stand in the diagnostics', async (t) => {
  const { hub } = await openHub(t)
  const diagnostics = async (url: string, headers = {}) =>
    (await hub.app.inject({ url, headers })).json().issue[0].diagnostics
  t.match(await diagnostics(team('patient=9990000019'), NURSE), /^Invalid NHS number/)
  t.match(await diagnostics(good), /^Missing or invalid header parameter/)
})

t.test('a failure of the hub is a 500 that says nothing of the cause', async (t) => {
  let isBroken = false
  const count = countingIds()
  const newId = () => {
    if (isBroken) throw new Error(`no id for ${ROBIN}`)
    return count()
  }
  const { hub } = await openHub(t, { newId })
  isBroken = true
  const reply = await hub.app.inject({ url: good, headers: { ...NURSE, 'x-request-id': 'r-1' } })
  isBroken = false
  t.same(rowOf(reply), [500, 'error', 'exception', 'FAILURE_TO_PROCESS_MESSAGE', SPINE])
  t.notMatch(reply.body, ROBIN)
  t.same(faultsIn(reply.json()), [])
})

t.test('two of a header that may come once are refused before anybody is told', async (t) => {
  const { hub } = await openHub(t)
  await hub.listen()
  const ask = async (head: string) => {
    const connection = await openRaw(hub)
    await connection.write(head)
    const [answer] = readAnswers(await connection.ended)
    return { statusCode: answer?.status ?? 0, body: answer?.body ?? '' }
  }
  const host = 'host: localhost\r\nconnection: close\r\n'
  const twice = 'nhsd-identity-uuid: a\r\nNHSD-Identity-UUID: b\r\n'
  const repeated = await ask(`GET ${good} HTTP/1.1\r\n${host}${twice}\r\n`)
  t.same(rowOf(repeated), [400, 'error', 'invalid', 'PRECONDITION_FAILED', SPINE])
  const flags = 'isunscheduledaccessevent: false\r\nisunscheduledaccessevent: true\r\n'
  const both = await ask(`GET ${good} HTTP/1.1\r\n${host}${flags}\r\n`)
  t.same(rowOf(both), [400, 'error', 'invalid', 'PRECONDITION_FAILED', SPINE])
})

t.test('what is accepted as JSON: nothing said, anything, and each of its names', async (t) => {
  const { hub } = await openHub(t)
  const accepted = [
    undefined,
    '*/*',
    'application/*',
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=utf-8',
    'application/fhir+json;version=1',
    'application/fhir+json; fhirVersion=4.0',
    'application/fhir+xml, application/fhir+json;q=0.5',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'APPLICATION/FHIR+JSON',
    'application/fhir+json; fhirVersion=4.0.1',
    '',
  ]
  for (const accept of accepted) {
    const headers = { ...NURSE, ...(accept !== undefined && { accept }) }
    const reply = await hub.app.inject({ url: team(`patient=${NOBODY}`), headers })
    t.equal(reply.statusCode, 200, `${accept}`)
    t.equal(reply.headers['content-type'], 'application/fhir+json')
  }
  for (const format of [
    'json',
    'application/json',
    'application/fhir+json',
    'application/fhir%2Bjson',
    'text/json',
  ]) {
    const headers = { ...NURSE, accept: 'text/html' }
    const reply = await hub.app.inject({ url: team(`patient=${NOBODY}&_format=${format}`), headers })
    t.equal(reply.statusCode, 200, format)
  }
  t.equal(
    (await hub.app.inject({ url: team(`patient:identifier=${NHS_NUMBER}|999%20000%200042`), headers: NURSE }))
      .statusCode,
    200,
  )
})

t.test('a form that never comes whole is 408', async (t) => {
  const clock = steppedClock()
  const { hub } = await openHub(t, { machineClock: clock })
  await hub.listen()
  t.teardown(() => hub.app.server.closeAllConnections())
  const connection = await openRaw(hub)
  const begun = once(hub.app.server, 'request')
  const head = ['host: localhost', `content-type: ${FORM}`, 'content-length: 100']
  await connection.write(`POST ${BASE}/CareTeam/_search HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\npatient=`)
  await begun
  await clock.passSeconds(40)
  const [answer] = readAnswers(await connection.ended)
  const reply = { statusCode: answer?.status ?? 0, body: answer?.body ?? '' }
  t.same(rowOf(reply), [408, 'error', 'timeout', 'UNABLE_TO_CALL_SERVICE', SPINE])
})

t.test('what the store refuses is 503, the same for hit and miss, and silent searches go on', async (t) => {
  let code: ProblemCode | undefined
  const context = await openContext(t, (store) => ({
    ...store,
    lookUp: (question) =>
      code && !question.silent ? Promise.reject(refuse(code, 'Not now.')) : store.lookUp(question),
    recordAttendance: (entry) =>
      code ? Promise.reject(refuse(code, 'Not now.')) : store.recordAttendance(entry),
  }))
  const door = { allowedHosts: [], anyHost: true }
  const outside = { door, publicUrl: undefined }
  const { app } = await buildApp(context, new AbortController().signal, outside, undefined)
  t.teardown(() => app.close())
  const visit = JSON.stringify(encounterExample)
  for (const [each, issueType] of [
    ['STORAGE_FULL', 'no-store'],
    ['STORE_UNAVAILABLE', 'transient'],
    ['OVERLOADED', 'throttled'],
  ] as const) {
    code = each
    const [hit, miss, report, silent] = await Promise.all([
      app.inject({ url: good, headers: NURSE }),
      app.inject({ url: team(`patient=${NOBODY}`), headers: NURSE }),
      app.inject(json(visit)),
      app.inject({ url: good, headers: SILENT }),
    ])
    for (const reply of [hit, miss, report]) {
      t.same(rowOf(reply), [503, 'error', issueType, 'UNABLE_TO_CALL_SERVICE', SPINE], each)
      t.match(reply.headers['retry-after'], /^\d+$/)
    }
    t.equal(silent.statusCode, 200)
  }
})

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import type { Hub } from '../../src/index.js'
import { isCredential } from '../../src/tester/credentials.js'
import { HubEvents } from '../../src/tester/hub-events.js'
import { Journal } from '../../src/tester/journal.js'
import { countBytes, keepBytes } from '../../src/tester/kept-body.js'
import { get, submitCsv } from '../helpers/calls.js'
import * as fhir from '../helpers/fhir.js'
import { NOW, openHub } from '../helpers/hub.js'
import { trace } from '../helpers/people.js'
import { openRaw, sendRaw } from '../helpers/raw.js'
import {
  aDataset,
  aRecord,
  attend,
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
import { steppedClock } from '../helpers/stepped-clock.js'
import { until } from '../helpers/until.js'

const LOOKUPS = '/v1/lookups'
const DATASETS = '/v1/authorities/{authorityCode}/datasets'

const requests = (hub: Hub, query = '') => get(hub, `/tester/requests${query}`)

function post(hub: Hub, path: string, payload: object): Promise<LightMyRequestResponse> {
  return hub.app.inject({ method: 'POST', url: `/tester/requests/${path}`, payload })
}

/** Expects, and resolves when the wait has begun; it has by then when there is one. */
async function startExpecting(hub: Hub, wish: object): Promise<{ reply: Promise<LightMyRequestResponse> }> {
  const reply = post(hub, 'expect', wish)
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  return { reply }
}

async function found(hub: Hub, filter: object): Promise<string[]> {
  const { items } = (await post(hub, 'search', filter)).json()
  return items.map(({ method, route }: { method: string; route: string }) => `${method} ${route}`)
}

t.test('a request stands in the journal with what was asked and what was answered', async (t) => {
  const { hub, clock } = await openHub(t)
  clock.set('2026-11-24T10:00:00Z')
  const reply = await lookUp(hub, NOBODY, {}, { 'x-request-id': 'first', 'X-Client': 'of a hospital' })
  const { items, dropped } = await requests(hub)
  t.equal(dropped, 0)
  t.equal(items.length, 1)
  const { durationMs, ...item } = items[0]
  t.type(durationMs, 'number')
  t.match(item, {
    id: 1,
    at: '2026-11-24T10:00:00.000Z',
    method: 'POST',
    route: LOOKUPS,
    caller: 'RBN01',
    requestId: 'first',
    status: 200,
    fault: null,
    request: {
      path: LOOKUPS,
      query: {},
      headers: { 'x-client': 'of a hospital', 'content-type': 'application/json' },
      body: { nhsNumber: NOBODY, requester: WHISTON_NURSE },
      bodyBytes: JSON.stringify({ nhsNumber: NOBODY, requester: WHISTON_NURSE }).length,
      bodyTruncated: false,
    },
    response: {
      headers: { 'x-request-id': 'first', 'x-simulated': 'true' },
      body: reply.json(),
      bodyBytes: Buffer.byteLength(reply.body),
      bodyTruncated: false,
    },
  })
  t.equal((await requests(hub)).items.length, 1, 'what testers ask is not in it')
})

t.test('newest first, refused ones, unrouted ones and what is hardly HTTP too', async (t) => {
  const { hub } = await openHub(t, { allowedHosts: 'hub.example' })
  await lookUp(hub, '123')
  await hub.app.inject({
    method: 'POST',
    url: LOOKUPS,
    payload: '{"a":',
    headers: { 'content-type': 'application/json' },
  })
  await hub.app.inject({ url: '/v1/lookup?page=2&api_key=x' })
  await hub.app.inject({ url: '/health/live', headers: { host: 'evil.example' } })
  await hub.app.inject({ method: 'PUT', url: LOOKUPS })
  await hub.app.inject({ url: '/tester/nothing' })
  await sendRaw(hub, 'no HTTP\r\n\r\n')
  await hub.app.inject({ url: '/v1/%ZZ' })
  const { items } = await requests(hub)
  t.match(
    items.map(({ method, route, status }: never) => [method, route, status]),
    [
      [null, null, 404],
      [null, null, 400],
      ['PUT', null, 405],
      ['GET', '/health/live', 421],
      ['GET', null, 404],
      ['POST', LOOKUPS, 400],
      ['POST', LOOKUPS, 400],
    ],
  )
  t.match(items[1].request, { path: null, query: {}, headers: {}, body: null, bodyBytes: null })
  t.equal(items[1].response, null)
  t.strictSame([items[4].request.path, items[4].request.query], ['/v1/lookup', {}])
  t.equal(items[5].request.body, '{"a":', 'what is no JSON is shown as it came')
  t.match(items[5].response.body, { code: 'JSON_MALFORMED' })
  t.same(
    items.map(({ id }: { id: number }) => id),
    [7, 6, 5, 4, 3, 2, 1],
  )
})

t.test('the ring drops the oldest and counts them; emptied, it begins anew', async (t) => {
  const { hub } = await openHub(t, { testerJournalMax: 3 })
  for (const id of ['a', 'b', 'c', 'd', 'e'])
    await hub.app.inject({ url: '/health/live', headers: { 'x-request-id': id } })
  const ids = async () => (await requests(hub)).items.map(({ requestId }: never) => requestId)
  t.same(await ids(), ['e', 'd', 'c'])
  t.equal((await requests(hub)).dropped, 2)
  t.same((await requests(hub, '?limit=2')).items.length, 2)
  const emptied = await hub.app.inject({ method: 'DELETE', url: '/tester/requests' })
  t.equal(emptied.statusCode, 204)
  t.equal(emptied.body, '')
  t.same(await requests(hub), { items: [], dropped: 0 })
  await hub.app.inject('/health/live')
  t.match(await requests(hub), { items: [{ id: 6 }], dropped: 0 }, 'ids go on')
})

t.test('every filter narrows, alone and with others', async (t) => {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord({ nhsNumber: TAYLOR })]))
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: '999 000 0026' })]))
  clock.set('2026-11-24T10:00:00Z')
  await lookUp(hub, TAYLOR, {
    requester: { ...WHISTON_NURSE, organisation: { odsCode: 'RXX02', name: 'Other' } },
  })
  await lookUp(hub, '12')
  clock.set('2026-11-24T11:00:00Z')
  await attend(hub, SASHA)
  await get(hub, `/v1/authorities/${HALTON}/plans`)
  const plans = '/v1/authorities/{authorityCode}/plans'
  const visits = 'POST /v1/attendances'
  const [looked, sent] = [`POST ${LOOKUPS}`, `POST ${DATASETS}`]
  for (const [filter, expected] of [
    [{}, [`GET ${plans}`, visits, looked, looked, sent, sent]],
    [{ method: 'GET' }, [`GET ${plans}`]],
    [{ route: DATASETS }, [sent, sent]],
    [{ route: DATASETS, caller: HALTON }, [sent]],
    [{ caller: 'RXX02' }, [looked]],
    [{ caller: 'RBN01' }, [visits, looked]],
    [{ status: 201 }, [visits, sent, sent]],
    [{ status: 400, method: 'GET' }, []],
    [{ method: 'HEAD', route: plans }, []],
    [{ method: 'PROPFIND' }, []],
    [{ since: NOW, until: NOW }, [sent, sent]],
    [{ since: '2026-11-24T11:00:00Z' }, [`GET ${plans}`, visits]],
    [{ until: NOW }, [sent, sent]],
    [{ since: '2026-11-24T09:30:01Z', until: '2026-11-24T11:30:00+01:00' }, [looked, looked]],
    [{ limit: 1 }, [`GET ${plans}`]],
    [{ nhsNumber: SASHA }, [visits, sent], 'written in another way'],
    [{ nhsNumber: '999-000-0034', caller: HALTON }, [`GET ${plans}`, sent], 'in an answer too'],
    [{ nhsNumber: NOBODY }, []],
  ] as [Record<string, string>, string[], string?][]) {
    t.same(await found(hub, filter), expected, JSON.stringify(filter))
    if ('nhsNumber' in filter) continue
    const { items } = await requests(hub, `?${new URLSearchParams(filter)}`)
    t.equal(items.length, expected.length, `${JSON.stringify(filter)} in a query`)
  }
})

t.test('a filter that is none is refused with its fault', async (t) => {
  const { hub } = await openHub(t)
  for (const [filter, pointer] of [
    [{ route: '/v1/lookup' }, '/route'],
    [{ route: '/v1/authorities/:authorityCode' }, '/route'],
    [{ route: '/v1/authorities/{code}' }, '/route'],
    [{ route: 'v1' }, '/route'],
    [{ route: '/tester/clock' }, '/route'],
    [{ method: 'post' }, '/method'],
    [{ method: 'POTS' }, '/method'],
    [{ method: 'GET', route: LOOKUPS }, '/method'],
    [{ method: 'HEAD', route: '/cpis/FHIR/R4/CareTeam' }, '/method'],
    [{ since: '2026-11-24T09:30:01Z', until: NOW }, '/until'],
    [{ caller: 'a b' }, '/caller'],
    [{ caller: ROBIN }, '/caller'],
    [{ status: 700 }, '/status'],
    [{ status: '200' }, '/status'],
    [{ since: '2026-02-30T00:00:00Z' }, '/since'],
    [{ until: 'now' }, '/until'],
    [{ limit: 0 }, '/limit'],
    [{ limit: 1_001 }, '/limit'],
    [{ path: '/' }, '/path'],
  ] as const) {
    const reply = await post(hub, 'search', filter)
    t.match(
      reply.json(),
      { status: 400, code: 'SCHEMA_VIOLATION', errors: [{ pointer }] },
      JSON.stringify(filter),
    )
  }
  t.match((await post(hub, 'search', { nhsNumber: '9990000019' })).json(), { code: 'INVALID_NHS_NUMBER' })
  t.match((await hub.app.inject(`/tester/requests?nhsNumber=${ROBIN}`)).json(), { code: 'SCHEMA_VIOLATION' })
  t.equal((await hub.app.inject('/tester/requests?status=404')).statusCode, 200)
})

t.test('credentials are not kept, on either side', async (t) => {
  const { hub } = await openHub(t)
  const secret = 'Sesame-1'
  const headers = {
    authorization: `Bearer ${secret}`,
    'proxy-authorization': secret,
    cookie: `session=${secret}`,
    'x-api-key': secret,
    'X-Auth': secret,
    'x-amz-security-token': secret,
    Api_Key: secret,
    'Ocp-Apim-Subscription-Key': secret,
    'x-functions-key': secret,
    'x-amzn-oidc-data': secret,
    'x-jwt-assertion': secret,
    'private-key': secret,
    'x-forwarded-client-cert': secret,
    'x-of-our-own': secret,
    referer: `https://hub.example/?access_token=${secret}`,
    origin: `http://user:${secret}@localhost`,
    'nhsd-identity-uuid': '555500000001',
  }
  await hub.app.inject({
    url: `/health/live?access_token=${secret}&sig=${secret}&code=${secret}&x=1`,
    headers,
  })
  await hub.app.inject({ url: `/cpis/FHIR/R4/CareTeam?patient=${ROBIN}&access_token=${secret}`, headers })
  const form = `patient=${ROBIN}&access_token=${secret}`
  await fhir.searchByForm(hub, 'CareTeam', form)
  await get(hub, `/v1/authorities/${HALTON}/plans?limit=5&visible=true`)
  for (const target of [
    `http://user:${secret}@127.0.0.1/v1/freshness`,
    `ftp://user:${secret}@127.0.0.1/v1/freshness`,
    `//user:${secret}@127.0.0.1/v1/freshness`,
    `/v1/freshness;token=${secret}/x`,
  ])
    await sendRaw(hub, `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`)
  const { items } = await requests(hub)
  t.equal(items.length, 8)
  t.notMatch(JSON.stringify(items), secret)
  t.match(items[7].request.query, { access_token: '***', sig: '***', code: '***', x: '***' })
  t.match(
    items[7].request.headers,
    { 'nhsd-identity-uuid': '555500000001', authorization: '***', 'x-of-our-own': '***' },
    'that it was there is shown',
  )
  t.equal(items[5].request.body, `patient=${ROBIN}&access_token=***`, 'as of a query')
  t.same(items[4].request.query, { limit: '5', visible: 'true' }, 'the hub’s own parameters are shown')
  t.same(
    items.slice(0, 4).map(({ request: { path } }: { request: { path: string } }) => path),
    ['/v1/freshness;***/x', '//***/v1/freshness', '/v1/freshness', '/v1/freshness'],
  )
})

t.test('credentials in a body are not kept, however it is written', async (t) => {
  const { hub } = await openHub(t, { testerBodyMaxBytes: 300 })
  const secret = 'Sesame-1'
  const bodyOf = async (payload: string, type = 'application/json') => {
    await hub.app.inject({ method: 'POST', url: LOOKUPS, headers: { 'content-type': type }, payload })
    const { items } = await requests(hub)
    t.notMatch(JSON.stringify(items[0]), secret, payload)
    t.equal(items[0].request.bodyBytes, Buffer.byteLength(payload), 'its length is that of what came')
    return items[0].request.body
  }
  const asked = {
    nhsNumber: ROBIN,
    note: 'password: none; keyword "token":',
    code: 'A',
    authorityCode: HALTON,
  }
  t.same(
    await bodyOf(
      JSON.stringify({
        client_secret: secret,
        ...asked,
        records: [{ apiKey: { id: 1, of: [secret, '"}'] }, localId: 'é' }, [[{ passWord: 5 }]]],
        authorization: `Bearer \\"${secret}`,
        monkey: 'Kong',
      }),
    ),
    {
      client_secret: '***',
      ...asked,
      records: [{ apiKey: '***', localId: 'é' }, [[{ passWord: '***' }]]],
      authorization: '***',
      monkey: 'Kong',
    },
    'of JSON the values of such properties alone',
  )
  t.same(await bodyOf(`{"pass\\u0077ord": "${secret}", "a":1}`), { password: '***', a: 1 })
  t.equal(
    await bodyOf(`{"a":1,"password":"${secret}","password" : ["${secret}"],"z":2}`),
    '{"a":1,"password":"***","password" : "***","z":2}',
    'as it came where the hub would not read it',
  )
  t.equal(
    await bodyOf(`grant_type=authorization_code&code=${secret}&client_secret=${secret}&scope=a`),
    'grant_type=authorization_code&code=***&client_secret=***&scope=a',
    'a form that says it is JSON',
  )
  t.equal(await bodyOf(`{"a":1 "token":"${secret}`), '{"a":1 "token":"***"', 'broken')
  t.equal(await bodyOf(`{'a':1,'token':'${secret}',b:2}`), `{'a':1,'token':"***",b:2}`)
  t.equal(await bodyOf(`Authorization: Bearer ${secret}\nX: 1`), 'Authorization: ***\nX: 1')
  t.match(
    await bodyOf(`{"apiKey":"${secret}","note":"${'x'.repeat(400)}"}`),
    /^\{"apiKey":"\*\*\*","note":"x+$/,
  )
  t.match(await bodyOf(`{"note":"${'x'.repeat(270)}","apiKey":"${secret}","z":1}`), /x","apiKey":"\*\*\*"$/)
  const many = await bodyOf(`{${'"key":1,'.repeat(30)}"z":"${secret}"}`.replaceAll(secret, ''))
  t.ok(many.length <= 300, 'the stars are within the bound too')
})

t.test(
  'of a form the parameters are shown that its route has, and numbers in others can be searched for',
  async (t) => {
    const { hub } = await openHub(t)
    const form = `patient=${ROBIN}&child=${SASHA}&note=Sesame-1`
    await fhir.searchByForm(hub, 'CareTeam', form)
    const { items } = await requests(hub)
    t.equal(items[0].request.body, `patient=${ROBIN}&child=***&note=***`)
    t.same(await found(hub, { nhsNumber: SASHA }), ['POST /cpis/FHIR/R4/CareTeam/_search'])
    t.same(await found(hub, { nhsNumber: TAYLOR }), [])
  },
)

t.test('no property of the contract is taken for a credential', async (t) => {
  const named = readFileSync('openapi.yaml', 'utf8').match(/^ +[A-Za-z_]+:/gm) ?? []
  t.ok(named.length > 1000)
  t.same([...new Set(named.map((name) => name.trim().slice(0, -1)))].filter(isCredential), [])
})

t.test('a target that only begins like the hub’s own has lost its number before it is noted', async (t) => {
  const { hub } = await openHub(t)
  const patient = `personal-demographics/FHIR/R4/Patient/${ROBIN}`
  const targets = [
    `/v1/../${patient}`,
    `/docs/../${patient}`,
    `/health/${patient}`,
    `/docs/static/${patient}`,
  ]
  for (const target of targets)
    await sendRaw(hub, `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`)
  const { items } = await requests(hub)
  t.equal(items.length, targets.length)
  t.notMatch(JSON.stringify(items), ROBIN)
})

t.test('the URL of a FHIR search stays masked, and its number can be searched for', async (t) => {
  const { hub } = await openHub(t)
  const headers = { IsUnscheduledAccessEvent: 'false', 'NHSD-End-User-Organisation-ODS': 'RBN01' }
  const system = encodeURIComponent('https://fhir.nhs.uk/Id/nhs-number|')
  await hub.app.inject({
    url: `/cpis/FHIR/R4/CareTeam?patient:identifier=${system}999%20000%200018&x=y`,
    headers,
  })
  await hub.app.inject({ url: `/cpis/FHIR/R4/Patient/${ROBIN}`, headers })
  const { items } = await requests(hub)
  t.match(items, [
    { route: null, status: 404, request: { path: '/cpis/FHIR/R4/Patient/-', query: {} } },
    {
      route: '/cpis/FHIR/R4/CareTeam',
      caller: 'RBN01',
      status: 400,
      request: { path: '/cpis/FHIR/R4/CareTeam' },
    },
  ])
  t.same(items[1].request.query, {})
  t.notMatch(JSON.stringify(items), /999\D{0,3}000\D{0,3}0018/)
  t.same(await found(hub, { nhsNumber: ROBIN }), ['GET null', 'GET /cpis/FHIR/R4/CareTeam'])
})

t.test('a read by a number that nobody has is found by it', async (t) => {
  const { hub } = await openHub(t)
  t.equal((await trace(hub.app, `/Patient/${NOBODY}`)).statusCode, 404)
  const { items } = (await post(hub, 'search', { nhsNumber: NOBODY })).json()
  t.match(items, [{ status: 404, request: { path: '/personal-demographics/FHIR/R4/Patient/-' } }])
  t.notMatch(JSON.stringify(items), NOBODY)
})

t.test('a number is found where it stands by itself, however it is written', async (t) => {
  const { hub } = await openHub(t)
  const sent = (body: string, type = 'application/json') =>
    hub.app.inject({ method: 'POST', url: LOOKUPS, payload: body, headers: { 'content-type': type } })
  const hits = async () => (await found(hub, { nhsNumber: ROBIN })).length
  for (const other of [
    `"1${ROBIN}"`,
    `"${ROBIN}1"`,
    '"HAL-19990000018"',
    '"1999-000-0018"',
    '"999-000 0018"',
  ])
    await sent(`{"localId":${other}}`)
  t.equal(await hits(), 0)
  for (const same of [
    `"HAL-${ROBIN}"`,
    ROBIN,
    '"999-000-0018"',
    '"999\\u00a0000\\u00a00018"',
    `"\\u00a0${ROBIN}"`,
  ])
    await sent(`{"localId":${same}}`)
  t.equal(await hits(), 5)
  await fhir.searchByForm(hub, 'AuditEvent', `patient=%20${ROBIN}`)
  t.equal(await hits(), 6, 'in a form too')
})

t.test('the caller is none where an NHS number stands in its place', async (t) => {
  const { hub } = await openHub(t)
  const requester = { ...WHISTON_NURSE, organisation: { odsCode: ROBIN, name: 'A slip of the hand' } }
  await lookUp(hub, SASHA, { requester })
  await fhir.search(hub, 'CareTeam', SASHA, { ...fhir.NURSE, 'nhsd-end-user-organisation-ods': `A${ROBIN}` })
  const { items } = await requests(hub)
  t.same(
    items.map(({ caller, status }: never) => [status, caller]),
    [
      [200, null],
      [200, null],
    ],
  )
})

t.test('bodies are cut at the bound, between characters, and counted whole', async (t) => {
  const { hub } = await openHub(t, { testerBodyMaxBytes: 100 })
  const records = Array.from({ length: 50 }, () => aRecord({ familyName: 'Ashdown' }))
  const dataset = aDataset(1, records)
  await submit(hub, HALTON, dataset)
  const csv = `plan_type,nhs_number,x\n${'é'.repeat(100)}`
  await submitCsv(hub, HALTON, 2, csv)
  const zipped = gzipSync(JSON.stringify(dataset))
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  await hub.app.inject({
    method: 'POST',
    url: `/v1/authorities/${HALTON}/datasets`,
    headers,
    payload: zipped,
  })
  await hub.app.inject('/openapi.json')
  const [document, gzipped, text, json] = (await requests(hub)).items
  const sent = JSON.stringify(dataset)
  t.match(json.request, { body: sent.slice(0, 100), bodyBytes: sent.length, bodyTruncated: true })
  t.match(json.response, { bodyTruncated: true })
  t.equal(json.response.body.length, 100)
  t.equal(text.request.body, `plan_type,nhs_number,x\n${'é'.repeat(38)}`)
  t.match(text.request, { bodyBytes: Buffer.byteLength(csv), bodyTruncated: true })
  t.match(text.request.query, { sequence: '2' })
  t.match(gzipped.request, { body: null, bodyBytes: zipped.length, bodyTruncated: false })
  t.match(document.response, { bodyTruncated: true })
  t.equal(document.response.body.length, 100)
  const { hub: none } = await openHub(t, { testerBodyMaxBytes: 0 })
  await lookUp(none, NOBODY)
  t.match((await requests(none)).items, [{ request: { body: null, bodyTruncated: true } }])
})

t.test('an answer shows 8 MiB at most, and says that there is more', async (t) => {
  const { hub } = await openHub(t, { testerBodyMaxBytes: 1_048_576 })
  const url = `/v1/authorities/${HALTON}/datasets`
  const headers = { 'content-type': 'application/json' }
  const payload = `{${'x'.repeat(1_000_000)}`
  for (let i = 0; i < 10; i += 1) await hub.app.inject({ method: 'POST', url, headers, payload })
  const shown = async (query: string) => {
    const { items, dropped, more } = await requests(hub, query)
    return [items.map(({ id }: { id: number }) => id), dropped, more]
  }
  const newest = [10, 9, 8, 7, 6, 5, 4, 3]
  t.same(await shown('?limit=1000'), [newest, 0, true])
  t.same(await shown('?limit=2'), [[10, 9], 0, true], 'also what is beyond the limit')
  t.same((await post(hub, 'search', { nhsNumber: ROBIN })).json(), { items: [], dropped: 0 })
  t.match((await post(hub, 'search', { route: DATASETS })).json(), { more: true, items: { length: 8 } })
  const filter = { route: DATASETS }
  t.match((await post(hub, 'expect', { filter, atLeast: 10 })).json(), { matched: 10, items: { length: 8 } })
  const missed = await post(hub, 'expect', { filter: { route: LOOKUPS }, atLeast: 1 })
  t.match(missed.json(), { code: 'EXPECTATION_NOT_MET', nearMisses: { length: 8 } })
})

t.test('the journal keeps 128 MiB at most, whatever the settings, and counts what it drops', async (t) => {
  const journal = new Journal({ entriesMax: 500, bodyBytesMax: 1_048_576 }, new HubEvents(1, () => NOW))
  const body = keepBytes(Buffer.alloc(1_048_576), 1_048_576)
  const message = { headers: { 'x-client': 'of a hospital' }, body }
  const request = { ...message, path: LOOKUPS, query: {}, searched: '' }
  const add = (large: boolean) =>
    journal.add({
      at: NOW,
      method: 'POST',
      route: LOOKUPS,
      caller: null,
      requestId: 'one',
      status: 200,
      durationMs: 1,
      fault: null,
      request: large ? request : { ...request, body: countBytes(0) },
      response: large ? message : null,
    })
  const kept = () => [...journal.entries()].map(({ id }) => id)
  for (let i = 0; i < 100; i += 1) add(true)
  t.same([kept().length, journal.dropped], [63, 37])
  for (let i = 0; i < 500; i += 1) add(false)
  t.same([kept().length, journal.dropped, kept()[0], kept().at(-1)], [500, 100, 600, 101])
  for (let i = 0; i < 63; i += 1) add(true)
  t.same([kept().length, journal.dropped], [500, 163], 'what has gone takes no room')
  journal.clear()
  for (let i = 0; i < 63; i += 1) add(true)
  t.same([kept().length, journal.dropped], [63, 0])
})

t.test('what is no text, or no JSON that the hub would read, breaks no listing', async (t) => {
  const { hub } = await openHub(t)
  const headers = { 'content-type': 'application/json' }
  const send = (payload: string | Buffer) =>
    hub.app.inject({ method: 'POST', url: LOOKUPS, headers, payload })
  await send('['.repeat(16_000))
  await send('{"a":1,"a":2}')
  await send(Buffer.from([0x7b, 0xff]))
  await send(`"${'x'.repeat(20_000)}"`)
  await hub.app.inject('/docs/static/favicon-32x32.png')
  const { items } = await requests(hub)
  t.match(items[0].response, { body: null, bodyTruncated: false })
  t.match(items[1], { status: 413, request: { body: null, bodyBytes: 20_002, bodyTruncated: false } })
  t.match(items[2].request, { body: null, bodyBytes: 2 })
  t.equal(items[3].request.body, '{"a":1,"a":2}')
  t.equal(items[4].request.body.length, 16_000)
})

t.test('a caller who goes before the answer, or whose connection is cut, has no status', async (t) => {
  const { hub } = await openHub(t)
  const { socket, write } = await openRaw(hub)
  const arrived = once(hub.app.server, 'request')
  const body = JSON.stringify({ waitSeconds: 20 })
  const path = `/v1/authorities/${HALTON}/notifications/lease`
  await write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await arrived
  socket.destroy()
  await until(
    'it is in the journal',
    async () => (await requests(hub, `?caller=${HALTON}`)).items.length === 1,
  )
  t.match((await requests(hub, `?caller=${HALTON}`)).items, [
    {
      method: 'POST',
      route: '/v1/authorities/{authorityCode}/notifications/lease',
      status: null,
      response: null,
    },
  ])
})

t.test('a fault stands beside the request that met it, with what was meant', async (t) => {
  const { hub } = await openHub(t)
  const effects = [{ drop: 'before' }, { drop: 'after' }, { truncate: 5 }, { status: 503 }]
  for (const effect of effects)
    await hub.app.inject({ method: 'POST', url: '/tester/faults', payload: { times: 1, do: effect } })
  for (const _ of effects) await lookUp(hub, NOBODY).catch(() => undefined)
  await lookUp(hub, NOBODY)
  const { items } = await requests(hub)
  t.match(
    items.map(({ status, fault, response }: never) => [
      status,
      fault,
      (response as { body?: object } | null)?.body ?? null,
    ]),
    [
      [200, null, { found: false }],
      [503, 'fault-4', {}],
      [200, 'fault-3', { found: false }],
      [null, 'fault-2', { found: false }],
      [null, 'fault-1', null],
    ],
  )
})

t.test('expect answers as soon as enough have come', async (t) => {
  const machineClock = steppedClock()
  const { hub } = await openHub(t, { machineClock })
  const filter = { route: LOOKUPS, caller: 'RBN01' }
  await lookUp(hub, ROBIN)
  t.match((await post(hub, 'expect', { filter, atLeast: 1 })).json(), { matched: 1, items: [{ id: 1 }] })
  t.match((await post(hub, 'expect', { filter, count: 1, within: 'PT60S' })).json(), { matched: 1 })
  for (const bound of [{ atLeast: 2 }, { count: 3 }]) {
    const { reply: waiting } = await startExpecting(hub, { filter, ...bound, within: 'PT5S' })
    await machineClock.passSeconds(4)
    await lookUp(hub, SASHA, { careSetting: 'scheduled' })
    const reply = await waiting
    t.equal(reply.statusCode, 200)
    t.equal(reply.json().matched, Object.values(bound)[0])
    t.equal(reply.json().items[0].request.body.nhsNumber, SASHA)
  }
  t.match((await post(hub, 'expect', { filter: { ...filter, limit: 1 }, atLeast: 0 })).json(), {
    matched: 3,
    items: { length: 1 },
  })
})

t.test('expect waits to the end for what may not come, and ends at once when it has come', async (t) => {
  const machineClock = steppedClock()
  const { hub } = await openHub(t, { machineClock })
  const filter = { route: LOOKUPS }
  let isOver = false
  const { reply: quiet } = await startExpecting(hub, { filter, atMost: 1, within: 'PT2S' })
  void quiet.then(() => {
    isOver = true
  })
  await lookUp(hub, ROBIN)
  await machineClock.passSeconds(1.5)
  t.notOk(isOver)
  await machineClock.passSeconds(0.5)
  t.match((await quiet).json(), { matched: 1, items: [{ id: 1 }] })
  const { reply: noisy } = await startExpecting(hub, { filter, atMost: 1, within: 'PT1M' })
  await lookUp(hub, ROBIN)
  t.match((await noisy).json(), { status: 417, matched: 2, items: { length: 2 } })
  const tooMany = await post(hub, 'expect', { filter, count: 1, within: 'PT1M' })
  t.match(tooMany.json(), { status: 417, matched: 2 }, 'more than so many cannot become so many')
})

t.test('what is not met is a problem that names the closest first', async (t) => {
  const machineClock = steppedClock()
  const { hub } = await openHub(t, { machineClock })
  await hub.app.inject('/health/live')
  await lookUp(hub, ROBIN)
  await attend(hub, ROBIN)
  const filter = { method: 'POST', route: LOOKUPS, caller: 'RXX02', nhsNumber: '999 000 0018' }
  const { reply: waiting } = await startExpecting(hub, { filter, count: 1, within: 'PT1S' })
  await machineClock.passSeconds(1)
  const reply = await waiting
  t.equal(reply.statusCode, 417)
  t.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8')
  const { nearMisses, ...problem } = reply.json()
  t.match(problem, {
    type: 'urn:cpis-hub:problem:EXPECTATION_NOT_MET',
    code: 'EXPECTATION_NOT_MET',
    matched: 0,
    items: [],
  })
  t.match(
    nearMisses.map(({ request, differs }: never) => [(request as { route: string }).route, differs]),
    [
      [LOOKUPS, ['caller']],
      ['/v1/attendances', ['route', 'caller']],
      ['/health/live', ['method', 'route', 'caller', 'nhsNumber']],
    ],
  )
  for (let i = 0; i < 12; i += 1) await hub.app.inject('/health/live')
  t.equal((await post(hub, 'expect', { filter, atLeast: 1 })).json().nearMisses.length, 10)
})

t.test('expect counts what a full journal forgets, and an emptied one counts anew', async (t) => {
  const { hub } = await openHub(t, { testerJournalMax: 2 })
  const filter = { route: '/health/live' }
  const { reply: waiting } = await startExpecting(hub, { filter, atLeast: 4, within: 'PT10S' })
  for (let i = 0; i < 4; i += 1) await hub.app.inject('/health/live')
  t.equal((await waiting).json().matched, 4)
  await hub.app.inject({ method: 'DELETE', url: '/tester/requests' })
  await hub.app.inject('/health/live')
  const { reply: anew } = await startExpecting(hub, { filter, atLeast: 2, within: 'PT10S' })
  await hub.app.inject({ method: 'DELETE', url: '/tester/requests' })
  await hub.app.inject('/health/live')
  await hub.app.inject('/health/live')
  t.equal((await anew).json().matched, 2)
})

t.test('an expectation that is none is refused with its fault', async (t) => {
  const { hub } = await openHub(t)
  for (const [wish, pointer] of [
    [{ filter: {} }, ''],
    [{ filter: {}, count: 1, atLeast: 1 }, '/atLeast'],
    [{ filter: {}, atLeast: 1, atMost: 1 }, '/atMost'],
    [{ filter: {}, count: -1 }, '/count'],
    [{ count: 1 }, '/filter'],
    [{ filter: {}, count: 1, within: 'PT61S' }, '/within'],
    [{ filter: {}, count: 1, within: '5' }, '/within'],
    [{ filter: { route: '/x' }, count: 0 }, '/filter/route'],
    [{ filter: { since: '2026-02-30T00:00:00Z' }, count: 0 }, '/filter/since'],
  ] as const) {
    const reply = await post(hub, 'expect', wish)
    t.match(
      reply.json(),
      { status: 400, code: 'SCHEMA_VIOLATION', errors: [{ pointer }] },
      JSON.stringify(wish),
    )
  }
})

t.test('whoever waits for more than there is room for is put off, and a stop ends every wait', async (t) => {
  const { hub } = await openHub(t)
  const wish = { filter: { route: LOOKUPS }, atLeast: 1, within: 'PT60S' }
  const waiting = Array.from({ length: 101 }, () => post(hub, 'expect', wish))
  t.match((await Promise.race(waiting)).json(), { status: 503, code: 'OVERLOADED' })
  await hub.close()
  const statuses = (await Promise.all(waiting)).map(({ statusCode }) => statusCode)
  t.same(new Set(statuses), new Set([503]))
})

t.test('without the controls there is no journal', async (t) => {
  const { hub } = await openHub(t, { testerControls: false })
  await lease(hub, HALTON)
  for (const url of ['/tester/requests', '/tester/events'])
    t.match((await hub.app.inject(url)).json(), { code: 'NOT_FOUND' })
})

import { isDeepStrictEqual } from 'node:util'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import type { AuthorityCode } from '../../src/domain/local-authority.js'
import type { Hub } from '../../src/index.js'
import { type FaultableRequest, type FaultRule, Faults } from '../../src/tester/faults.js'
import { SecondDeliveries } from '../../src/tester/second-deliveries.js'
import { get, putAuthority, stateOf, submitCsv } from '../helpers/calls.js'
import * as fhir from '../helpers/fhir.js'
import { NOW, openHub } from '../helpers/hub.js'
import { trace } from '../helpers/people.js'
import { openRaw, readAnswers } from '../helpers/raw.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  attend,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  release,
  SASHA,
  submit,
  TAYLOR,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'
import { steppedClock } from '../helpers/stepped-clock.js'
import { until } from '../helpers/until.js'

const PATH = '/tester/faults'
const DATASETS = '/v1/authorities/{authorityCode}/datasets'
const LOOKUPS = '/v1/lookups'
const CUT = { message: 'A tester’s fault cut the connection.' }

const post = (hub: Hub, payload: object) => hub.app.inject({ method: 'POST', url: PATH, payload })

/** Sets a fault and answers its id. */
async function set(hub: Hub, rule: object): Promise<string> {
  const reply = await post(hub, rule)
  if (reply.statusCode !== 201) throw new Error(reply.body)
  return reply.json().id
}

const hitsOf = async (hub: Hub, id: string) => (await get(hub, `${PATH}/${id}`)).hits
const clear = (hub: Hub) => hub.app.inject({ method: 'DELETE', url: PATH })
const statusOf = async (reply: Promise<LightMyRequestResponse>) => (await reply).statusCode

/** Halton has a plan for Robin, and Robin was looked up once. */
async function seeded(t: Test, options = {}) {
  const { hub, clock } = await openHub(t, options)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await lookUp(hub, ROBIN)
  return { hub, clock }
}

t.test('/tester/faults keeps rules as they were given, in order, until they are deleted', async (t) => {
  const { hub } = await openHub(t, { testerFaultsMax: 2 })
  const first = { match: { route: DATASETS, method: 'POST' }, times: 2, do: { status: 503 } }
  const second = { match: {}, after: 1, probability: 0.5, seed: 'x', do: { delayMs: { min: 0, max: 1 } } }
  t.strictSame((await post(hub, first)).json(), { id: 'fault-1', hits: 0, ...first })
  t.strictSame((await post(hub, second)).json(), { id: 'fault-2', hits: 0, ...second })
  const third = await post(hub, first)
  t.equal(third.statusCode, 409)
  t.match(third.json(), { code: 'TESTER_LIMIT', detail: /TESTER_FAULTS_MAX/ })
  t.strictSame(await get(hub, PATH), {
    items: [
      { id: 'fault-1', hits: 0, ...first },
      { id: 'fault-2', hits: 0, ...second },
    ],
  })
  const gone = await hub.app.inject({ method: 'DELETE', url: `${PATH}/fault-1` })
  t.strictSame([gone.statusCode, gone.body], [204, ''])
  t.strictSame(await get(hub, `${PATH}/fault-2`), { id: 'fault-2', hits: 0, ...second })
  for (const method of ['GET', 'DELETE'] as const) {
    const unknown = await hub.app.inject({ method, url: `${PATH}/fault-1` })
    t.equal(unknown.statusCode, 404)
    t.match(unknown.json(), { code: 'FAULT_UNKNOWN' })
  }
  t.equal((await clear(hub)).statusCode, 204)
  t.strictSame(await get(hub, PATH), { items: [] })
  t.equal(await set(hub, first), 'fault-3', 'an id is not given twice')
})

t.test('a rule that could never fire, or says more than one thing, is refused with its fault', async (t) => {
  const { hub } = await openHub(t)
  const down = { status: 503 }
  for (const [rule, pointer] of [
    [{}, '/do'],
    [{ do: {} }, '/do'],
    [{ do: { status: 503, drop: 'before' } }, '/do'],
    [{ do: { deliverTwice: true, leaseExpiresAtOnce: true, delayMs: 1 } }, '/do'],
    [{ do: { status: 200 } }, '/do/status'],
    [{ do: { status: 600 } }, '/do/status'],
    [{ do: { status: 503, code: 'no code' } }, '/do/code'],
    [{ do: { drop: 'after', code: 'X' } }, '/do/code'],
    [{ do: { delayMs: 1, retryAfterSeconds: 1 } }, '/do/retryAfterSeconds'],
    [{ do: { drop: 'now' } }, '/do/drop'],
    [{ do: { truncate: -1 } }, '/do/truncate'],
    [{ do: { storageFull: false } }, '/do/storageFull'],
    [{ do: { delayMs: 60_001 } }, '/do/delayMs'],
    [{ do: { delayMs: { min: 1 } } }, '/do/delayMs/max'],
    [{ do: { delayMs: { min: 2, max: 1 } } }, '/do/delayMs'],
    [{ do: { delayMs: '5' } }, '/do/delayMs'],
    [{ do: { explode: true } }, '/do/explode'],
    [{ after: 1_000_001, do: down }, '/after'],
    [{ times: 0, do: down }, '/times'],
    [{ probability: 1.1, do: down }, '/probability'],
    [{ seed: 1.5, do: down }, '/seed'],
    [{ match: { method: 'post' }, do: down }, '/match/method'],
    [{ match: { route: '/v1/lookup' }, do: down }, '/match/route'],
    [{ match: { route: '/v1/authorities/:authorityCode' }, do: down }, '/match/route'],
    [{ match: { route: '/tester/clock' }, do: down }, '/match/route'],
    [{ match: { route: '/health/live' }, do: down }, '/match/route'],
    [{ match: { nhsNumber: '999 000 0018' }, do: down }, '/match/nhsNumber'],
    [{ match: { header: {} }, do: down }, '/match/header/name'],
    [{ match: { header: { name: 'Authorization', value: 'Bearer x' } }, do: down }, '/match/header/value'],
    [{ match: { header: { name: 'cookie', value: 'x=1' } }, do: down }, '/match/header/value'],
    [{ match: { header: { name: 'X-Auth-Token', value: 's3cret' } }, do: down }, '/match/header/value'],
    [{ match: { header: { name: 'x-functions-key', value: 's3cret' } }, do: down }, '/match/header/value'],
    [{ match: { header: { name: 'X-Amzn-OIDC-Data', value: 'e30' } }, do: down }, '/match/header/value'],
    [{ match: { when: 'now' }, do: down }, '/match/when'],
    [{ match: { method: 'DELETE', route: LOOKUPS }, do: down }, '/match/method'],
    [{ match: { method: 'PATCH' }, do: down }, '/match/method'],
    [{ match: { authorityCode: HALTON, route: LOOKUPS }, do: down }, '/match/authorityCode'],
    [{ match: { authorityCode: 'Halton' }, do: down }, '/match/authorityCode'],
    [{ match: { authorityCode: HALTON, caller: 'RBN01' }, do: down }, '/match/caller'],
    [{ match: { caller: 'not a caller !' }, do: down }, '/match/caller'],
    [{ match: { caller: ROBIN }, do: down }, '/match/caller'],
    [{ match: { route: LOOKUPS }, do: { deliverTwice: true } }, '/do/deliverTwice'],
    [{ match: { authorityCode: HALTON, method: 'GET' }, do: { storageFull: true } }, '/do/storageFull'],
    [{ match: { method: 'HEAD' }, do: { truncate: 1 } }, '/do/truncate'],
    [
      { match: { route: LOOKUPS }, do: { personalDemographicsDown: true, delayMs: 1 } },
      '/do/personalDemographicsDown',
    ],
    [{ match: { route: DATASETS }, do: { personalDemographicsDown: true } }, '/do/personalDemographicsDown'],
    [{ colour: 'red', do: down }, '/colour'],
  ] as const) {
    const reply = await post(hub, rule)
    t.equal(reply.statusCode, 400, JSON.stringify(rule))
    t.match(reply.json(), { code: 'SCHEMA_VIOLATION', errors: [{ pointer }] }, JSON.stringify(rule))
  }
  t.strictSame(await get(hub, PATH), { items: [] })
  t.equal((await get(hub, `/v1/authorities/${HALTON}`)).code, HALTON)
  for (const rule of [
    { match: { nhsNumber: '9990000027' }, do: down },
    { match: { header: { name: 'x-authority', value: 'Halton' } }, do: down },
    { match: { authorityCode: HALTON, caller: HALTON, method: 'POST' }, do: { storageFull: true } },
  ])
    t.equal(await statusOf(post(hub, rule)), 201, `${JSON.stringify(rule)} may fire`)
})

t.test('without the controls there are no faults', async (t) => {
  const { hub } = await openHub(t, { testerControls: false })
  t.equal(await statusOf(post(hub, { do: { status: 503 } })), 404)
})

t.test('fail twice with 503, then succeed, is one rule', async (t) => {
  const { hub } = await openHub(t)
  const id = await set(hub, {
    match: { method: 'POST', route: DATASETS },
    times: 2,
    do: { status: 503, retryAfterSeconds: 30 },
  })
  const send = () => submit(hub, HALTON, aDataset(1, [aRecord()]))
  const first = await send()
  t.equal(first.headers['retry-after'], '30')
  t.match(first.headers, { 'content-type': /^application\/problem\+json/, 'x-simulated': 'true' })
  t.strictSame(first.json(), {
    type: 'urn:cpis-hub:problem:STORE_UNAVAILABLE',
    title: 'The store cannot be reached',
    status: 503,
    detail: 'A tester’s fault answered this request, and the hub did nothing. Send it again.',
    code: 'STORE_UNAVAILABLE',
    instance: first.headers['x-request-id'],
  })
  t.strictSame([await statusOf(send()), await statusOf(send())], [503, 201])
  t.equal(await hitsOf(hub, id), 2)
})

t.test(
  'the first rule that fires is the only one; one that does not fire leaves it to the next',
  async (t) => {
    const { hub } = await openHub(t)
    const ids = [
      await set(hub, { match: { route: LOOKUPS }, after: 1, times: 1, do: { status: 501 } }),
      await set(hub, { match: { caller: 'RBN01' }, times: 2, do: { status: 502 } }),
      await set(hub, { probability: 0, do: { status: 504 } }),
      await set(hub, { match: { method: 'POST' }, times: 1, do: { status: 429, code: 'SLOW_DOWN' } }),
    ]
    const statuses: number[] = []
    for (let n = 0; n < 5; n += 1) statuses.push(await statusOf(lookUp(hub, ROBIN)))
    t.strictSame(statuses, [502, 501, 502, 429, 200])
    t.strictSame(await Promise.all(ids.map((id) => hitsOf(hub, id))), [1, 2, 0, 1])
  },
)

t.test('a rule matches by method, route, authority, caller, NHS number and header', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const requests: Record<string, () => Promise<LightMyRequestResponse>> = {
    halton: () => hub.app.inject(`/v1/authorities/${HALTON}`).then(),
    haltonsHead: () => hub.app.inject({ method: 'HEAD', url: `/v1/authorities/${HALTON}` }).then(),
    warrington: () => hub.app.inject(`/v1/authorities/${WARRINGTON}`).then(),
    robin: () => lookUp(hub, ROBIN),
    robinApart: () => lookUp(hub, '999-000-0018', {}, { 'x-supplier': 'Acme' }),
    sasha: () => lookUp(hub, SASHA, {}, { authorization: 'Bearer secret' }),
    wrong: () => hub.app.inject({ method: 'POST', url: LOOKUPS, payload: { nhsNumber: ROBIN } }).then(),
    csv: () => submitCsv(hub, HALTON, 1, `nhs_number,plan_type,start_date\n${ROBIN},CPP,2026-03-02\n`),
    fhirRobin: () => fhir.search(hub, 'CareTeam', ROBIN),
    fhirOther: () =>
      fhir.search(hub, 'CareTeam', SASHA, { ...fhir.NURSE, 'nhsd-end-user-organisation-ods': 'RX1' }),
    opaque: () => fhir.search(hub, 'CareTeam', SASHA, { authorization: 'Bearer sesame' }),
    opaqueFlags: () => fhir.search(hub, 'PatientFlag', SASHA, { authorization: 'Bearer sesame' }),
    refused: () =>
      fhir.search(hub, 'CareTeam', SASHA, {
        authorization: 'Bearer sesame',
        'nhsd-end-user-organisation-ods': 'not one',
      }),
    formRobin: () => fhir.searchByForm(hub, 'AuditEvent', `patient=%20${ROBIN}`),
    smith: () => trace(hub.app, '/Patient/9000000009'),
    localId: () =>
      submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: SASHA, localId: `HAL-1${ROBIN}` })])),
  }
  for (const [match, expected] of [
    [{ method: 'HEAD' }, ['haltonsHead']],
    [{ method: 'GET', authorityCode: HALTON }, ['halton']],
    [{ route: '/v1/authorities/{authorityCode}' }, ['halton', 'haltonsHead', 'warrington']],
    [{ authorityCode: HALTON }, ['halton', 'haltonsHead', 'csv']],
    [{ route: LOOKUPS, nhsNumber: ROBIN }, ['robin', 'robinApart', 'wrong']],
    [{ nhsNumber: ROBIN }, ['robin', 'robinApart', 'wrong', 'csv', 'fhirRobin', 'formRobin']],
    [{ nhsNumber: '9000000009' }, ['smith']],
    [{ caller: 'RX1' }, ['fhirOther']],
    [{ caller: 'SIM00' }, ['opaque']],
    [{ caller: WARRINGTON }, ['warrington', 'localId']],
    [{ caller: 'RBN01' }, ['robin', 'robinApart', 'sasha', 'fhirRobin', 'formRobin']],
    [{ header: { name: 'X-Supplier' } }, ['robinApart']],
    [{ header: { name: 'x-supplier', value: 'Acme' } }, ['robinApart']],
    [{ header: { name: 'x-supplier', value: 'acme' } }, []],
    [{ header: { name: 'Authorization' } }, ['sasha', 'opaque', 'opaqueFlags', 'refused']],
    [{ route: '/cpis/FHIR/R4/CareTeam' }, ['fhirRobin', 'fhirOther', 'opaque', 'refused']],
    [{ route: '/cpis/FHIR/R4/AuditEvent/_search' }, ['formRobin']],
  ] as const) {
    await set(hub, { match, do: { status: 418 } })
    const met: string[] = []
    for (const [name, send] of Object.entries(requests)) if ((await statusOf(send())) === 418) met.push(name)
    t.strictSame(met, expected, JSON.stringify(match))
    await clear(hub)
  }
})

t.test('a number is found in a gzip dataset as well, where the hub could inflate it', async (t) => {
  const { hub } = await openHub(t, { datasetMaxBytes: 2_000 })
  const dataset = JSON.stringify(aDataset(1, [aRecord()]))
  const send = (payload: Buffer) =>
    statusOf(
      hub.app.inject({
        method: 'POST',
        url: `/v1/authorities/${HALTON}/datasets`,
        headers: { 'content-type': 'application/json', 'content-encoding': 'GZIP' },
        payload,
      }),
    )
  for (const nhsNumber of [NOBODY, ROBIN])
    await set(hub, { match: { nhsNumber }, do: { status: nhsNumber === ROBIN ? 418 : 499 } })
  const zipped = gzipSync(dataset)
  t.equal(await send(zipped), 418)
  t.equal(await send(zipped.subarray(0, -1)), 400, 'cut')
  t.equal(await send(gzipSync(dataset + ' '.repeat(2_000))), 413, 'too large')
  t.equal(await send(gzipSync(dataset.replaceAll(ROBIN, SASHA))), 201)
})

t.test('a file of the documentation comes whole, and uses up no rule that truncates', async (t) => {
  const { hub } = await openHub(t)
  const id = await set(hub, { times: 1, do: { truncate: 5 } })
  const files = ['/docs/', '/docs/static/swagger-ui.css']
  for (const url of files) t.equal(await statusOf(hub.app.inject(url).then()), 200, url)
  t.equal(await hitsOf(hub, id), 0)
  await t.rejects(hub.app.inject('/v1/freshness').then(), CUT)
  t.equal(await hitsOf(hub, id), 1)
})

t.test('a header is matched by whichever name HTTP allows, and by a value that is empty', async (t) => {
  const { hub } = await openHub(t)
  const send = (headers: Record<string, string>) => statusOf(lookUp(hub, ROBIN, {}, headers))
  for (const name of ['X_Test_Run', 'x.test', 'X-Run!'] as const) {
    await set(hub, { match: { header: { name, value: '' } }, do: { status: 418 } })
    t.strictSame([await send({ [name]: '' }), await send({ [name]: 'a' })], [418, 200], name)
    await clear(hub)
  }
})

t.test(
  'the value of a header can be matched unless a word of its name is that of a credential',
  async (t) => {
    const { hub } = await openHub(t)
    const statusFor = (name: string) =>
      statusOf(post(hub, { match: { header: { name, value: 'a' } }, do: { status: 503 } }))
    for (const name of [
      'X-Turkey',
      'X-Monkey',
      'X-Keyword',
      'X-Keyboard',
      'X-Design-System',
      'X-Signal',
      'X-Assignment',
      'X-Uncertainty',
      'X-Postcode',
      'X-Code',
      'X-Error-Code',
      'X-Scenario-Code',
      'X-Test-Session',
      'X-Pin-Board',
      'Idempotency-Key',
    ])
      t.equal(await statusFor(name), 201, name)
    await clear(hub)
    for (const name of [
      'X-Api-Key',
      'Api_Key',
      'apikey',
      'XApiKey',
      'X-Auth',
      'X-Auth-Code',
      'X-Authorization-Code',
      'X-Verification-Code',
      'X-Session-Token',
      'X-Session-Id',
      'sessionid',
      'Session',
      'X-Pin',
      'X-User-Pin',
      'X-Signature',
      'X-Client-Cert',
      'X-Forwarded-Client-Certificate',
      'X-Client-Secret',
      'Set-Cookie2',
      'X-OTP',
    ])
      t.equal(await statusFor(name), 400, name)
  },
)

t.test('no fault happens to testers, health checks and what has no route', async (t) => {
  const { hub } = await openHub(t)
  const id = await set(hub, { do: { status: 503 } })
  for (const [url, status] of [
    ['/tester/clock', 200],
    [PATH, 200],
    ['/health/live', 200],
    ['/health/ready', 200],
    ['/nowhere', 404],
    ['/metrics', 503],
    ['/openapi.json', 503],
    ['/v1/freshness', 503],
  ] as const)
    t.equal(await statusOf(hub.app.inject(url).then()), status, url)
  t.equal(await hitsOf(hub, id), 3)
})

t.test('an effect that a route cannot have does not match it', async (t) => {
  const { hub } = await seeded(t)
  const effects = ['deliverTwice', 'leaseExpiresAtOnce', 'storageFull', 'personalDemographicsDown']
  for (const effect of effects) await set(hub, { do: { [effect]: true } })
  await set(hub, { match: { route: '/v1/freshness' }, do: { truncate: 0 } })
  await set(hub, { do: { status: 418 } })
  const notYet = [
    hub.app.inject({ method: 'HEAD', url: '/v1/freshness' }).then(),
    hub.app.inject(`/v1/authorities/${HALTON}/notifications`).then(),
    fhir.search(hub, 'PatientFlag', ROBIN),
    fhir.searchByForm(hub, 'AuditEvent', `patient=${ROBIN}`),
  ]
  for (const reply of notYet) t.equal(await statusOf(reply), 418)
  t.strictSame(
    (await get(hub, PATH)).items.map(({ hits }: { hits: number }) => hits),
    [0, 0, 0, 0, 0, 4],
  )
})

const ANY: FaultableRequest = {
  method: 'POST',
  route: LOOKUPS,
  authorityCode: () => null,
  caller: () => null,
  mentions: () => false,
  header: () => undefined,
  canHave: () => true,
}

/** Which of so many requests alike met which fault, and how long each was kept. */
function run(faults: Faults, requests: number) {
  return Array.from({ length: requests }, () => {
    const fired = faults.fire(ANY)
    return fired && [fired.id, fired.delayMs]
  })
}

const isWithin = (n: number, min: number, max: number) => n >= min && n <= max

t.test('the same seed gives the same run, also one that goes on from what was exported', async () => {
  const anyRule: fc.Arbitrary<FaultRule> = fc.record(
    {
      after: fc.nat(3),
      times: fc.integer({ min: 1, max: 5 }),
      probability: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.oneof(fc.string({ minLength: 1 }), fc.nat()),
      do: fc.constant({ delayMs: { min: 5, max: 500 } }),
    },
    { requiredKeys: ['do'] },
  )
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 4 }), fc.nat(20), (rules, before) => {
      const [first, second, third] = [new Faults(9), new Faults(9), new Faults(9)]
      for (const rule of rules) for (const faults of [first, second]) faults.add(rule)
      const whole = run(first, 40)
      const begun = run(second, before)
      third.importState(JSON.parse(JSON.stringify(second.exportState())))
      const goesOn = [...begun, ...run(third, 40 - before)]
      const isInRange = whole.every((fired) => fired === undefined || isWithin(Number(fired[1]), 5, 500))
      return isInRange && isDeepStrictEqual([goesOn, third.list()], [whole, first.list()])
    }),
    { numRuns: 50 },
  )
})

t.test(
  'chance comes as often as it should, another seed gives another run, and who listens is told',
  async (t) => {
    const often = (seed: number, probability: number) => {
      const faults = new Faults(1)
      const told: string[] = []
      faults.onFired(({ id }) => told.push(id))
      faults.add({ seed, probability, do: { status: 503 } })
      const met = run(faults, 2_000).map((fired) => fired !== undefined)
      t.equal(told.length, met.filter(Boolean).length)
      return met
    }
    for (const probability of [0.05, 0.5, 0.9]) {
      const share = often(7, probability).filter(Boolean).length / 2_000
      t.ok(Math.abs(share - probability) < 0.04, `${share} of ${probability}`)
    }
    t.notSame(often(7, 0.5), often(8, 0.5))
  },
)

t.test('a status comes in the form of its route', async (t) => {
  const { hub } = await seeded(t)
  const answerTo = async (effect: object, send: () => Promise<LightMyRequestResponse>) => {
    await set(hub, { do: effect })
    const reply = await send()
    await clear(hub)
    return reply
  }
  const careTeams = () => fhir.search(hub, 'CareTeam', ROBIN)
  for (const [effect, code, issueType] of [
    [{ status: 503 }, 'UNABLE_TO_CALL_SERVICE', 'transient'],
    [{ status: 503, code: 'OVERLOADED' }, 'UNABLE_TO_CALL_SERVICE', 'throttled'],
    [{ status: 400, code: 'INVALID_NHS_NUMBER' }, 'INVALID_SEARCH_DATA', 'invalid'],
    [{ status: 403, code: 'ACCESS_DENIED' }, 'ACCESS_DENIED', 'processing'],
    [{ status: 429 }, 'HTTP_429', 'throttled'],
    [{ status: 502 }, 'HTTP_502', 'exception'],
  ] as const) {
    const reply = await answerTo(effect, careTeams)
    t.equal(reply.statusCode, effect.status)
    t.equal(reply.headers['content-type'], 'application/fhir+json')
    t.match(reply.json().issue, [{ severity: 'error', code: issueType, details: { coding: [{ code }] } }])
    t.strictSame(fhir.faultsIn(reply.json()), [], JSON.stringify(effect))
  }
  const freshness = () => hub.app.inject('/v1/freshness').then()
  for (const [effect, code, title, retryAfter] of [
    [{ status: 503 }, 'STORE_UNAVAILABLE', 'The store cannot be reached', '5'],
    [{ status: 429, retryAfterSeconds: 7 }, 'HTTP_429', 'Too Many Requests', '7'],
    [
      { status: 503, code: 'OVERLOADED', retryAfterSeconds: 0 },
      'OVERLOADED',
      'The hub has too much to do',
      '0',
    ],
    [{ status: 499, code: 'GONE_2' }, 'GONE_2', 'Simulated', undefined],
  ] as const) {
    const reply = await answerTo(effect, freshness)
    t.match(reply.json(), { status: effect.status, code, title, type: `urn:cpis-hub:problem:${code}` })
    t.equal(reply.headers['retry-after'], retryAfter)
  }
})

t.test(
  'a connection cut before the work leaves nothing, one cut after it loses the reply alone',
  async (t) => {
    const { hub } = await openHub(t)
    const send = () => submit(hub, HALTON, aDataset(1, [aRecord()]))
    const before = await stateOf(hub, [HALTON], [ROBIN])
    await set(hub, { match: { route: DATASETS }, times: 1, do: { drop: 'before' } })
    await t.rejects(send(), CUT)
    t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before)
    const id = await set(hub, { match: { route: DATASETS }, times: 1, do: { drop: 'after' } })
    await t.rejects(send(), CUT)
    const [stored] = (await get(hub, `/v1/authorities/${HALTON}/datasets`)).items
    const retried = await send()
    t.equal(retried.statusCode, 200)
    const { items } = await get(
      hub,
      `/tester/requests?${new URLSearchParams({ method: 'POST', route: DATASETS })}`,
    )
    t.strictSame(
      items.map(({ status, fault }: { status: number | null; fault: string | null }) => [status, fault]),
      [
        [200, null],
        [null, 'fault-2'],
        [null, 'fault-1'],
      ],
      'the journal has each once',
    )
    t.match(retried.json(), { id: stored.id, outcome: 'accepted' })
    t.equal(await hitsOf(hub, id), 1)
    t.match(
      (await hub.app.inject('/metrics')).body,
      /cpis_http_request_seconds_count\{method="POST",route="[^"]*datasets",status="none"\} 2/,
      'no status is counted of an answer that was not sent',
    )
  },
)

t.test(
  'over a connection nothing comes of what is cut, and of what is truncated as much as was asked',
  async (t) => {
    const { hub } = await seeded(t)
    const whole = (await hub.app.inject(`/v1/authorities/${HALTON}`)).body
    const ask = async (effect: object, path: string) => {
      await set(hub, { times: 1, do: effect })
      const connection = await openRaw(hub)
      await connection.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      return connection.ended
    }
    t.equal(await ask({ drop: 'before' }, `/v1/authorities/${HALTON}`), '')
    t.equal(await ask({ drop: 'after' }, `/v1/authorities/${HALTON}`), '')
    for (const bytes of [0, 10, whole.length, 1_000_000]) {
      const said = await ask({ truncate: bytes }, `/v1/authorities/${HALTON}`)
      const [answer] = readAnswers(said)
      t.match(answer, {
        status: 200,
        headers: { 'content-length': String(whole.length), 'x-simulated': 'true' },
      })
      t.equal(answer?.body, whole.slice(0, bytes), `${bytes} bytes`)
    }
    const said = await ask({ truncate: 20 }, `${fhir.BASE}/CareTeam/none?x=1`)
    t.match(said, /^HTTP\/1\.1 404 .*\r\ncontent-type: application\/fhir\+json\r\n.*\r\n\r\n\{.{19}$/s)
    await set(hub, { times: 1, do: { truncate: 5 } })
    await t.rejects(hub.app.inject('/v1/freshness').then(), CUT, 'in process there is no half an answer')
    const metrics = (await hub.app.inject('/metrics')).body
    t.match(metrics, /route="\/v1\/authorities\/:authorityCode",status="none"\} 2\n/)
    t.match(metrics, /route="\/cpis\/FHIR\/R4\/CareTeam\/:id",status="404"\} 1\n/)
  },
)

t.test('a delay passes on the machine’s clock, before the work, and ends when the hub closes', async (t) => {
  const machineClock = steppedClock()
  const { hub } = await openHub(t, { machineClock })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const url = await hub.listen()
  const queued = async () => (await get(hub, '/v1/freshness')).authorities[0].queued
  await set(hub, { match: { route: LOOKUPS }, do: { delayMs: 2_000, status: 504 } })
  let answered = 0
  const slow = async (send: Promise<{ status?: number; statusCode?: number }>) => {
    const reply = await send
    answered += 1
    return reply.statusCode ?? reply.status
  }
  const both = [
    slow(lookUp(hub, ROBIN)),
    slow(
      fetch(`${url}/v1/lookups`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      }),
    ),
  ]
  while ((await hitsOf(hub, 'fault-1')) < 2);
  await machineClock.passSeconds(1.75)
  t.equal(answered, 0)
  await machineClock.passSeconds(0.25)
  t.strictSame(await Promise.all(both), [504, 504])
  await clear(hub)
  await set(hub, { match: { route: LOOKUPS }, do: { delayMs: 60_000 } })
  let warnings = 0
  const count = () => {
    warnings += 1
  }
  process.on('warning', count)
  t.teardown(() => process.off('warning', count))
  const waiting = Array.from({ length: 12 }, () => lookUp(hub, ROBIN))
  while ((await hitsOf(hub, 'fault-2')) < 12);
  t.equal(await queued(), 0, 'nothing is done meanwhile')
  const closing = hub.close()
  for (const each of waiting) t.equal(await statusOf(each), 200)
  t.equal(warnings, 0, 'many may wait')
  await machineClock.passSeconds(2)
  await closing
})

t.test(
  'what is delivered twice comes once more, also when it is acknowledged, as it came before',
  async (t) => {
    const { hub } = await seeded(t)
    const id = await set(hub, { do: { deliverTwice: true } })
    const first = (await lease(hub, HALTON)).json()
    t.match(first.notifications, [{ attempt: 1, nhsNumber: ROBIN }])
    const ids = first.notifications.map((each: { id: string }) => each.id)
    t.strictSame((await acknowledge(hub, HALTON, ids)).json().acknowledged, ids)
    const listed = (await get(hub, `/v1/authorities/${HALTON}/notifications?state=queued`)).items
    t.strictSame(listed, [], 'the store knows nothing of it')
    const second = (await lease(hub, HALTON)).json()
    t.strictSame(second.notifications, first.notifications)
    t.not(second.leaseId, first.leaseId)
    t.strictSame((await acknowledge(hub, HALTON, ids)).json(), {
      acknowledged: [],
      alreadyAcknowledged: ids,
      unknown: [],
    })
    t.strictSame((await lease(hub, HALTON)).json().notifications, [], 'and no third time')
    t.equal(await hitsOf(hub, id), 3)
  },
)

t.test(
  'second deliveries go first, count towards max, stay with their authority, and wake who waits',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(
      hub,
      HALTON,
      aDataset(
        1,
        [ROBIN, SASHA, TAYLOR].map((nhsNumber) => aRecord({ nhsNumber })),
      ),
    )
    await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: NOBODY })]))
    for (const each of [ROBIN, SASHA, TAYLOR]) await lookUp(hub, each)
    const numbers = async (reply: Promise<LightMyRequestResponse>) =>
      (await reply).json().notifications.map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber)
    await set(hub, { times: 1, do: { deliverTwice: true } })
    t.strictSame(await numbers(lease(hub, HALTON, { max: 2 })), [ROBIN, SASHA])
    t.strictSame(await numbers(lease(hub, WARRINGTON)), [])
    t.strictSame(await numbers(lease(hub, HALTON, { max: 1 })), [ROBIN])
    t.strictSame(await numbers(lease(hub, HALTON, { max: 2 })), [SASHA, TAYLOR])
    t.strictSame(await numbers(lease(hub, HALTON)), [])
    await set(hub, { times: 1, match: { authorityCode: WARRINGTON }, do: { deliverTwice: true } })
    const first = numbers(lease(hub, WARRINGTON, { waitSeconds: 20 }))
    const second = numbers(lease(hub, WARRINGTON, { waitSeconds: 20 }))
    await lookUp(hub, NOBODY)
    t.strictSame(await Promise.all([first, second]), [[NOBODY], [NOBODY]], 'the first of them had the fault')
    t.strictSame(await numbers(lease(hub, WARRINGTON)), [])
  },
)

t.test(
  'a second delivery that is not taken yet goes with all faults, and waits while the store is full',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord(), aRecord({ nhsNumber: SASHA })]))
    await lookUp(hub, ROBIN)
    await set(hub, { times: 1, do: { deliverTwice: true } })
    await lease(hub, HALTON)
    await lookUp(hub, SASHA)
    await set(hub, { times: 1, do: { storageFull: true } })
    t.equal(await statusOf(lease(hub, HALTON)), 503)
    t.equal((await lease(hub, HALTON)).json().notifications.length, 2)
    await lookUp(hub, ROBIN, { requester: otherNurse() })
    await set(hub, { times: 1, do: { deliverTwice: true } })
    t.equal((await lease(hub, HALTON)).json().notifications.length, 1)
    await clear(hub)
    t.strictSame((await lease(hub, HALTON)).json().notifications, [])
  },
)

function otherNurse() {
  return {
    organisation: { odsCode: 'RX1', name: 'Elsewhere (simulated)' },
    user: { id: '555500000002', name: 'Sam Other', roleName: 'Nurse' },
  }
}

t.test('who goes away during a delay has done what they asked, but leases nothing', async (t) => {
  const machineClock = steppedClock()
  const { hub } = await openHub(t, { machineClock })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const queue = async () => (await get(hub, `/v1/authorities/${HALTON}/notifications`)).items
  const connections = () =>
    new Promise<number>((resolve) => hub.app.server.getConnections((_, count) => resolve(count)))
  const goAwayFrom = async (path: string, body: object) => {
    const id = await set(hub, { match: { method: 'POST' }, do: { delayMs: 1_000 } })
    const { socket, write, ended } = await openRaw(hub)
    const text = JSON.stringify(body)
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json`
    await write(`${head}\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
    await until('it waits', async () => (await hitsOf(hub, id)) === 1)
    socket.destroy()
    await ended
    await until('it is gone', async () => (await connections()) === 0)
    await machineClock.passSeconds(1)
    await clear(hub)
  }
  await goAwayFrom(LOOKUPS, { nhsNumber: ROBIN, requester: WHISTON_NURSE })
  await until('the authority is told', async () => (await queue()).length === 1)
  await goAwayFrom(`/v1/authorities/${HALTON}/notifications/lease`, {})
  await get(hub, '/health/ready')
  t.match(await queue(), [{ state: 'queued', attempt: 0 }])
})

t.test('second deliveries are bounded, and are kept by what is exported', async (t) => {
  const code = HALTON as AuthorityCode
  const notification = { id: 'n', kind: 'access', createdAt: NOW, attempt: 1 } as const
  const again = new SecondDeliveries()
  again.add(
    code,
    Array.from({ length: 5_001 }, () => ({ ...notification })),
  )
  t.equal(again.exportState().length, 5_000)
  const other = new SecondDeliveries()
  let rung = 0
  other.bell.listen(code, () => {
    rung += 1
  })
  other.importState(JSON.parse(JSON.stringify(again.exportState())))
  t.equal(rung, 1, 'whoever waits is told')
  t.equal(other.take(code, 10_000).length, 5_000)
  t.notOk(other.has(code))
})

t.test('a reset forgets every fault, and a snapshot brings them back with their counts', async (t) => {
  const { hub } = await seeded(t)
  const refusing = { match: { route: '/v1/freshness' }, times: 2, do: { status: 500 } }
  await set(hub, { times: 1, do: { deliverTwice: true } })
  await set(hub, refusing)
  const first = (await lease(hub, HALTON)).json().notifications
  t.equal(await statusOf(hub.app.inject('/v1/freshness').then()), 500)
  const snapshot = '/tester/snapshots/broken'
  t.equal(await statusOf(hub.app.inject({ method: 'POST', url: snapshot }).then()), 201)
  const rest = async () => {
    const statuses: number[] = []
    for (let n = 0; n < 2; n += 1) statuses.push(await statusOf(hub.app.inject('/v1/freshness').then()))
    return { statuses, again: (await lease(hub, HALTON)).json().notifications, faults: await get(hub, PATH) }
  }
  const before = await rest()
  t.match(before, { statuses: [500, 200], again: first })
  await hub.app.inject({ method: 'POST', url: '/tester/reset' })
  t.strictSame(await get(hub, PATH), { items: [] })
  t.equal(await set(hub, refusing), 'fault-1', 'as in a hub that has just been made')
  await hub.app.inject({ method: 'PUT', url: `${snapshot}/restore` })
  t.strictSame(await rest(), before)
  await hub.app.inject({ method: 'PUT', url: `${snapshot}/restore` })
  await hub.app.inject({ method: 'POST', url: '/tester/reset', payload: { authorityCode: HALTON } })
  t.strictSame(
    (await lease(hub, HALTON)).json().notifications,
    [],
    'its second deliveries are gone with its queue',
  )
  t.equal((await get(hub, PATH)).items.length, 2)
})

t.test('a lease that expires at once can be taken by the next', async (t) => {
  const { hub } = await seeded(t)
  await set(hub, { times: 1, do: { leaseExpiresAtOnce: true } })
  const first = (await lease(hub, HALTON, { leaseSeconds: 3_600 })).json()
  t.equal(first.leasedUntil, '2026-11-24T09:30:00.000Z')
  t.equal(first.notifications.length, 1)
  const second = (await lease(hub, HALTON)).json()
  t.match(second, { leasedUntil: '2026-11-24T09:31:00.000Z', notifications: [{ attempt: 2 }] })
  t.strictSame((await lease(hub, HALTON)).json().notifications, [])
})

t.test(
  'with storage full for a request it stores nothing, and what writes nothing is answered',
  async (t) => {
    const { hub } = await seeded(t)
    const queued = (await get(hub, `/v1/authorities/${HALTON}/notifications`)).items[0].id
    const before = await stateOf(hub, [HALTON, WARRINGTON], [ROBIN, SASHA])
    const full = await set(hub, { do: { storageFull: true } })
    const unseen = ['a dry run', 'a silent lookup', 'a silent search']
    const encounter = anEncounter()
    const refused: Record<string, Promise<LightMyRequestResponse>> = {
      'an accepted dataset': submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: SASHA })])),
      'a returned dataset': submit(hub, HALTON, aDataset(3, [aRecord({ nhsNumber: '1' })])),
      'a hit': lookUp(hub, ROBIN),
      'a miss': lookUp(hub, SASHA),
      'a visit': attend(hub, ROBIN),
      'a lease': lease(hub, HALTON),
      'a lease that waits': lease(hub, HALTON, { waitSeconds: 5 }),
      'an acknowledgement': acknowledge(hub, HALTON, [queued]),
      'a release': release(hub, HALTON, [queued]),
      'a change of an authority': putAuthority(hub, WARRINGTON, { wave: 2 }),
      'a CareTeam search': fhir.search(hub, 'CareTeam', ROBIN),
      'a CareTeam search that misses': fhir.search(hub, 'CareTeam', SASHA),
      'a CareTeam search by form': fhir.searchByForm(hub, 'CareTeam', `patient=${ROBIN}`),
      'an Encounter': fhir.report(hub, encounter),
    }
    for (const [what, reply] of Object.entries(refused)) {
      const { statusCode, headers, body } = await reply
      t.equal(statusCode, 503, what)
      t.equal(headers['retry-after'], '5', what)
      t.match(
        body,
        what.includes('CareTeam') || what.includes('Encounter') ? '"no-store"' : '"STORAGE_FULL"',
        what,
      )
    }
    const answered: Record<string, Promise<LightMyRequestResponse>> = {
      'a dry run': submit(hub, HALTON, aDataset(2, [aRecord()]), '?dryRun=true'),
      'a repeated dataset': submit(hub, HALTON, aDataset(1, [aRecord()])),
      'a silent lookup': lookUp(hub, ROBIN, { careSetting: 'scheduled' }),
      'a lease that finds nothing': lease(hub, WARRINGTON),
      'a silent search': fhir.search(hub, 'CareTeam', ROBIN, fhir.SILENT),
    }
    for (const [what, reply] of Object.entries(answered)) t.equal(await statusOf(reply), 200, what)
    const met = Object.keys({ ...refused, ...answered }).filter((what) => !unseen.includes(what))
    t.equal(await hitsOf(hub, full), met.length, 'what is known to write nothing does not match')
    t.strictSame(await stateOf(hub, [HALTON, WARRINGTON], [ROBIN, SASHA]), before)
    await clear(hub)
    t.equal(await statusOf(fhir.report(hub, encounter)), 201)
    t.equal(await statusOf(submit(hub, HALTON, aDataset(2, [aRecord()]))), 201, 'its sequence is free')
  },
)

t.test('datasets of one authority go one at a time, also when a fault happens to one of them', async (t) => {
  const { hub } = await openHub(t)
  await set(hub, { match: { header: { name: 'x-full' } }, do: { storageFull: true } })
  const send = (sequence: number, headers = {}) =>
    hub.app.inject({
      method: 'POST',
      url: `/v1/authorities/${HALTON}/datasets`,
      payload: aDataset(sequence, [aRecord()]),
      headers,
    })
  const replies = await Promise.all([
    send(1),
    send(2, { 'x-full': '1' }),
    send(2),
    send(3, { 'x-full': '1' }),
  ])
  t.strictSame(
    replies.map(({ statusCode }) => statusCode),
    [201, 503, 201, 503],
  )
})

t.test('a fault that happens to the register of people reaches only what asks it', async (t) => {
  const { hub } = await openHub(t)
  const id = await set(hub, { times: 1, do: { personalDemographicsDown: true } })
  t.equal(await statusOf(lookUp(hub, ROBIN)), 200)
  t.equal(await statusOf(submit(hub, HALTON, aDataset(1, [aRecord()]))), 201)
  t.equal(await hitsOf(hub, id), 0, 'where datasets are not checked against it')
  t.equal(await statusOf(trace(hub.app, '/Patient/9000000009')), 503)
  t.equal(await hitsOf(hub, id), 1)
  const { hub: checking } = await openHub(t, { pdsCheck: 'registered' })
  await set(checking, { times: 1, match: { route: DATASETS }, do: { personalDemographicsDown: true } })
  t.equal(await statusOf(submit(checking, HALTON, aDataset(1, [aRecord()]))), 503)
  t.equal(await statusOf(submit(checking, HALTON, aDataset(1, [aRecord()]))), 422)
})

function anEncounter() {
  return {
    resourceType: 'Encounter',
    status: 'arrived',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER' },
    subject: { identifier: { system: fhir.NHS_NUMBER, value: ROBIN } },
    period: { start: '2026-11-24T09:25:00Z' },
    serviceProvider: {
      identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
    },
  }
}

import { METHODS } from 'node:http'
import { connect } from 'node:net'
import type { HTTPMethods, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { get, stateOf } from '../helpers/calls.js'
import { openHub } from '../helpers/hub.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  attend,
  aVisit,
  HALTON,
  lookUp,
  ROBIN,
  submit,
  syntheticNumber,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const base = `/v1/authorities/${HALTON}`
const json = { 'content-type': 'application/json' }
const aLookup = { nhsNumber: ROBIN, requester: WHISTON_NURSE }

/** Asks for what is refused, and asserts the whole form of the refusal. */
async function refused(t: Test, hub: Hub, request: InjectOptions, status: number, code: string) {
  const reply = await hub.app.inject(request)
  const name = `${request.method ?? 'GET'} ${String(request.url)} ${code}`
  t.equal(reply.statusCode, status, name)
  t.match(reply.headers['content-type'], /^application\/problem\+json/, name)
  t.equal(reply.headers['x-simulated'], 'true', name)
  const { errors, ...problem } = reply.json()
  t.match(
    problem,
    {
      type: `urn:cpis-hub:problem:${code}`,
      title: /\w+/,
      status,
      detail: /\w+/,
      code,
      instance: reply.headers['x-request-id'],
    },
    name,
  )
  t.strictSame(Object.keys(problem).sort(), ['code', 'detail', 'instance', 'status', 'title', 'type'], name)
  t.notOk(
    /(?<!\d)\d{10}(?!\d)/.test(reply.body.replaceAll(problem.instance, '')),
    'nothing that was sent is quoted',
  )
  return { reply, errors: (errors ?? []) as { pointer: string; message: string }[] }
}

t.test('every reply carries x-request-id: the caller’s when it is sane, else a new one', async (t) => {
  const { hub } = await openHub(t)
  const idFor = async (given?: string) => {
    const headers = given === undefined ? {} : { 'x-request-id': given }
    return (await hub.app.inject({ url: '/health/live', headers })).headers['x-request-id']
  }
  const sane = [
    'a',
    'A-z_0.9',
    'x'.repeat(64),
    '123456789-abc-1234',
    'dataset-E06000006-10',
    '019b2c1e-0000-7000-abcd-000000000001',
    '019B2C1E-0000-7ABC-8DEF-1234567890FF',
    '123e4567-e89b-12d3-a456-426614174000',
    '00000000-0000-0000-0000-000000000000',
    ...Array.from(
      { length: 30 },
      (_, i) => `f81d4fae-7dec-11d0-a765-00a0c9${(i * 0x1234).toString(16).padStart(6, '0')}`,
    ),
  ]
  for (const given of sane) t.equal(await idFor(given), given)
  const hidden = [
    '999-000-0018',
    '999.000.0018',
    '9_9_9_0_0_0_0_0_1_8',
    'id-9-990000018-x',
    '00000000-0000-0000-0000-009990000018',
    '99900000-1800-7000-8000-abcdefabcdef',
    '019b2c1e-abcd-7abc-8abc-ab9990000018',
    '00000000-0000-4000-8000-a9990000018a',
    'aaaaaaaa-9990-0000-18aa-aaaaaaaaaaaa',
    '943-476-5919',
  ]
  const plain = ['', 'x'.repeat(65), 'a b', 'a/b', 'é', ROBIN, `id-${ROBIN}`, `${ROBIN}1`, 'a,b', '"x"']
  const strange = [...plain, ...hidden]
  for (const given of [undefined, ...strange]) {
    const id = await idFor(given)
    t.match(id, /^00000000-0000-7000-8000-\d{12}$/)
    t.not(id, given)
  }
  const refusal = await hub.app.inject({ url: '/nowhere', headers: { 'x-request-id': 'mine' } })
  t.strictSame([refusal.headers['x-request-id'], refusal.json().instance], ['mine', 'mine'])
})

t.test('every reply is marked as simulated, whatever was asked', async (t) => {
  const { hub } = await openHub(t)
  const requests: [request: InjectOptions, status: number][] = [
    [{ url: '/health/live' }, 200],
    [{ url: '/metrics' }, 200],
    [{ url: '/openapi.json' }, 200],
    [{ url: '/docs/' }, 200],
    [{ method: 'HEAD', url: '/v1/authorities' }, 200],
    [{ url: '/nowhere' }, 404],
    [{ url: '/v1/authorities/%ZZ' }, 404],
    [{ method: 'DELETE', url: '/v1/authorities' }, 405],
    [{ method: 'OPTIONS', url: '/v1/authorities' }, 405],
    [{ method: 'OPTIONS', url: '/nowhere' }, 404],
    [{ method: 'POST', url: '/v1/lookups', headers: { 'content-type': 'text/plain' }, payload: 'x' }, 415],
    [{ method: 'POST', url: '/v1/lookups', headers: json, payload: '{' }, 400],
    [{ method: 'POST', url: '/v1/lookups', headers: json, payload: ' '.repeat(20_000) }, 413],
  ]
  for (const [request, status] of requests) {
    const reply = await hub.app.inject(request)
    t.strictSame([reply.statusCode, reply.headers['x-simulated']], [status, 'true'], String(request.url))
    t.match(reply.headers['x-request-id'], /^[A-Za-z0-9._-]{1,64}$/)
  }
})

/** Sends bytes over a real socket and answers all that comes back until the hub closes it. */
function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      answer += text
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

t.test('what is hardly HTTP is answered in the same form', async (t) => {
  const { hub } = await openHub(t)
  const url = await hub.listen()
  t.equal(url, hub.url)
  const malformed = [
    `${ROBIN} is no request\r\n\r\n`,
    `GET /v1/${ROBIN} HTTP/9.9\r\nhost: localhost\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: localhost\r\nbad header ${ROBIN}\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${'9'.repeat(20_000)}\r\n\r\n`,
    'POST /v1/lookups HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: x\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nconnection: close\r\n\r\n',
  ]
  for (const bytes of malformed) {
    const [head = '', body = ''] = (await sendRaw(url, bytes)).split('\r\n\r\n')
    const name = bytes.slice(0, 60).replaceAll(/\s+/g, ' ')
    t.match(head, /^HTTP\/1\.1 4\d\d /, name)
    t.match(head, /^x-simulated: true$/im, name)
    t.match(head, /^x-request-id: [A-Za-z0-9._-]{1,64}\r?$/im, name)
    t.match(head, /^content-type: application\/problem\+json/im, name)
    t.match(
      JSON.parse(body || '{}'),
      { type: /^urn:/, title: /\w/, status: /^4/, detail: /\w/, code: /^[A-Z_]+$/ },
      name,
    )
    t.notOk(body.includes(ROBIN), name)
  }
  await hub.app.inject('/%ZZ')
  const { body: metrics } = await hub.app.inject('/metrics')
  for (const [status, count] of [
    [400, 4],
    [404, 1],
    [431, 1],
  ])
    t.match(
      metrics,
      `cpis_http_request_seconds_count{method="none",route="none",status="${status}"} ${count}\n`,
    )
  for (const more of ['', 'expect: miracles\r\n']) {
    const fine = await sendRaw(
      url,
      `GET /health/live HTTP/1.1\r\nhost: localhost\r\n${more}connection: close\r\n\r\n`,
    )
    t.match(fine, /^HTTP\/1\.1 200 /)
    t.match(fine, /^x-simulated: true\r?$/im)
  }
})

t.test('an unknown or a repeated query parameter is refused on every route', async (t) => {
  const { hub } = await openHub(t)
  const routes: InjectOptions[] = [
    { url: '/v1/authorities' },
    { url: base },
    { method: 'PUT', url: base, payload: {} },
    { url: `${base}/plans` },
    { method: 'POST', url: `${base}/datasets`, payload: aDataset(1, [aRecord()]) },
    { url: `${base}/datasets` },
    { url: `${base}/datasets/x` },
    { url: `${base}/notifications` },
    { method: 'POST', url: `${base}/notifications/lease`, payload: {} },
    { method: 'POST', url: `${base}/notifications/acknowledge`, payload: { ids: ['x'] } },
    { method: 'POST', url: `${base}/notifications/release`, payload: { ids: ['x'] } },
    { method: 'POST', url: '/v1/lookups', payload: aLookup },
    { method: 'POST', url: '/v1/attendances', payload: aVisit(ROBIN) },
    { url: '/v1/freshness' },
    { url: '/health/live' },
    { url: '/health/ready' },
    { url: '/metrics' },
  ]
  for (const route of routes) {
    const named = await refused(
      t,
      hub,
      { ...route, url: `${String(route.url)}?colour=red` },
      400,
      'SCHEMA_VIOLATION',
    )
    t.match(named.errors, [{ pointer: '/colour', message: 'is not a property that is known here' }])
    const asNumber = await refused(
      t,
      hub,
      { ...route, url: `${String(route.url)}?${ROBIN}=1` },
      400,
      'SCHEMA_VIOLATION',
    )
    t.match(asNumber.errors, [{ pointer: '' }])
  }
  for (const url of [
    `${base}/plans?limit=1&limit=1`,
    `${base}/plans?visible=true&visible=true`,
    `${base}/datasets?limit=1&limit=2`,
    `${base}/datasets?after=a&after=b`,
    `${base}/notifications?state=queued&state=leased`,
  ])
    await refused(t, hub, { url }, 400, 'SCHEMA_VIOLATION')
  const twice = {
    method: 'POST',
    url: `${base}/datasets?dryRun=true&dryRun=true`,
    payload: aDataset(1, []),
  } as const
  await refused(t, hub, twice, 400, 'SCHEMA_VIOLATION')
  t.equal((await hub.app.inject({ url: '/v1/authorities' })).statusCode, 200)
})

t.test('limit is 1 to 500, and a cursor is one that this listing gave', async (t) => {
  const { hub } = await openHub(t)
  const records = [0, 1].map((i) => aRecord({ nhsNumber: syntheticNumber(i) }))
  await submit(hub, HALTON, aDataset(1, records))
  await submit(hub, HALTON, aDataset(2, records))
  for (const i of [0, 1]) await lookUp(hub, syntheticNumber(i))
  const listings = [`${base}/plans`, `${base}/datasets`, `${base}/notifications`]
  const cursors: string[] = []
  for (const url of listings) {
    for (const limit of ['0', '501', '-1', '1.5', 'ten', '', '1e2', '0x10', '+5', ' 5']) {
      const { errors } = await refused(t, hub, { url, query: { limit } }, 400, 'SCHEMA_VIOLATION')
      t.equal(errors[0]?.pointer, '/limit')
    }
    t.equal((await get(hub, `${url}?limit=500`)).items.length, 2)
    const page = await get(hub, `${url}?limit=1`)
    t.equal(page.items.length, 1)
    t.equal((await get(hub, `${url}?limit=1&after=${page.next}`)).items.length, 1)
    cursors.push(page.next)
  }
  for (const [i, url] of listings.entries()) {
    const others = cursors.filter((_, j) => j !== i)
    const own = cursors[i] as string
    for (const after of ['', 'x', '12', 'null', '!!', `${own}x`, own.slice(1), `${own}=`, ROBIN, ...others])
      await refused(t, hub, { url, query: { after } }, 400, 'CURSOR')
    await refused(t, hub, { url, query: { after: 'x'.repeat(201) } }, 400, 'SCHEMA_VIOLATION')
  }
})

t.test('an unknown property is named by its pointer, unless its name could be a number', async (t) => {
  const { hub } = await openHub(t)
  const bodies: [method: 'POST' | 'PUT', url: string, payload: object][] = [
    ['PUT', base, {}],
    ['POST', `${base}/datasets`, aDataset(1, [aRecord()])],
    ['POST', `${base}/notifications/lease`, {}],
    ['POST', `${base}/notifications/acknowledge`, { ids: ['x'] }],
    ['POST', `${base}/notifications/release`, { ids: ['x'] }],
    ['POST', '/v1/lookups', aLookup],
    ['POST', '/v1/attendances', aVisit(ROBIN)],
  ]
  const message = 'is not a property that is known here'
  for (const [method, url, payload] of bodies) {
    const named = await refused(
      t,
      hub,
      { method, url, payload: { ...payload, colour: 1 } },
      400,
      'SCHEMA_VIOLATION',
    )
    t.strictSame(named.errors, [{ pointer: '/colour', message }])
    const hidden = await refused(
      t,
      hub,
      { method, url, payload: { ...payload, [ROBIN]: 1 } },
      400,
      'SCHEMA_VIOLATION',
    )
    t.strictSame(hidden.errors, [{ pointer: '', message: 'has a property that is not known here' }])
    for (const odd of ['null', '[]', '"x"', '7'])
      if (!(odd === 'null' && url.endsWith('/lease')))
        await refused(t, hub, { method, url, headers: json, payload: odd }, 400, 'SCHEMA_VIOLATION')
  }
  const nested = { ...aLookup, requester: { ...WHISTON_NURSE, [ROBIN]: { x: 1 }, team: 1 } }
  const { errors } = await refused(
    t,
    hub,
    { method: 'POST', url: '/v1/lookups', payload: nested },
    400,
    'SCHEMA_VIOLATION',
  )
  t.strictSame(errors.map(({ pointer }) => pointer).sort(), ['/requester', '/requester/team'])
  const values = { ...aLookup, nhsNumber: Number(ROBIN), careSetting: ROBIN, location: '' }
  const all = await refused(
    t,
    hub,
    { method: 'POST', url: '/v1/lookups', payload: values },
    400,
    'SCHEMA_VIOLATION',
  )
  t.strictSame(
    all.errors.map(({ pointer }) => pointer).sort(),
    ['/careSetting', '/location', '/nhsNumber'],
    'every fault at once',
  )
})

t.test('a path without the method says which it takes; a path that is not there is 404', async (t) => {
  const { hub } = await openHub(t)
  const paths: [url: string, allowed: string[]][] = [
    ['/v1/authorities', ['GET', 'HEAD']],
    [base, ['GET', 'HEAD', 'PUT']],
    [`${base}/plans`, ['GET', 'HEAD']],
    [`${base}/datasets`, ['GET', 'HEAD', 'POST']],
    [`${base}/datasets/x`, ['GET', 'HEAD']],
    [`${base}/notifications`, ['GET', 'HEAD']],
    [`${base}/notifications/lease`, ['POST']],
    [`${base}/notifications/acknowledge`, ['POST']],
    [`${base}/notifications/release`, ['POST']],
    ['/v1/lookups', ['POST']],
    ['/v1/attendances', ['POST']],
    ['/v1/freshness', ['GET', 'HEAD']],
    ['/health/live', ['GET', 'HEAD']],
    ['/health/ready', ['GET', 'HEAD']],
    ['/metrics', ['GET', 'HEAD']],
  ]
  const some = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']
  for (const [i, [url, allowed]] of paths.entries())
    for (const method of (i === 0 ? METHODS : some) as HTTPMethods[]) {
      if (allowed.includes(method) || method === 'CONNECT') continue
      if (method === 'HEAD') {
        t.equal((await hub.app.inject({ method, url })).statusCode, 405)
        continue
      }
      const { reply } = await refused(t, hub, { method, url }, 405, 'METHOD_NOT_ALLOWED')
      t.strictSame(String(reply.headers.allow).split(', ').sort(), allowed)
    }
  for (const url of [
    '/',
    '/v1',
    '/v1/lookups/x',
    '/v2/lookups',
    `/${ROBIN}`,
    `${base}/`,
    '/v1/authorities/%ZZ',
  ])
    await refused(t, hub, { url }, 404, 'NOT_FOUND')
  const unknown = await refused(t, hub, { url: `/v1/authorities/${ROBIN}` }, 404, 'AUTHORITY_UNKNOWN')
  t.strictSame(unknown.errors, [])
})

t.test('bodies are JSON, in UTF-8, uncompressed, and of a limited size', async (t) => {
  const { hub } = await openHub(t)
  const post = { method: 'POST', url: '/v1/lookups' } as const
  const text = JSON.stringify(aLookup)
  for (const type of [
    'text/plain',
    'text/csv',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'x',
  ])
    await refused(t, hub, { ...post, headers: { 'content-type': type }, payload: text }, 415, 'CONTENT_TYPE')
  await refused(t, hub, { ...post, headers: { 'content-type': '' }, payload: text }, 415, 'CONTENT_TYPE')
  const gzip = { ...json, 'content-encoding': 'gzip' }
  await refused(t, hub, { ...post, headers: gzip, payload: text }, 415, 'CONTENT_ENCODING')
  await refused(t, hub, { ...post, headers: json, payload: Buffer.from([0x22, 0xc3, 0x22]) }, 400, 'NOT_UTF8')
  for (const broken of ['{', `{"nhsNumber": ${ROBIN}, }`, `${text}x`, 'undefined'])
    await refused(t, hub, { ...post, headers: json, payload: broken }, 400, 'JSON_MALFORMED')
  await refused(t, hub, { ...post, headers: json, payload: '' }, 400, 'SCHEMA_VIOLATION')
  await refused(t, hub, post, 400, 'SCHEMA_VIOLATION')
  const padded = (size: number) => text.slice(0, -1) + ' '.repeat(size - text.length) + text.slice(-1)
  await refused(t, hub, { ...post, headers: json, payload: padded(16_385) }, 413, 'BODY_TOO_LARGE')
  t.equal((await hub.app.inject({ ...post, headers: json, payload: padded(16_384) })).statusCode, 200)
  const charset = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'identity' }
  t.equal((await hub.app.inject({ ...post, headers: charset, payload: text })).statusCode, 200)
  t.equal((await hub.app.inject({ ...post, headers: json, payload: `\ufeff${text}` })).statusCode, 200)
  const longest = Array.from({ length: 500 }, (_, i) => `${String(i).padStart(3, '0')}${'x'.repeat(77)}`)
  t.equal((await acknowledge(hub, HALTON, longest)).statusCode, 200, '500 of the longest ids fit')
  const list = { method: 'POST', url: `${base}/notifications/acknowledge`, headers: json } as const
  await refused(t, hub, { ...list, payload: ' '.repeat(65_537) }, 413, 'BODY_TOO_LARGE')
  t.equal((await attend(hub, ROBIN, { note: '’'.repeat(500) })).statusCode, 201, 'the longest note fits')
})

t.test('what a JSON parser would take in silence is refused on every route that takes JSON', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const routes: ['POST' | 'PUT', string, object][] = [
    ['POST', '/v1/lookups', aLookup],
    ['POST', '/v1/attendances', aVisit(ROBIN)],
    ['POST', `${base}/datasets`, aDataset(2, [aRecord()])],
    ['POST', `${base}/notifications/lease`, { max: 1 }],
    ['POST', `${base}/notifications/acknowledge`, { ids: ['x'] }],
    ['POST', `${base}/notifications/release`, { ids: ['x'] }],
    ['PUT', base, { wave: 2 }],
  ]
  const before = await stateOf(hub, [HALTON], [ROBIN])
  for (const [method, url, body] of routes) {
    const text = JSON.stringify(body)
    const name = Object.keys(body)[0] as string
    const also = (member: string) => `${text.slice(0, -1)},${member}}`
    const refusedAs = (payload: string, code: string) =>
      refused(t, hub, { method, url, headers: json, payload }, 400, code)
    const twice = await refusedAs(also(`"${name}":"${ROBIN}"`), 'DUPLICATE_KEY')
    t.match(twice.errors, [{ pointer: `/${name}` }])
    await refusedAs(also(`"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":1`), 'DUPLICATE_KEY')
    await refusedAs(also(`"x":[{"${ROBIN}":1,"${ROBIN}":2}]`), 'DUPLICATE_KEY')
    await refusedAs(also('"__proto__":{}'), 'PROPERTY_FORBIDDEN')
    await refusedAs(also('"x":{"constructor":{"prototype":{}}}'), 'PROPERTY_FORBIDDEN')
    await refusedAs(also(`"x":${'['.repeat(16)}${']'.repeat(16)}`), 'NESTED_TOO_DEEP')
    await refusedAs('['.repeat(8000), 'NESTED_TOO_DEEP')
    const cut = await refusedAs(`${text.slice(0, -1)},"${ROBIN}`, 'JSON_MALFORMED')
    t.match(cut.reply.json().detail, /it ends in the middle/)
    const stray = await refusedAs(`${text}\n${ROBIN}`, 'JSON_MALFORMED')
    t.match(stray.reply.json().detail, `at byte ${text.length + 2} (line 2)`)
  }
  t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before, 'and nothing was changed')
})

// NUL, two control characters, a lone surrogate, and what turns the reading direction.
const HOSTILE_TEXTS = ['a\u0000b', 'a\u0007b', 'a\u0085b', 'a\ud800b', 'a\u202eb', 'a\u2066b']

t.test(
  'a text with what no text has, and a value of another type, is a fault with its pointer',
  async (t) => {
    const { hub } = await openHub(t)
    const steward = { name: 'x', role: 'x', email: 'x', phone: 'x' }
    const { organisation, user } = WHISTON_NURSE
    const askedBy = (requester: object) => ({ ...aLookup, requester })
    const ids = ['x']
    type Place = ['POST' | 'PUT', url: string, pointer: string, bodyWith: (value: unknown) => object]
    const [lookups, visits] = ['/v1/lookups', '/v1/attendances']
    const [acknowledging, releasing] = [`${base}/notifications/acknowledge`, `${base}/notifications/release`]
    const texts: Place[] = [
      ['POST', lookups, '/location', (location) => ({ ...aLookup, location })],
      ['POST', lookups, '/requester/user/id', (id) => askedBy({ organisation, user: { ...user, id } })],
      [
        'POST',
        lookups,
        '/requester/organisation/name',
        (name) => askedBy({ user, organisation: { ...organisation, name } }),
      ],
      ['POST', visits, '/note', (note) => aVisit(ROBIN, { note })],
      ['POST', visits, '/accessId', (accessId) => aVisit(ROBIN, { accessId })],
      ['POST', visits, '/callback/name', (name) => aVisit(ROBIN, { callback: { name, phone: '1' } })],
      ['POST', acknowledging, '/ids/1', (id) => ({ ids: ['x', id] })],
      ['POST', releasing, '/ids/0', (id) => ({ ids: [id] })],
      ['POST', releasing, '/leaseId', (leaseId) => ({ ids, leaseId })],
      ['PUT', base, '/name', (name) => ({ name })],
      ['PUT', base, '/dataSteward/email', (email) => ({ dataSteward: { ...steward, email } })],
    ]
    const datasets = `${base}/datasets`
    const instants: Place[] = [
      ['POST', visits, '/at', (at) => aVisit(ROBIN, { at })],
      ['POST', datasets, '/extractedAt', (extractedAt) => aDataset(1, [], { extractedAt })],
    ]
    const numbers: Place[] = [
      ['POST', datasets, '/sequence', (sequence) => aDataset(1, [], { sequence })],
      ['POST', datasets, '/recordCount', (recordCount) => aDataset(1, [], { recordCount })],
      ['POST', datasets, '/childrenInScope', (childrenInScope) => aDataset(1, [], { childrenInScope })],
      ['POST', `${base}/notifications/lease`, '/max', (max) => ({ max })],
      ['POST', `${base}/notifications/lease`, '/waitSeconds', (waitSeconds) => ({ waitSeconds })],
      ['PUT', base, '/wave', (wave) => ({ wave })],
      ['PUT', base, '/childrenInScope', (childrenInScope) => ({ childrenInScope })],
    ]
    const faultAt = async ([method, url, pointer, bodyWith]: Place, written: string) => {
      const payload = JSON.stringify(bodyWith('#')).replace('"#"', written)
      const { errors } = await refused(
        t,
        hub,
        { method, url, headers: json, payload },
        400,
        'SCHEMA_VIOLATION',
      )
      t.ok(errors.length > 0 && errors.every((fault) => fault.pointer === pointer), `${pointer}: ${written}`)
    }
    const before = await stateOf(hub, [HALTON], [ROBIN])
    for (const place of texts) {
      for (const text of HOSTILE_TEXTS) await faultAt(place, JSON.stringify(text))
      for (const other of ['1', ROBIN, 'true', '[]', '{}', '""']) await faultAt(place, other)
    }
    for (const place of instants)
      for (const day of ['2026-02-30', '2026-13-01', '2026-00-10', '2025-02-29', '0000-01-01'])
        await faultAt(place, `"${day}T09:00:00Z"`)
    for (const place of numbers)
      for (const number of ['1e400', '-1e400', '100000000000000000', '1.5', '-1', '"1"', 'true', '[1]'])
        await faultAt(place, number)
    t.strictSame(await stateOf(hub, [HALTON], [ROBIN]), before, 'and nothing was changed')
  },
)

import type { InjectOptions } from 'fastify'
import t from 'tap'
import { openHub } from '../helpers/hub.js'
import { aDataset, aRecord, aVisit, HALTON, ROBIN, WHISTON_NURSE } from '../helpers/seed.js'

const base = `/v1/authorities/${HALTON}`
const csv = 'nhs_number,plan_type,start_date\n'
const csvQuery = 'sequence=9&extractedAt=2026-11-24T02:00:00Z&recordCount=0&dryRun=true'

const ROUTES: [request: InjectOptions, types: 'json' | 'json or csv'][] = [
  [{ method: 'POST', url: '/v1/lookups', payload: { nhsNumber: ROBIN, requester: WHISTON_NURSE } }, 'json'],
  [{ method: 'POST', url: '/v1/attendances', payload: aVisit(ROBIN) }, 'json'],
  [{ method: 'PUT', url: base, payload: { wave: 1 } }, 'json'],
  [{ method: 'POST', url: `${base}/notifications/lease`, payload: { max: 1 } }, 'json'],
  [{ method: 'POST', url: `${base}/notifications/acknowledge`, payload: { ids: ['x'] } }, 'json'],
  [{ method: 'POST', url: `${base}/notifications/release`, payload: { ids: ['x'] } }, 'json'],
  [{ method: 'POST', url: `${base}/datasets?dryRun=true`, payload: aDataset(1, [aRecord()]) }, 'json or csv'],
]

const READ = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON; charset="utf-8"',
]
const NOT_READ = [
  undefined,
  '',
  'text/plain',
  'text/html',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=latin1',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8; charset=latin1',
  'application/json, text/plain',
  'application/jsonx',
  'application/problem+json',
  'json',
]

t.test('every route with a body reads its own types in UTF-8, and no other', async (t) => {
  const { hub } = await openHub(t)
  const ask = async (request: InjectOptions, headers: Record<string, string>) => {
    const payload = typeof request.payload === 'string' ? request.payload : JSON.stringify(request.payload)
    const reply = await hub.app.inject({ ...request, payload, headers })
    return reply.statusCode < 300 ? 'read' : `${reply.statusCode} ${reply.json().code}`
  }
  const typed = (type: string | undefined) => (type === undefined ? {} : { 'content-type': type })
  for (const [request, types] of ROUTES) {
    const name = `${request.method} ${String(request.url)}`
    for (const type of READ) t.equal(await ask(request, typed(type)), 'read', `${name} ${type}`)
    const others = types === 'json' ? ['text/csv', 'text/csv; charset=utf-8'] : ['text/csv; charset=latin1']
    for (const type of [...NOT_READ, ...others])
      t.equal(await ask(request, typed(type)), '415 CONTENT_TYPE', `${name} ${type}`)
    for (const encoding of [
      'br',
      'deflate',
      'zstd',
      'x-gzip',
      'gzip, gzip',
      'identity, gzip',
      'aes128gcm',
      '',
    ])
      t.equal(
        await ask(request, { ...typed(READ[0]), 'content-encoding': encoding }),
        '415 CONTENT_ENCODING',
        `${name} ${encoding}`,
      )
    t.equal(await ask(request, { ...typed(READ[0]), 'content-encoding': 'Identity' }), 'read')
    const gzip = await ask(request, { ...typed(READ[0]), 'content-encoding': 'gzip' })
    t.equal(gzip, types === 'json' ? '415 CONTENT_ENCODING' : '400 GZIP_MALFORMED', `${name} gzip`)
  }
  const sheet = {
    method: 'POST',
    url: `${base}/datasets?${csvQuery}&confirmShrink=true`,
    payload: csv,
  } as const
  for (const type of ['text/csv', 'text/csv; charset=utf-8', 'TEXT/CSV'])
    t.equal(await ask(sheet, typed(type)), 'read', type)
})

t.test('a path that is not there, or has no such method, says so whatever is sent to it', async (t) => {
  const { hub } = await openHub(t)
  const bodies: InjectOptions[] = [
    {},
    { headers: { 'content-type': 'text/plain' }, payload: ROBIN },
    { headers: { 'content-type': 'application/json' }, payload: `{"${ROBIN}"` },
    { headers: { 'content-type': 'application/json' }, payload: 'x'.repeat(100_000) },
    { headers: { 'content-type': 'application/json', 'content-encoding': 'br' }, payload: 'x' },
  ]
  const asked = new Set<string>()
  for (const body of bodies) {
    for (const url of [`/v1/${ROBIN}`, `/${ROBIN}?nhsNumber=${ROBIN}`, '/v1/lookups/', '//v1/lookups']) {
      const reply = await hub.app.inject({ method: 'POST', url, ...body })
      const { instance, ...constant } = reply.json()
      t.equal(instance, reply.headers['x-request-id'])
      asked.add(JSON.stringify([reply.statusCode, constant]))
    }
    const wrong = await hub.app.inject({ method: 'PATCH', url: '/v1/lookups', ...body })
    t.match(
      [wrong.statusCode, wrong.headers.allow, wrong.json()],
      [405, 'POST', { code: 'METHOD_NOT_ALLOWED' }],
    )
  }
  t.equal(asked.size, 1, 'one answer, word for word')
  t.match([...asked][0], /^\[404,/)
})

t.test('no request id breaks a line or colours it, in the answer or in the log', async (t) => {
  const { hub } = await openHub(t)
  for (const given of [
    'a\u001b[31mb',
    'a\tb',
    'a%0d%0ab',
    'a\u0085b',
    'a\u007f',
    'é',
    '\u200f',
    `${'x'.repeat(65)}`,
  ]) {
    const reply = await hub.app.inject({ url: '/nowhere', headers: { 'x-request-id': given } })
    t.match(reply.headers['x-request-id'], /^00000000-0000-7000-8000-\d{12}$/, JSON.stringify(given))
    t.equal(reply.json().instance, reply.headers['x-request-id'])
  }
})

import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { createHub, type Hub, type HubOptions, readConfig } from '../../src/index.js'
import { openHub } from '../helpers/hub.js'
import { readAnswers, sendRaw } from '../helpers/raw.js'
import { aVisit, HALTON, ROBIN, WHISTON_NURSE } from '../helpers/seed.js'

const base = `/v1/authorities/${HALTON}`
const aLookup = { nhsNumber: ROBIN, requester: WHISTON_NURSE }

async function codeFor(hub: Hub, headers: Record<string, string>, url = '/health/live') {
  const reply = await hub.app.inject({ url, headers })
  return reply.statusCode === 200 ? 200 : `${reply.statusCode} ${reply.json().code}`
}

async function open(t: Test, options: HubOptions = {}): Promise<Hub> {
  return (await openHub(t, options)).hub
}

t.test('without authentication the hub answers to loopback names alone', async (t) => {
  const hub = await open(t)
  const own = [
    'localhost',
    'LOCALHOST:8080',
    'localhost:80',
    'hub.localhost:8080',
    '127.0.0.1',
    '127.0.0.1:65535',
    '127.8.9.10',
    '[::1]',
    '[::1]:8080',
  ]
  for (const host of own) t.equal(await codeFor(hub, { host }), 200, host)
  const foreign = [
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '10.0.0.1:8080',
    '0.0.0.0',
    '[::2]',
    '[::1]evil',
    'localhost:8080:8080',
    'localhost:port',
    'user@localhost',
    'localhost/',
    'localhost, evil.example',
    ' ',
  ]
  for (const host of foreign) {
    t.equal(await codeFor(hub, { host }), '421 HOST_NOT_ALLOWED', host)
    t.equal(await codeFor(hub, { host }), '421 HOST_NOT_ALLOWED', `${host} again`)
  }
  for (let i = 0; i < 300; i += 1) await codeFor(hub, { host: `h${i}.evil.example` })
  t.equal(await codeFor(hub, { host: 'localhost' }), 200, 'whoever tries many names changes nothing')
})

t.test('a refused name learns nothing and changes nothing, whatever it asks', async (t) => {
  const hub = await open(t)
  const requests: InjectOptions[] = [
    { url: '/nowhere' },
    { url: '/%zz' },
    { url: `/v1/authorities/${'x'.repeat(200)}` },
    { url: '/docs/' },
    { url: '/metrics' },
    { method: 'POST', url: '/v1/lookups', payload: aLookup },
    { method: 'POST', url: '/v1/attendances', payload: aVisit(ROBIN) },
    { method: 'PUT', url: base, payload: { wave: 7 } },
    { method: 'DELETE', url: base },
    { method: 'POST', url: '/tester/reset' },
    { url: '/tester/requests' },
    { url: '/tester/events' },
  ]
  for (const request of requests) {
    for (const [headers, status, code] of [
      [{ host: 'evil.example' }, 421, 'HOST_NOT_ALLOWED'],
      [{ origin: 'http://evil.example' }, 403, 'ORIGIN_NOT_ALLOWED'],
    ] as const) {
      const reply = await hub.app.inject({ ...request, headers })
      t.match([reply.statusCode, reply.json()], [status, { code }], String(request.url))
      t.notOk(reply.body.includes('evil'), 'nothing that was sent is quoted')
    }
  }
  t.equal((await hub.app.inject(base)).json().wave, 1)
})

t.test('ALLOWED_HOSTS adds names, with their port or with any', async (t) => {
  const hub = await open(t, { allowedHosts: ' Hub.Example, cpis.example:8443 ,' })
  for (const host of ['hub.example', 'HUB.example:9', 'cpis.example:8443', 'localhost:8080'])
    t.equal(await codeFor(hub, { host }), 200, host)
  for (const host of ['cpis.example', 'cpis.example:80', 'other.example', 'x.hub.example'])
    t.equal(await codeFor(hub, { host }), '421 HOST_NOT_ALLOWED', host)
})

t.test(
  'who knows that nobody is authenticated may be addressed as anything, until names are listed',
  async (t) => {
    const open = await openHub(t, { authNoneIKnow: true })
    t.equal(await codeFor(open.hub, { host: 'anything.example' }), 200)
    t.equal(
      await codeFor(open.hub, { host: 'anything.example', origin: 'http://other.example' }),
      '403 ORIGIN_NOT_ALLOWED',
      'but not from the pages of another site',
    )
    const listed = await openHub(t, { authNoneIKnow: true, allowedHosts: 'hub.example' })
    t.equal(await codeFor(listed.hub, { host: 'anything.example' }), '421 HOST_NOT_ALLOWED')
    t.equal(await codeFor(listed.hub, { host: 'hub.example' }), 200)
    t.equal(await codeFor(listed.hub, { host: '127.0.0.1:8080' }), 200, 'health checks from inside go on')
  },
)

t.test('only pages that the hub served may ask it', async (t) => {
  const hub = await open(t, { allowedHosts: 'hub.example' })
  const own: [host: string, origin: string][] = [
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['localhost:80', 'http://localhost'],
    ['localhost', 'http://localhost'],
    ['Hub.Example', 'http://hub.example'],
    ['hub.example', 'https://hub.example'],
    ['hub.example:443', 'https://hub.example'],
  ]
  for (const [host, origin] of own) t.equal(await codeFor(hub, { host, origin }), 200, `${host} ${origin}`)
  const foreign: [host: string, origin: string][] = [
    ['localhost:8080', 'null'],
    ['localhost:8080', ''],
    ['localhost:8080', 'http://localhost'],
    ['localhost:8080', 'http://localhost:8081'],
    ['localhost:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'https://localhost:8080'],
    ['localhost:8080', 'http://evil.example'],
    ['localhost:8080', 'http://localhost:8080.evil.example'],
    ['localhost:8080', 'http://localhost:8080, http://evil.example'],
    ['localhost:8080', 'file://'],
    ['hub.example', 'ftp://hub.example'],
  ]
  for (const [host, origin] of foreign)
    t.equal(await codeFor(hub, { host, origin }), '403 ORIGIN_NOT_ALLOWED', `${host} ${origin}`)
})

t.test('the documentation page of a hub that listens can try its routes out', async (t) => {
  const hub = await open(t)
  const url = await hub.listen()
  const page = await fetch(`${url}/docs/`)
  t.equal(page.status, 200)
  const headers = { 'content-type': 'application/json', origin: url }
  const body = JSON.stringify(aLookup)
  t.equal((await fetch(`${url}/v1/lookups`, { method: 'POST', headers, body })).status, 200)
})

t.test('ALLOWED_HOSTS with what cannot be a name stops the start and names it', async (t) => {
  for (const ALLOWED_HOSTS of ['http://hub.example', 'hub.example/', 'a b', '*', 'hub.example:'])
    t.throws(() => readConfig({ ALLOWED_HOSTS }), {
      name: 'ConfigError',
      message: /^ALLOWED_HOSTS must list/,
    })
  await t.rejects(createHub({ allowedHosts: '*' }), { name: 'ConfigError' })
  t.equal(
    readConfig({ ALLOWED_HOSTS: 'hub.example:8443, [fd00::1]' }).allowedHosts,
    'hub.example:8443, [fd00::1]',
  )
})

t.test('a header that may come once and came twice is refused and named, whatever its values', async (t) => {
  const hub = await open(t)
  await hub.listen()
  const given: Record<string, string> = {
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': String(JSON.stringify(aLookup).length),
  }
  const withHeaders = (lines: string[]) =>
    `POST /v1/lookups HTTP/1.1\r\n${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${JSON.stringify(aLookup)}`
  const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}`)
  t.match(readAnswers(await sendRaw(hub, withHeaders(lines))), [{ status: 200 }])
  const once = [
    'Host',
    'Content-Type',
    'Content-Length',
    'Authorization',
    'X-Request-ID',
    'Idempotency-Key',
    'NHSD-End-User-Organisation-ODS',
    'NHSD-Session-URID',
  ]
  for (const name of once) {
    const value = given[name.toLowerCase()] ?? 'a'
    const rest = lines.filter((line) => !line.startsWith(`${name.toLowerCase()}:`))
    for (const [first, second] of [
      [name, name.toLowerCase()],
      [name.toUpperCase(), name],
    ]) {
      const [answer, ...others] = readAnswers(
        await sendRaw(hub, withHeaders([`${first}: ${value}`, ...rest, `${second}: ${value}`])),
      )
      const problem = JSON.parse(answer?.body ?? '{}')
      t.match([answer?.status, problem.code], [400, 'HEADER_REPEATED'], name)
      t.ok(problem.detail.toLowerCase().includes(name.toLowerCase()), problem.detail)
      t.same(others, [])
    }
  }
  const odd = await sendRaw(hub, withHeaders([...lines, `NHSD-${ROBIN}: a`, `nhsd-${ROBIN}: a`]))
  t.match(readAnswers(odd), [{ status: 400, body: /HEADER_REPEATED/ }])
  t.notOk(odd.includes(ROBIN), 'a name that could be a number is not quoted')
  const others = [
    'accept: a',
    'ACCEPT: b',
    'nhsd-a: 1',
    'NHSD-B: 2',
    'x-host: 1',
    'x-host: 2',
    'date: 1',
    'date: 2',
  ]
  t.match(readAnswers(await sendRaw(hub, withHeaders([...lines, ...others]))), [{ status: 200 }])
})

t.test('a name given through the target of the request is no way round', async (t) => {
  const hub = await open(t)
  await hub.listen()
  const statusFor = async (target: string) => {
    const bytes = `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`
    return readAnswers(await sendRaw(hub, bytes)).map(({ status }) => status)
  }
  t.same(await statusFor('http://evil.example/health/live'), [421])
  t.same(await statusFor('HTTP://evil.example'), [421])
  t.same(await statusFor('http://localhost:8080/health/live'), [200])
  t.same(await statusFor('/health/live'), [200])
})

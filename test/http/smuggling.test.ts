import t from 'tap'
import { get, stateOf } from '../helpers/calls.js'
import { openHub } from '../helpers/hub.js'
import { openRaw, readAnswers, sendRaw } from '../helpers/raw.js'
import { aDataset, aRecord, HALTON, ROBIN, submit, WHISTON_NURSE } from '../helpers/seed.js'

const LOOKUP = JSON.stringify({ nhsNumber: ROBIN, requester: WHISTON_NURSE })
const START = 'POST /v1/lookups HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
const MANY = 'a:\r\n'.repeat(2_100)
const chunked = (body: string, size = body.length.toString(16)) => `${size}\r\n${body}\r\n0\r\n\r\n`

/** What would be carried out if the end of the first request were mistaken. */
const SMUGGLED = `PUT /v1/authorities/${HALTON} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"wave":7}`

const BROKEN: [name: string, bytes: string, code: string, status?: number][] = [
  [
    'content-length and transfer-encoding',
    `${START}content-length: ${LOOKUP.length}\r\ntransfer-encoding: chunked\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'transfer-encoding and content-length',
    `${START}transfer-encoding: chunked\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'two lengths',
    `${START}content-length: ${LOOKUP.length}\r\ncontent-length: 0\r\n\r\n${LOOKUP}`,
    'HEADER_REPEATED',
  ],
  [
    'one length twice',
    `${START}content-length: ${LOOKUP.length}\r\nContent-Length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'HEADER_REPEATED',
  ],
  [
    'two lengths in one header',
    `${START}content-length: ${LOOKUP.length}, ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  ['a length with a sign', `${START}content-length: +${LOOKUP.length}\r\n\r\n${LOOKUP}`, 'SCHEMA_VIOLATION'],
  ['a negative length', `${START}content-length: -1\r\n\r\n${LOOKUP}`, 'SCHEMA_VIOLATION'],
  ['a length in hexadecimal', `${START}content-length: 0x10\r\n\r\n${LOOKUP}`, 'SCHEMA_VIOLATION'],
  [
    'a length beyond all numbers',
    `${START}content-length: 99999999999999999999999\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  ['an unknown coding', `${START}transfer-encoding: xchunked\r\n\r\n${chunked(LOOKUP)}`, 'SCHEMA_VIOLATION'],
  [
    'a coding behind chunked',
    `${START}transfer-encoding: chunked, identity\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a coding before chunked',
    `${START}transfer-encoding: gzip, chunked\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  ['identity', `${START}transfer-encoding: identity\r\n\r\n${LOOKUP}`, 'SCHEMA_VIOLATION'],
  [
    'chunked twice',
    `${START}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  ['chunked in quotes', `${START}transfer-encoding: "chunked"\r\n\r\n${chunked(LOOKUP)}`, 'SCHEMA_VIOLATION'],
  [
    'chunked behind a vertical tab',
    `${START}transfer-encoding: \x0bchunked\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'chunked in HTTP/1.0',
    `${START.replace('1.1', '1.0')}transfer-encoding: chunked\r\n\r\n${chunked(LOOKUP)}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a chunk without a size',
    `${START}transfer-encoding: chunked\r\n\r\n${chunked(LOOKUP, 'zz')}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a chunk size with a sign',
    `${START}transfer-encoding: chunked\r\n\r\n${chunked(LOOKUP, '-1')}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a chunk size beyond all numbers',
    `${START}transfer-encoding: chunked\r\n\r\n${chunked(LOOKUP, 'f'.repeat(20))}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a chunk longer than its size',
    `${START}transfer-encoding: chunked\r\n\r\n${chunked(LOOKUP, '1')}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a chunk size ended by a bare line feed',
    `${START}transfer-encoding: chunked\r\n\r\n${LOOKUP.length.toString(16)}\n${LOOKUP}\r\n0\r\n\r\n`,
    'SCHEMA_VIOLATION',
  ],
  [
    'extensions of a chunk without end',
    `${START}transfer-encoding: chunked\r\n\r\n5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    'BODY_TOO_LARGE',
    413,
  ],
  [
    'bare line feeds',
    `${START}content-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`.replaceAll('\r\n', '\n'),
    'SCHEMA_VIOLATION',
  ],
  [
    'one bare line feed',
    `${START}x-one: a\nx-two: b\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a bare carriage return',
    `${START}x-one: a\rb\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a folded header',
    `${START}x-one: a\r\n b\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  ['a folded length', `${START}content-length:\r\n ${LOOKUP.length}\r\n\r\n${LOOKUP}`, 'SCHEMA_VIOLATION'],
  [
    'a blank before the colon',
    `${START}content-length : ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a header without a name',
    `${START}: a\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'NUL in a value',
    `${START}x-one: a\0b\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'NUL in a name',
    `${START}x-\0one: a\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'no Host',
    `${START.replace('host: localhost\r\n', '')}content-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  ['HTTP/1.0 without Host', 'GET /health/live HTTP/1.0\r\n\r\n', 'HOST_NOT_ALLOWED', 421],
  [
    'headers of twenty kilobytes',
    `${START}x-long: ${'9'.repeat(20_000)}\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'HEADERS_TOO_LARGE',
    431,
  ],
  [
    'a target of twenty kilobytes',
    `GET /${'9'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    'HEADERS_TOO_LARGE',
    431,
  ],
  ['no HTTP', `${ROBIN}\r\n\r\n`, 'SCHEMA_VIOLATION'],
  ['nothing but bytes', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 'SCHEMA_VIOLATION'],
  ['another version', `GET /health/live HTTP/1.2\r\nhost: localhost\r\n\r\n`, 'SCHEMA_VIOLATION'],
  ['HTTP/0.9', 'GET /health/live\r\n\r\n', 'HOST_NOT_ALLOWED', 421],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'SCHEMA_VIOLATION'],
  [
    'a lower-case method',
    `${START.replace('POST', 'post')}content-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'SCHEMA_VIOLATION',
  ],
  [
    'a second Host behind two thousand headers',
    `${START}${MANY}host: a.example\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'HEADER_REPEATED',
  ],
  [
    'a second Content-Type behind two thousand headers',
    `${START}${MANY}content-type: text/plain\r\ncontent-length: ${LOOKUP.length}\r\n\r\n${LOOKUP}`,
    'HEADER_REPEATED',
  ],
  ['CONNECT', 'CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n', 'NOT_FOUND', 404],
  [
    'CONNECT by another name',
    'CONNECT a.example:80 HTTP/1.1\r\nhost: a.example\r\n\r\n',
    'HOST_NOT_ALLOWED',
    421,
  ],
]

t.test(
  'what no two programs read alike is refused, closes the connection, and nothing behind it is carried out',
  async (t) => {
    const { hub } = await openHub(t)
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    await hub.listen()
    const before = await stateOf(hub, [HALTON])
    for (const [name, bytes, code, status = 400] of BROKEN) {
      const said = await sendRaw(hub, Buffer.from(bytes + SMUGGLED, 'latin1'))
      const [answer, ...others] = readAnswers(said)
      const problem = JSON.parse(answer?.body ?? '{}')
      t.match(problem, { type: `urn:cpis-hub:problem:${code}`, status, code, detail: /\w/ }, name)
      t.match(
        answer?.headers,
        { connection: 'close', 'x-simulated': 'true', 'x-request-id': problem.instance },
        name,
      )
      t.equal(answer?.status, status, name)
      t.same(others, [], name)
      t.notOk(said.includes(ROBIN), 'nothing that was sent is quoted')
      t.equal(
        (await get(hub, `/v1/authorities/${HALTON}`)).wave,
        1,
        `${name}: nothing behind it is carried out`,
      )
    }
    t.same(await stateOf(hub, [HALTON]), before, 'nothing changed')

    const good = `${START}transfer-encoding: chunked\r\n\r\n${chunked(LOOKUP)}${SMUGGLED}`
    const last = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
    const statuses = readAnswers(await sendRaw(hub, good + last)).map(({ status }) => status)
    t.same(statuses, [200, 200, 200], 'two requests that are well-formed are two requests')
    t.equal((await get(hub, `/v1/authorities/${HALTON}`)).wave, 7)
  },
)

t.test('what is unusual and clear is answered', async (t) => {
  const { hub } = await openHub(t)
  await hub.listen()
  const close = 'connection: close\r\n'
  const unusual: [name: string, bytes: string, status: number][] = [
    ['blank lines before it', `\r\n\r\nGET /health/live HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`, 200],
    ['HTTP/1.0', 'GET /health/live HTTP/1.0\r\nhost: localhost\r\n\r\n', 200],
    [
      'Expect: 100-continue',
      `${START}content-length: ${LOOKUP.length}\r\nexpect: 100-continue\r\n${close}\r\n${LOOKUP}`,
      200,
    ],
    [
      'an Expect that nobody knows',
      `${START}content-length: ${LOOKUP.length}\r\nexpect: miracles\r\n${close}\r\n${LOOKUP}`,
      200,
    ],
    [
      'an upgrade that is not taken',
      `GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close, upgrade\r\nupgrade: h2c\r\n\r\n`,
      200,
    ],
    ['chunked in capitals', `${START}transfer-encoding: CHUNKED\r\n${close}\r\n${chunked(LOOKUP)}`, 200],
    [
      'trailers',
      `${START}transfer-encoding: chunked\r\n${close}\r\n${LOOKUP.length.toString(16)}\r\n${LOOKUP}\r\n0\r\nx-more: a\r\n\r\n`,
      200,
    ],
    [
      'a GET with a body',
      `GET /health/live HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n${close}\r\nhello`,
      200,
    ],
    [
      'the Origin of another site behind two thousand headers',
      `GET /health/live HTTP/1.1\r\nhost: localhost\r\n${MANY}origin: http://a.example\r\n${close}\r\n`,
      403,
    ],
    ['TRACE', `TRACE /health/live HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`, 405],
    ['OPTIONS of all', `OPTIONS * HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`, 404],
  ]
  for (const [name, bytes, status] of unusual) {
    const said = (await sendRaw(hub, bytes)).replace('HTTP/1.1 100 Continue\r\n\r\n', '')
    t.match(readAnswers(said), [{ status, headers: { 'x-simulated': 'true' } }], name)
  }
})

t.test('a connection that is reset after a CONNECT takes nothing with it', async (t) => {
  const { hub } = await openHub(t)
  await hub.listen()
  const live = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n'
  const connect = 'CONNECT a.example:1 HTTP/1.1\r\nhost: localhost\r\n\r\n'
  for (let i = 0; i < 60; i += 1) {
    const connection = await openRaw(hub)
    await connection.write(`${i % 2 === 0 ? '' : live}${connect}${'x'.repeat(i * 10)}`)
    // At once, or when the answer has come.
    if (i % 3 === 0) await new Promise((resolve) => connection.socket.once('data', resolve))
    if (i % 4 === 0) connection.socket.destroy()
    else connection.socket.resetAndDestroy()
    await connection.ended
  }
  t.equal((await fetch(`${hub.url}/health/live`)).status, 200)
})

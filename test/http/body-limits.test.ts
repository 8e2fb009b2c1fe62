import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { putAuthority } from '../helpers/calls.js'
import { openHub } from '../helpers/hub.js'
import { openRaw, readAnswers, sendRaw } from '../helpers/raw.js'
import { aDataset, aRecord, aVisit, HALTON, ROBIN, WHISTON_NURSE } from '../helpers/seed.js'

const base = `/v1/authorities/${HALTON}`
const KIBIBYTE = 1024
const DATASET_MAX = 100_000

interface Limited {
  method: 'POST' | 'PUT'
  path: string
  message: object
  bytesMax: number
  good: number
  code: string
}

const ROUTES: Limited[] = [
  {
    method: 'POST',
    path: '/v1/lookups',
    message: { nhsNumber: ROBIN, requester: WHISTON_NURSE },
    bytesMax: 16 * KIBIBYTE,
    good: 200,
    code: 'BODY_TOO_LARGE',
  },
  {
    method: 'POST',
    path: '/v1/attendances',
    message: aVisit(ROBIN),
    bytesMax: 16 * KIBIBYTE,
    good: 201,
    code: 'BODY_TOO_LARGE',
  },
  {
    method: 'PUT',
    path: base,
    message: { wave: 2 },
    bytesMax: 16 * KIBIBYTE,
    good: 200,
    code: 'BODY_TOO_LARGE',
  },
  {
    method: 'POST',
    path: `${base}/notifications/lease`,
    message: {},
    bytesMax: 16 * KIBIBYTE,
    good: 200,
    code: 'BODY_TOO_LARGE',
  },
  {
    method: 'POST',
    path: `${base}/notifications/acknowledge`,
    message: { ids: ['x'] },
    bytesMax: 64 * KIBIBYTE,
    good: 200,
    code: 'BODY_TOO_LARGE',
  },
  {
    method: 'POST',
    path: `${base}/notifications/release`,
    message: { ids: ['x'] },
    bytesMax: 64 * KIBIBYTE,
    good: 200,
    code: 'BODY_TOO_LARGE',
  },
  {
    method: 'POST',
    path: `${base}/datasets?dryRun=true`,
    message: aDataset(1, [aRecord()]),
    bytesMax: DATASET_MAX,
    good: 200,
    code: 'DATASET_TOO_LARGE',
  },
]

/** The message with blanks before its last brace, so many bytes long. */
function padded(message: object, bytes: number): string {
  const text = JSON.stringify(message)
  return `${text.slice(0, -1)}${' '.repeat(bytes - text.length)}}`
}

function head({ method, path }: Pick<Limited, 'method' | 'path'>, ...lines: string[]): string {
  const all = [`${method} ${path} HTTP/1.1`, 'host: localhost', 'content-type: application/json', ...lines]
  return `${all.join('\r\n')}\r\n\r\n`
}

const withLength = (route: Limited, body: string) => head(route, `content-length: ${body.length}`) + body
const inChunks = (route: Limited, body: string) => {
  const half = body.length >> 1
  const chunks = [body.slice(0, half), body.slice(half)].map(
    (each) => `${each.length.toString(16)}\r\n${each}\r\n`,
  )
  return `${head(route, 'transfer-encoding: chunked')}${chunks.join('')}0\r\n\r\n`
}

/** Sends one request on a connection of its own and answers what is answered. */
async function answerTo(t: Test, hub: Hub, bytes: string) {
  const connection = await openRaw(hub)
  const answered = new Promise((resolve) => connection.socket.once('data', resolve))
  await connection.write(bytes)
  await Promise.race([answered, connection.ended])
  connection.socket.end()
  const answers = readAnswers(await connection.ended)
  t.equal(answers.length, 1)
  return { status: answers[0]?.status, code: JSON.parse(answers[0]?.body ?? '{}').code }
}

t.test(
  'each route takes a body of its limit and refuses one byte more, with a length and without',
  async (t) => {
    const { hub } = await openHub(t, { datasetMaxBytes: DATASET_MAX })
    for (const route of ROUTES) {
      for (const form of [withLength, inChunks]) {
        const name = `${route.path} ${form.name}`
        t.match(
          await answerTo(t, hub, form(route, padded(route.message, route.bytesMax))),
          { status: route.good },
          name,
        )
        const over = await answerTo(t, hub, form(route, padded(route.message, route.bytesMax + 1)))
        t.same(over, { status: 413, code: route.code }, name)
      }
    }
  },
)

t.test('a caller who sends everything before reading anything reads why it was refused', async (t) => {
  const { hub } = await openHub(t, { datasetMaxBytes: DATASET_MAX })
  await putAuthority(hub, HALTON, { status: 'suspended' })
  const [lookup] = ROUTES as [Limited]
  const dataset = { method: 'POST', path: `${base}/datasets` } as const
  const unknown = { method: 'POST', path: '/v1/authorities/E06999999/datasets' } as const
  const length = 900_000
  const cases: [head: string, status: number, code: string][] = [
    [head(lookup, `content-length: ${length}`), 413, 'BODY_TOO_LARGE'],
    [head(dataset, `content-length: ${length}`), 409, 'AUTHORITY_SUSPENDED'],
    [head(unknown, `content-length: ${length}`), 404, 'AUTHORITY_UNKNOWN'],
    [head({ method: 'POST', path: '/nowhere' }, `content-length: ${length}`), 404, 'NOT_FOUND'],
    [head({ method: 'PUT', path: '/v1/lookups' }, `content-length: ${length}`), 405, 'METHOD_NOT_ALLOWED'],
    [head(lookup, `content-length: ${length}`).replace('/json', '/xml'), 415, 'CONTENT_TYPE'],
    [head(lookup, 'content-length: 5', `content-length: ${length}`), 400, 'HEADER_REPEATED'],
    [head(lookup, 'x-request-id: a', 'x-request-id: b', `content-length: ${length}`), 400, 'HEADER_REPEATED'],
    [
      head(lookup, `content-length: ${length}`).replace('host: localhost', 'host: evil.example'),
      421,
      'HOST_NOT_ALLOWED',
    ],
  ]
  for (const [head, status, code] of cases) {
    // Nothing is read until all of it is written, as by a client that knows no better.
    const connection = await openRaw(hub, { reads: false })
    await connection.write(head)
    for (let sent = 0; sent < length; sent += 100_000) {
      await connection.write(' '.repeat(100_000))
      // The hub's turn: it has refused the request long before its body is complete.
      await setImmediate()
    }
    t.notOk(connection.socket.destroyed, `${code}: all of it could be sent`)
    connection.socket.resume()
    const [answer, ...others] = readAnswers(await connection.ended)
    t.match(answer, { status, headers: { connection: 'close' } }, code)
    t.equal(JSON.parse(answer?.body ?? '{}').code, code)
    t.same(others, [])
  }
})

t.test('a body in chunks of one byte is the same body', async (t) => {
  const { hub } = await openHub(t)
  for (const { method, path, message, good } of [
    ROUTES[0] as Limited,
    { method: 'POST', path: `${base}/datasets`, message: aDataset(1, [aRecord()]), good: 201 },
  ]) {
    const chunks = [...JSON.stringify(message)].map((character) => `1\r\n${character}\r\n`)
    const said = await sendRaw(
      hub,
      `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`,
    )
    t.match(readAnswers(said), [{ status: good }], path)
  }
})

t.test('what is discarded after a refusal is bounded in bytes', async (t) => {
  const { hub } = await openHub(t)
  const [lookup] = ROUTES as [Limited]
  for (const line of ['content-length: 100000000', 'transfer-encoding: chunked']) {
    const connection = await openRaw(hub)
    await connection.write(head(lookup, line))
    const chunk = 'x'.repeat(100_000)
    let written = 0
    while (!connection.socket.destroyed && written < 100_000_000) {
      await connection.write(
        line.startsWith('content') ? chunk : `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
      )
      written += chunk.length
    }
    await connection.ended
    t.ok(written < 50_000_000, `closed after ${written} bytes, the system's own buffers included`)
  }
})

t.test('and in time: a caller who stops sending is not waited for', async (t) => {
  const timers: { delayMs: number; callback: () => void }[] = []
  const machineClock = {
    now: () => 0,
    after(delayMs: number, callback: () => void) {
      const timer = { delayMs, callback }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
  }
  const { hub } = await openHub(t, { machineClock })
  const [lookup] = ROUTES as [Limited]
  const connection = await openRaw(hub)
  const answered = new Promise((resolve) => connection.socket.once('data', resolve))
  connection.socket.allowHalfOpen = true
  await connection.write(head(lookup, 'content-length: 100000000'))
  await answered
  const end = timers.find(({ delayMs }) => delayMs === 2000)
  t.ok(end, 'two seconds of the machine’s clock')
  end?.callback()
  connection.socket.end()
  t.match(readAnswers(await connection.ended), [{ status: 413 }])
})

t.test('a small body that is refused costs no connection', async (t) => {
  const { hub } = await openHub(t)
  const connection = await openRaw(hub)
  const path = '/v1/authorities/E06999999/notifications/release'
  const body = '{"ids":["x"]}'
  const refused = withLength({ method: 'POST', path } as Limited, body)
  await connection.write(refused.repeat(2))
  await connection.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  t.same(
    readAnswers(await connection.ended).map(({ status }) => status),
    [404, 404, 200],
  )
})

t.test('what stands behind a request that ends its connection is not carried out', async (t) => {
  const { hub } = await openHub(t, { datasetMaxBytes: DATASET_MAX })
  const [lookup] = ROUTES as [Limited]
  const put = ROUTES.find(({ method }) => method === 'PUT') as Limited
  const first = withLength(lookup, padded(lookup.message, 20_000))
  const said = await sendRaw(hub, first + withLength(put, '{"wave":7}'))
  t.same(
    readAnswers(said).map(({ status }) => status),
    [413],
  )
  t.equal((await hub.app.inject(base)).json().wave, 1)
})

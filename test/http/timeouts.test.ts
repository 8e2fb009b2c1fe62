import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { openHub } from '../helpers/hub.js'
import { openRaw, type RawAnswer, readAnswers, sendRaw } from '../helpers/raw.js'
import { aDataset, aRecord, HALTON, lookUp, ROBIN, WHISTON_NURSE } from '../helpers/seed.js'
import { steppedClock } from '../helpers/stepped-clock.js'
import { until } from '../helpers/until.js'

const KIBIBYTE = 1024

async function openAtClock(t: Test) {
  const clock = steppedClock()
  const { hub } = await openHub(t, { machineClock: clock })
  await hub.listen()
  // The hub holds no timer that a test would have to let pass before it can close.
  t.teardown(() => hub.app.server.closeAllConnections())
  return { hub, clock }
}

/** Begins a request and resolves when the hub has its head and the first byte of its body. */
async function begin(hub: Hub, path: string, line: string) {
  const connection = await openRaw(hub)
  const begun = once(hub.app.server, 'request')
  await connection.write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${line}\r\n\r\n`,
  )
  const [request] = await begun
  /** Sends more of the body and resolves when the hub has read it. */
  const send = async (bytes: string) => {
    const before = request.socket.bytesRead
    await connection.write(bytes)
    while (request.socket.bytesRead < before + bytes.length && !request.socket.destroyed) await setImmediate()
  }
  return { ...connection, send }
}

t.test(
  'a body that is dripped is cut off after thirty seconds, on every route that is no dataset',
  async (t) => {
    const { hub, clock } = await openAtClock(t)
    const base = `/v1/authorities/${HALTON}`
    for (const path of ['/v1/lookups', '/v1/attendances', `${base}/notifications/acknowledge`]) {
      const dripping = await begin(hub, path, 'content-length: 1000')
      await clock.passSeconds(1)
      for (let second = 0; second < 29; second += 1) {
        await dripping.send(' ')
        await clock.passSeconds(1)
      }
      t.notOk(dripping.socket.destroyed, 'not before')
      await clock.passSeconds(1)
      const [answer, ...others] = readAnswers(await dripping.ended)
      t.match(answer, { status: 408, headers: { connection: 'close', 'x-simulated': 'true' } }, path)
      t.match(JSON.parse(answer?.body ?? '{}'), { code: 'REQUEST_TIMEOUT', status: 408 }, path)
      t.same(others, [])
    }
  },
)

t.test('a dataset has five minutes as long as eighty kilobytes come in ten seconds', async (t) => {
  const { hub, clock } = await openAtClock(t)
  const path = `/v1/authorities/${HALTON}/datasets`
  const text = JSON.stringify(aDataset(1, [aRecord()]))
  const enough = 8 * KIBIBYTE
  const length = 20 * 10 * enough + text.length
  const steady = await begin(hub, path, `content-length: ${length}`)
  await clock.passSeconds(1)
  for (let second = 0; second < 200; second += 1) {
    await steady.send(' '.repeat(enough))
    await clock.passSeconds(1)
  }
  const answered = once(steady.socket, 'data')
  await steady.send(text)
  await answered
  steady.socket.end()
  t.match(readAnswers(await steady.ended), [{ status: 201 }])

  const slow = await begin(hub, path, `content-length: ${length}`)
  await clock.passSeconds(1)
  for (let second = 0; second < 10; second += 1) {
    await slow.send(' '.repeat(second === 0 ? enough - 1 : enough))
    await clock.passSeconds(1)
  }
  t.match(readAnswers(await slow.ended), [{ status: 408, body: /REQUEST_TIMEOUT/ }], 'one byte less')

  const endless = await begin(hub, path, 'transfer-encoding: chunked')
  await clock.passSeconds(1)
  const chunk = `${(10 * enough).toString(16)}\r\n${' '.repeat(10 * enough)}\r\n`
  for (let second = 0; second < 299; second += 1) {
    if (second % 9 === 0) await endless.send(chunk)
    await clock.passSeconds(1)
  }
  t.notOk(endless.socket.destroyed, 'not before')
  await clock.passSeconds(1)
  t.match(readAnswers(await endless.ended), [{ status: 408, body: /REQUEST_TIMEOUT/ }], 'five minutes in all')
})

t.test('a caller who drips on after it was refused is left alone no longer', async (t) => {
  const { hub, clock } = await openAtClock(t)
  const refused = await begin(hub, '/v1/authorities/E06999999/datasets', 'content-length: 1000')
  if (refused.socket.readableLength === 0) await once(refused.socket, 'data')
  await clock.passSeconds(35)
  t.match(readAnswers(await refused.ended), [{ status: 404 }], 'nothing but its answer')
})

t.test('five hundred dripping connections leave nothing behind, and lookups go on', async (t) => {
  const { hub, clock } = await openAtClock(t)
  let begun = 0
  hub.app.server.on('request', () => {
    begun += 1
  })
  const head = 'POST /v1/lookups HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
  const dripping = await Promise.all(Array.from({ length: 500 }, () => openRaw(hub)))
  for (const { write } of dripping) await write(`${head}content-length: 10000\r\n\r\n{`)
  while (begun < 500) await setImmediate()
  await clock.passSeconds(20)
  t.equal((await lookUp(hub, ROBIN)).statusCode, 200)
  await clock.passSeconds(12)
  const ends = await Promise.all(dripping.map(({ ended }) => ended))
  t.ok(ends.every((said) => readAnswers(said)[0]?.status === 408))
  const open = () =>
    new Promise<number>((resolve) => hub.app.server.getConnections((_error, count) => resolve(count)))
  while ((await open()) > 0) await setImmediate()
})

t.test('headers that do not come in time are 408; the rest is limited too', async (t) => {
  const { hub } = await openHub(t)
  await hub.listen()
  const { headersTimeout, requestTimeout, maxConnections, keepAliveTimeout } = hub.app.server
  t.same([headersTimeout, requestTimeout, maxConnections, keepAliveTimeout], [10_000, 330_000, 4_096, 72_000])
  // Node looks every two seconds by the machine's own clock.
  hub.app.server.headersTimeout = 1
  const connection = await openRaw(hub)
  await connection.write('GET /health/live HTTP/1.1\r\nhost: local')
  const [answer] = readAnswers(await connection.ended)
  t.match(answer, { status: 408, headers: { connection: 'close' }, body: /"code":"REQUEST_TIMEOUT"/ })
})

const LIVE = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n'
const AT_ONCE = 10

/** Which of the answers say that the connection closes. */
function closings(answers: RawAnswer[]): number[] {
  return answers.flatMap(({ headers }, i) => (headers.connection === 'close' ? [i] : []))
}

t.test('a kept connection serves its callers until it has served enough of them', async (t) => {
  const { hub } = await openHub(t)
  await hub.listen()
  const connection = await openRaw(hub)
  let served = 0
  connection.socket.on('data', (text: string) => {
    served += text.split('HTTP/1.1 200').length - 1
  })
  for (let sent = 0; sent < 1_003; sent += AT_ONCE) {
    await connection.write(LIVE.repeat(AT_ONCE))
    await until('they are served', () => served >= Math.min(sent + AT_ONCE, 1_000))
  }
  const answers = readAnswers(await connection.ended)
  t.equal(answers.length, 1_000)
  t.ok(answers.every(({ status }) => status === 200))
  t.same(closings(answers), [999])
})

t.test(
  'of a hundred requests that wait for no answer sixteen are answered, and the connection closes',
  async (t) => {
    const { hub } = await openHub(t)
    const answers = readAnswers(await sendRaw(hub, LIVE.repeat(100)))
    t.same(
      answers.map(({ status }) => status),
      Array(16).fill(200),
    )
    t.same(closings(answers), [15])
  },
)

t.test('their answers arrive although a body stands behind them that nobody reads', async (t) => {
  const { hub } = await openHub(t)
  const body = ' '.repeat(900_000)
  const late = `POST /v1/lookups HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const connection = await openRaw(hub, { allowHalfOpen: true })
  connection.socket.once('end', () => connection.socket.end())
  await connection.write(`${'GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(16)}${late}`)
  const answers = readAnswers(await connection.ended)
  t.equal(answers.length, 16)
  t.same(closings(answers), [15])
})

t.test('an answer that is owed is not overtaken by the refusal of what stands behind it', async (t) => {
  const { hub } = await openHub(t)
  await hub.listen()
  const body = JSON.stringify({ nhsNumber: ROBIN, requester: WHISTON_NURSE })
  const lookup = `POST /v1/lookups HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const connection = await openRaw(hub)
  await connection.write(`${lookup}${ROBIN} is no request\r\n\r\n`)
  t.match(readAnswers(await connection.ended), [{ status: 200, body: /"found":false/ }])
})

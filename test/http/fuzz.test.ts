import assert from 'node:assert'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { type Hub, type MachineClock, systemClock } from '../../src/index.js'
import { aRequest, aTestersRequest, type FuzzedRequest, someBytes } from '../helpers/arbitrary-requests.js'
import { openHub } from '../helpers/hub.js'
import { allTogether, OPERATIONS, PROBLEMS_ALONE, type Reply, unknownIn } from '../helpers/openapi.js'
import { openRaw, readAnswers } from '../helpers/raw.js'
import { aDataset, aRecord, HALTON, ROBIN, submit } from '../helpers/seed.js'

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 6_000)
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_124)
const AT_ONCE = 10
// Of all requests, those that go over a socket byte by byte.
const RAW_SHARE = 0.15
// Some of these are reset, after this much of them.
const aReset = fc.option(
  fc.record({ after: fc.double({ min: 0, max: 1, noNaN: true }), hearsFirst: fc.boolean() }),
  { nil: undefined, freq: 10 },
)

// After these readiness and a dataset are answered whatever comes of them, and the intake's thread rests.
const TRUE_SECONDS = [5, 9, 10]
const WAITS_TRULY = new RegExp(`"waitSeconds":(${TRUE_SECONDS.join('|')})\\b`)

/** Time runs, and nobody waits for notifications: what is due within seconds is due at once. */
const hastyClock: MachineClock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const isSoon = delayMs <= 20_000 && !TRUE_SECONDS.includes(delayMs / 1_000)
    const timer = setTimeout(callback, isSoon ? Math.min(delayMs, 5) : delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

async function openFuzzed(test: Test): Promise<Hub> {
  const { hub } = await openHub(test, {
    machineClock: hastyClock,
    clock: systemClock,
    datasetMaxBytes: 100_000,
    datasetMaxRecords: 50,
    testerControls: false,
  })
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  return hub
}

/** Asks, and answers the status; throws when the contract does not know the answer. */
async function ask(hub: Hub, { operation, url, headers, body }: FuzzedRequest): Promise<number> {
  const request = { method: operation.method, url, headers, ...(body !== undefined && { payload: body }) }
  const reply = await hub.app.inject(request as InjectOptions)
  assert.equal(reply.headers['x-simulated'], 'true')
  assert.match(String(reply.headers['x-request-id']), /^[\x20-\x7e]{1,255}$/)
  const contentType = reply.headers['content-type']
  const answer: Reply = { status: reply.statusCode, contentType: String(contentType ?? ''), body: reply.body }
  // What the path became may be another operation's, or none's.
  assert.equal(unknownIn({ ...PROBLEMS_ALONE, ...operation.responses }, answer), undefined, answer.body)
  return reply.statusCode
}

t.test('no request brings an answer that the contract does not know', async (t) => {
  const hub = await openFuzzed(t)
  const counts = new Map<number, number>()
  const property = fc.asyncProperty(
    fc.array(aRequest, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' }),
    async (requests) => {
      const hasty = requests.filter(({ body }) => typeof body !== 'string' || !WAITS_TRULY.test(body))
      for (const status of await Promise.all(hasty.map((request) => ask(hub, request))))
        counts.set(status, (counts.get(status) ?? 0) + 1)
    },
  )
  const numRuns = Math.ceil((REQUESTS * (1 - RAW_SHARE)) / AT_ONCE)
  await fc.assert(property, {
    seed: SEED,
    numRuns,
    interruptAfterTimeLimit: 3_600_000,
    markInterruptAsFailure: true,
  })
  const answered = [...counts.values()].reduce((sum, count) => sum + count, 0)
  t.ok(answered > REQUESTS * 0.8, `${answered} requests`)
  t.comment(JSON.stringify(Object.fromEntries(counts)))
  for (const status of [200, 400, 404, 415, 421]) t.ok(counts.has(status), `some were answered ${status}`)
  t.ok((counts.get(503) ?? 0) < REQUESTS / 20, 'and hardly any put off')
  t.equal((await hub.app.inject('/health/ready')).statusCode, 200)
})

// Large worlds and long waits are for tests of their own.
const TAKES_LONG = /england|halton|"within":"(?!PT5S)|"advance":"(?!PT25H|P1D)|"now"/

t.test('nor does anything that testers ask', async (t) => {
  const { hub } = await openHub(t, { machineClock: { ...hastyClock, after: atOnce } })
  const property = fc.asyncProperty(
    fc.array(aTestersRequest, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' }),
    async (requests) => {
      const quick = requests.filter(({ body }) => typeof body !== 'string' || !TAKES_LONG.test(body))
      await Promise.all(quick.map((request) => ask(hub, request)))
    },
  )
  const numRuns = Math.ceil(REQUESTS / 10 / AT_ONCE)
  await fc.assert(property, { seed: SEED, numRuns })
  t.equal((await hub.app.inject('/health/ready')).statusCode, 200)
})

/** Whatever a tester waits for is over at once; the intake's thread rests. */
function atOnce(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs === 10_000 ? delayMs : Math.min(delayMs, 5))
  timer.unref()
  return () => clearTimeout(timer)
}

t.test('nor do bytes that are hardly a request', async (t) => {
  const hub = await openFuzzed(t)
  await hub.listen()
  const anywhere = allTogether([PROBLEMS_ALONE, ...OPERATIONS.map(({ responses }) => responses)])
  const property = fc.asyncProperty(
    fc.array(fc.tuple(someBytes, aReset), { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' }),
    async (all) => {
      await Promise.all(
        all.map(async ([bytes, reset]) => {
          const connection = await openRaw(hub, { allowHalfOpen: true })
          await connection.write(bytes.subarray(0, Math.ceil(bytes.length * (reset?.after ?? 1))))
          if (reset !== undefined) {
            if (reset.hearsFirst) await new Promise((resolve) => setImmediate(resolve))
            connection.socket.resetAndDestroy()
            return
          }
          connection.socket.end()
          const said = (await connection.ended).replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '')
          for (const { status, headers, body } of readAnswers(said)) {
            assert.equal(headers['x-simulated'], 'true')
            assert.ok(status < 500 || status === 503, `${status} ${body}`)
            assert.ok(status in anywhere, `${status} ${body}`)
            if (status >= 400) {
              const contentType = headers['content-type']
              // A returned dataset is a receipt; a HEAD has no body.
              if (status !== 422 && body !== '')
                assert.equal(unknownIn(anywhere, { status, contentType, body }), undefined)
            }
          }
        }),
      )
    },
  )
  const numRuns = Math.ceil((REQUESTS * RAW_SHARE) / AT_ONCE)
  await fc.assert(property, {
    seed: SEED,
    numRuns,
    interruptAfterTimeLimit: 3_600_000,
    markInterruptAsFailure: true,
  })
  t.pass(`${numRuns * AT_ONCE} connections`)
  t.equal((await hub.app.inject('/health/ready')).statusCode, 200)
})

t.test('the check knows an answer that is not in the contract', async (t) => {
  const [lookup] = OPERATIONS.filter(({ path }) => path === '/v1/lookups')
  const { responses } = lookup as (typeof OPERATIONS)[number]
  const problem = { type: 'urn:x', title: 'x', status: 400, detail: 'x', code: 'X' }
  const contentType = 'application/problem+json; charset=utf-8'
  const good = { status: 400, contentType, body: JSON.stringify(problem) }
  t.equal(unknownIn(responses, good), undefined)
  t.ok(unknownIn(responses, { ...good, status: 500 }))
  t.ok(unknownIn(responses, { ...good, status: 418 }))
  t.ok(unknownIn(responses, { ...good, contentType: 'application/json' }))
  t.ok(unknownIn(responses, { ...good, body: JSON.stringify({ ...problem, code: undefined }) }))
  t.ok(
    unknownIn(responses, { status: 200, contentType: 'application/json', body: `{"nhsNumber":"${ROBIN}"}` }),
  )
})

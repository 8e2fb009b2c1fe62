import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { EventStreams } from '../../src/http/tester/event-streams.js'
import type { Hub } from '../../src/index.js'
import { HubEvents } from '../../src/tester/hub-events.js'
import { get } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
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
  submit,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'
import { steppedClock } from '../helpers/stepped-clock.js'
import { until } from '../helpers/until.js'

interface SeenEvent {
  id: string | undefined
  event: string
  data: Record<string, unknown>
}

interface View {
  answer: IncomingMessage
  sent: ClientRequest
  /** All that came, also the comments. */
  readonly text: string
  readonly events: SeenEvent[]
  /** Resolves when the hub has ended it. */
  ended: Promise<void>
}

/** Looks on as a page would, over the wire. */
async function look(t: Test, hub: Hub, headers: Record<string, string> = {}): Promise<View> {
  const url = hub.url ?? (await hub.listen())
  const sent = request(`${url}/tester/events`, { headers, agent: false })
  t.teardown(() => void sent.destroy())
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject).end()
  })
  sent.on('error', () => {})
  let text = ''
  answer.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const ended = new Promise<void>((resolve) => answer.once('close', resolve))
  answer.on('error', () => {})
  return {
    answer,
    sent,
    ended,
    get text() {
      return text
    },
    get events() {
      return eventsIn(text)
    },
  }
}

function eventsIn(text: string): SeenEvent[] {
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 2)
  return whole
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      return { id: field('id'), event: field('event') as string, data: JSON.parse(field('data') ?? 'null') }
    })
}

const came = (view: View, count: number) => until(`${count} events came`, () => view.events.length >= count)

/** The events without those of requests, each as one line of what is told. */
const beside = (view: View) =>
  view.events.filter(({ event }) => event !== 'request').map(({ event, data }) => ({ event, ...data }))

t.test('GET /tester/events tells what happens, while it happens, without names and numbers', async (t) => {
  const { hub } = await openHub(t)
  const view = await look(t, hub)
  t.match(view.answer.headers, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-simulated': 'true',
    connection: 'close',
  })
  const sent = [aRecord({ familyName: 'Ashdown', givenNames: ['Robin'] }), aRecord({ planType: 'LAC' })]
  const { id: datasetId } = (await submit(hub, HALTON, aDataset(1, sent))).json()
  const { id: returnedId } = (
    await submit(hub, WARRINGTON, aDataset(1, [aRecord({ nhsNumber: '1' })]))
  ).json()
  const accessId = (await lookUp(hub, ROBIN)).json().access.id
  await lookUp(hub, ROBIN)
  await lookUp(hub, ROBIN, { careSetting: 'scheduled' })
  await lookUp(hub, NOBODY)
  const visitId = (await attend(hub, ROBIN)).json().id
  await lease(hub, HALTON, { max: 1 })
  await release(hub, HALTON, [`${accessId}.${HALTON}`])
  await acknowledge(hub, HALTON, [`${accessId}.${HALTON}`, 'none'])
  const url = `/tester/notifications/${accessId}.${HALTON}`
  await hub.app.inject({ method: 'PATCH', url, payload: { state: 'queued' } })
  await hub.app.inject({ method: 'POST', url: '/tester/faults', payload: { times: 1, do: { status: 503 } } })
  await get(hub, '/v1/freshness').catch(() => undefined)
  await hub.clock.set({ now: '2026-11-26T12:00:00Z', frozen: true })
  await until('the clock was told of', () => view.events.some(({ event }) => event === 'clock'))

  const told = `${accessId}.${HALTON}`
  const at = NOW
  t.match(beside(view), [
    { event: 'receipt', at, datasetId, authorityCode: HALTON, outcome: 'accepted', recordCount: 2 },
    {
      event: 'receipt',
      at,
      datasetId: returnedId,
      authorityCode: WARRINGTON,
      outcome: 'returned',
      findingCount: 1,
    },
    { event: 'access', at, accessId, odsCode: 'RBN01', notified: [HALTON] },
    { event: 'notification', notificationId: told, authorityCode: HALTON, state: 'queued', kind: 'access' },
    { event: 'notification', notificationId: `${visitId}.${HALTON}`, state: 'queued', kind: 'attendance' },
    { event: 'notification', notificationId: told, state: 'leased', attempt: 1 },
    { event: 'notification', notificationId: told, state: 'queued', released: true },
    { event: 'notification', notificationId: told, state: 'acknowledged' },
    { event: 'notification', notificationId: told, authorityCode: HALTON, state: 'queued', attempt: 1 },
    { event: 'fault', at, faultId: 'fault-1', effect: ['status'] },
    {
      event: 'notification',
      notificationId: `overdue-2026-11-25.${HALTON}`,
      state: 'queued',
      kind: 'dataset-overdue',
      at: '2026-11-26T12:00:00.000Z',
    },
    { event: 'clock', now: '2026-11-26T12:00:00.000Z', real: NOW, mode: 'frozen' },
  ])
  t.equal(beside(view).length, 12, 'and no more than that')
  const requests = view.events.filter(({ event }) => event === 'request')
  t.equal(requests.length, 11)
  const { durationMs: _, ...first } = requests[0]?.data ?? {}
  t.strictSame(first, {
    at,
    id: 1,
    method: 'POST',
    route: '/v1/authorities/{authorityCode}/datasets',
    caller: HALTON,
    requestId: first.requestId,
    status: 201,
    fault: null,
  })
  t.notMatch(view.text, /999000|Ashdown|Robin|Bright|Whiston/)
  const ids = view.events.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length, 'each has an id')
})

t.test('an NHS number in the place of an ODS code is not told', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const view = await look(t, hub)
  await lookUp(hub, ROBIN, {
    requester: { ...WHISTON_NURSE, organisation: { odsCode: ROBIN, name: 'A slip' } },
  })
  await came(view, 3)
  t.match(view.events, [
    { event: 'access', data: { odsCode: null, notified: [HALTON] } },
    { event: 'notification' },
    { event: 'request', data: { caller: null, status: 200 } },
  ])
  t.notMatch(view.text, ROBIN)
})

t.test('an authority whose plan came in between is told of, and the repeat is not', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const accessId = (await lookUp(hub, ROBIN)).json().access.id
  await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
  const view = await look(t, hub)
  await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'k' })
  await lookUp(hub, ROBIN, {}, { 'idempotency-key': 'k' })
  await came(view, 3)
  t.match(beside(view), [
    { event: 'notification', notificationId: `${accessId}.${WARRINGTON}`, state: 'queued', kind: 'access' },
  ])
  t.equal(beside(view).length, 1)
})

t.test('Last-Event-ID resumes, and says what is missing', async (t) => {
  const { hub } = await openHub(t, { testerEventsMax: 5 })
  const live = (n: number) => hub.app.inject({ url: '/health/live', headers: { 'x-request-id': `r${n}` } })
  const seen = (view: View) =>
    view.events.map(({ event, data }) => (event === 'dropped' ? data : data.requestId))
  const first = await look(t, hub)
  await live(1)
  await came(first, 1)
  const [, afterFirst] = [first.sent.destroy(), first.events[0]?.id as string]
  for (const n of [2, 3]) await live(n)
  const resumed = await look(t, hub, { 'last-event-id': afterFirst })
  await came(resumed, 2)
  await live(4)
  await came(resumed, 3)
  t.same(seen(resumed), ['r2', 'r3', 'r4'])
  const upToDate = await look(t, hub, { 'last-event-id': resumed.events[2]?.id as string })
  for (const n of [5, 6, 7, 8]) await live(n)
  await came(upToDate, 4)
  t.same(seen(upToDate), ['r5', 'r6', 'r7', 'r8'])
  const late = await look(t, hub, { 'last-event-id': afterFirst })
  await came(late, 6)
  t.same(seen(late), [{ count: 2 }, 'r4', 'r5', 'r6', 'r7', 'r8'])
  for (const unknown of [afterFirst.replace(/-\d+$/, '-900'), '00000000-1', 'nonsense']) {
    const stranger = await look(t, hub, { 'last-event-id': unknown })
    await came(stranger, 6)
    t.same(seen(stranger), [{ count: null }, 'r4', 'r5', 'r6', 'r7', 'r8'], unknown)
  }
  const tooLong = await hub.app.inject({
    url: '/tester/events',
    headers: { 'last-event-id': 'x'.repeat(101) },
  })
  t.match(tooLong.json(), { code: 'SCHEMA_VIOLATION' })
})

t.test('a heartbeat comes every fifteen seconds of the machine’s clock', async (t) => {
  const machineClock = steppedClock()
  const { hub } = await openHub(t, { machineClock })
  const view = await look(t, hub)
  await machineClock.passSeconds(14)
  t.notMatch(view.text, 'heartbeat')
  await machineClock.passSeconds(16)
  await until('two have come', () => view.text.split(': heartbeat\n\n').length === 3)
  t.same(view.events, [])
})

t.test('a stop ends every view, and waits for none', async (t) => {
  const { hub } = await openHub(t)
  const views = [await look(t, hub), await look(t, hub)]
  await lookUp(hub, NOBODY)
  await hub.close()
  for (const view of views) {
    await view.ended
    t.ok(view.answer.complete, 'it ends whole')
    t.match(view.events, [{ event: 'request' }])
  }
})

t.test('so many may look on, and whoever goes makes room', async (t) => {
  const { hub } = await openHub(t)
  const views: View[] = []
  for (let i = 0; i < 20; i += 1) views.push(await look(t, hub))
  const refused = await hub.app.inject('/tester/events')
  t.match(refused.json(), { status: 409, code: 'TESTER_LIMIT' })
  views[0]?.sent.destroy()
  await until('there is room', async () => {
    const view = await look(t, hub)
    const isIn = view.answer.statusCode === 200
    if (!isIn) await view.ended
    return isIn
  })
  t.equal((await hub.app.inject({ method: 'HEAD', url: '/tester/events' })).statusCode, 405)
})

/** A reader whose system takes a few hundred bytes, and no more until it is told to read. */
function stalledReader() {
  let text = ''
  let proceed = () => {}
  const response = new Writable({
    highWaterMark: 300,
    write(piece, _encoding, done) {
      text += piece
      proceed = done
    },
  })
  return {
    response,
    get events() {
      return eventsIn(text)
    },
    read() {
      const taken = proceed
      proceed = () => {}
      taken()
    },
  }
}

t.test('a slow reader misses events and is told how many; one who reads nothing is dropped', async (t) => {
  const machineClock = steppedClock()
  const events = new HubEvents(10, () => NOW)
  const streams = new EventStreams(events, machineClock)
  const [slow, gone] = [stalledReader(), stalledReader()]
  for (const { response } of [slow, gone]) streams.open(response, undefined)
  for (let n = 1; n <= 100; n += 1) {
    events.publish('clock', { n })
    if (n % 10 === 0) await setImmediate()
  }
  t.ok(gone.response.writableLength < 3_000, 'what is not read is not kept')
  await machineClock.passSeconds(15)
  for (let i = 0; i < 20; i += 1) {
    slow.read()
    await setImmediate()
  }
  const told = slow.events.map(({ event, data }) => (event === 'dropped' ? data : data.n))
  const missed = told.find((each) => typeof each === 'object') as { count: number }
  t.equal(told.length - 1 + missed.count, 100)
  t.same(told.slice(-10), [91, 92, 93, 94, 95, 96, 97, 98, 99, 100])
  await machineClock.passSeconds(15)
  t.ok(gone.response.destroyed)
  t.notOk(slow.response.destroyed)
})

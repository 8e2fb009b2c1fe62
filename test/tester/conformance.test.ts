import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { AUTHORITY_CHECKS, HEALTH_CHECKS } from '../../src/tester/conformance/checks.js'
import { Conformance } from '../../src/tester/conformance/conformance.js'
import type { AuthorityExchange, HealthExchange } from '../../src/tester/conformance/exchange.js'
import { WatchedCallers } from '../../src/tester/conformance/watched-callers.js'
import { get, putAuthority, submitCsv } from '../helpers/calls.js'
import { NURSE, report as reportEncounter, SILENT, search, searchByForm } from '../helpers/fhir.js'
import { openHub } from '../helpers/hub.js'
import { postPeople, putPerson, ROBIN_ASHDOWN, trace } from '../helpers/people.js'
import { runCli } from '../helpers/process.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  attend,
  aVisit,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  syntheticNumber,
  TAYLOR,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'

const DATASETS = '/v1/authorities/{authorityCode}/datasets'
const LOOKUPS = '/v1/lookups'
const OURS = { 'nhsd-end-user-organisation-ods': 'RBN01' }
const SCHEDULED = { careSetting: 'scheduled' }
const WRONG = '9990000010'

interface CheckShown {
  id: string
  title: string
  state: string
  evidence: string[]
}

/** A machine's clock that a test moves, and by which nothing ever times out. */
function handClock() {
  let now = 0
  const pass = async (ms: number) => {
    // A turn of the event loop that takes so long would be load.
    await setImmediate()
    now += ms
  }
  return { now: () => now, after: () => () => {}, pass }
}

/** A hub and a machine, whose clocks go together unless a test moves the hub's alone. */
async function open(t: Test, options = {}) {
  const machineClock = handClock()
  const { hub, clock } = await openHub(t, { machineClock, ...options })
  const passHours = async (hours: number) => {
    await machineClock.pass(hours * 3_600_000)
    clock.set(new Date(Date.parse(clock()) + hours * 3_600_000).toISOString())
  }
  return { hub, clock, machineClock, passHours }
}

async function checksOf(hub: Hub, caller: string): Promise<Map<string, CheckShown>> {
  const side = /^E\d/.test(caller) ? 'authorities' : 'organisations'
  const { checks } = await get(hub, `/tester/conformance/${side}/${caller}`)
  return new Map(checks.map((check: CheckShown) => [check.id, check]))
}

/** `[state, ...evidence]` of one check. */
async function standing(hub: Hub, caller: string, id: string): Promise<string[]> {
  const check = (await checksOf(hub, caller)).get(id)
  return check === undefined ? ['no such check'] : [check.state, ...check.evidence]
}

const ofHalton = (hub: Hub, id: string) => standing(hub, HALTON, id)
const ofWhiston = (hub: Hub, id: string) => standing(hub, 'RBN01', id)

async function setFault(hub: Hub, rule: object): Promise<void> {
  const reply = await hub.app.inject({
    method: 'POST',
    url: '/tester/faults',
    payload: { times: 1, ...rule },
  })
  if (reply.statusCode !== 201) throw new Error(reply.body)
}

const named = (id: string) => ({ 'x-request-id': id })

/** Sends a dataset with a request id; one whose reply is lost rejects, which is what was wanted. */
async function send(hub: Hub, id: string, dataset: object, query = ''): Promise<void> {
  const url = `/v1/authorities/${HALTON}/datasets${query}`
  await lost(hub.app.inject({ method: 'POST', url, payload: dataset, headers: named(id) }))
}

async function lost(reply: Promise<unknown>): Promise<void> {
  await reply.catch((error: Error) => {
    if (!/cut the connection/.test(error.message)) throw error
  })
}

const good = (sequence: number) => aDataset(sequence, [aRecord()])
const bad = (sequence: number) => aDataset(sequence, [aRecord({ nhsNumber: WRONG })])
const loseTheReply = (hub: Hub, route: string) =>
  setFault(hub, { match: { route, method: 'POST' }, do: { drop: 'after' } })

t.test(
  'all checks are listed always, in one order; of a caller that did nothing none was seen',
  async (t) => {
    const { hub } = await open(t)
    t.same(
      [...(await checksOf(hub, HALTON)).values()].map(({ id, state, evidence }) => [id, state, evidence]),
      [
        ['first-dataset', 'not-seen', []],
        ['corrected-after-return', 'not-seen', []],
        ['same-sequence-after-lost-reply', 'not-seen', []],
        ['waits-for-retry-after', 'not-seen', []],
        ['daily-for-seven-days', 'not-seen', []],
        ['collects-notifications', 'not-seen', []],
        ['keeps-before-acknowledging', 'not-observable', []],
        ['acts-once-on-a-repeat', 'not-observable', []],
        ['go-live-gate', 'not-seen', []],
      ],
    )
    t.same(
      [...(await checksOf(hub, 'RBN01')).values()].map(({ id, state }) => [id, state]),
      [
        ['traces-before-asking', 'not-seen'],
        ['unscheduled-by-default', 'not-seen'],
        ['silent-only-when-scheduled', 'not-seen'],
        ['shows-every-plan', 'not-observable'],
        ['retries-with-the-same-key', 'not-seen'],
        ['reports-the-visit', 'not-seen'],
      ],
    )
    const unknown = await hub.app.inject('/tester/conformance/authorities/E06999999')
    t.match(unknown.json(), { status: 404, code: 'AUTHORITY_UNKNOWN' })
    const strange = await hub.app.inject('/tester/conformance/organisations/rbn01')
    t.match(strange.json(), { status: 400, code: 'SCHEMA_VIOLATION' })
  },
)

t.test('without the controls there is nothing', async (t) => {
  const { hub } = await openHub(t, { testerControls: false })
  for (const of of [`authorities/${HALTON}`, 'organisations/RBN01'])
    t.equal((await hub.app.inject(`/tester/conformance/${of}`)).statusCode, 404)
})

t.test('first-dataset: one that is accepted, and neither a dry run nor a returned one', async (t) => {
  const { hub } = await open(t)
  await send(hub, 'dry', good(1), '?dryRun=true')
  await send(hub, 'bad', bad(1))
  t.same(await ofHalton(hub, 'first-dataset'), ['not-seen'])
  await send(hub, 'good', good(1))
  await send(hub, 'next', good(2))
  t.same(await ofHalton(hub, 'first-dataset'), ['shown', 'good'])
  t.same(await standing(hub, WARRINGTON, 'first-dataset'), ['not-seen'])
})

t.test('corrected-after-return: the same sequence shows it, another contradicts', async (t) => {
  const { hub } = await open(t)
  await send(hub, 'bad', bad(1))
  await send(hub, 'still-bad', bad(1))
  await send(hub, 'dry', good(7), '?dryRun=true')
  t.same(await ofHalton(hub, 'corrected-after-return'), ['not-seen'])
  await send(hub, 'mended', good(1))
  t.same(await ofHalton(hub, 'corrected-after-return'), ['shown', 'still-bad', 'mended'])
  await send(hub, 'bad-2', bad(2))
  await send(hub, 'retry-of-1', good(1))
  t.same((await ofHalton(hub, 'corrected-after-return'))[0], 'shown', 'a retry answers no return')
  await send(hub, 'burnt', good(3))
  t.same(await ofHalton(hub, 'corrected-after-return'), ['contradicted', 'burnt'])
  await send(hub, 'bad-4', bad(4))
  await send(hub, 'good-4', good(4))
  t.same(await ofHalton(hub, 'corrected-after-return'), ['contradicted', 'burnt'], 'it stays')
})

t.test('corrected-after-return: a free number below the returned one is another number too', async (t) => {
  const { hub } = await open(t)
  const id = 'corrected-after-return'
  await send(hub, 'one', good(1))
  await send(hub, 'bad-5', bad(5))
  await send(hub, 'retry-of-1', good(1))
  await setFault(hub, { match: { route: DATASETS }, do: { status: 503 } })
  await send(hub, 'perhaps-a-retry', good(1))
  t.same(await ofHalton(hub, id), ['not-seen'])
  await send(hub, 'three', good(3))
  await send(hub, 'mended', good(5))
  t.same(await ofHalton(hub, id), ['contradicted', 'three'])
  await send(hub, 'bad-9', bad(9))
  await send(hub, 'bad-7', bad(7))
  t.same(await ofHalton(hub, id), ['contradicted', 'three', 'bad-7'])
})

t.test('a return that the caller did not see, or before a seed, binds nobody', async (t) => {
  const { hub } = await open(t)
  await loseTheReply(hub, DATASETS)
  await send(hub, 'bad', bad(1))
  await hub.app.inject(`/v1/authorities/${HALTON}`)
  await send(hub, 'on', good(2))
  await send(hub, 'bad-3', bad(3))
  await hub.seed({ plans: [{ authorityCode: HALTON, ...aRecord() }] } as never)
  await send(hub, 'after-the-seed', good(4))
  for (const { id, state } of (await checksOf(hub, HALTON)).values()) t.not(state, 'contradicted', id)
})

t.test('same-sequence-after-lost-reply: again shows it, the next number contradicts', async (t) => {
  const { hub } = await open(t)
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost', good(1))
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['not-seen'])
  await send(hub, 'again', good(1))
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['shown', 'lost', 'again'])
  await send(hub, 'two', good(2))
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost-3', good(3))
  await send(hub, 'four', good(4))
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['contradicted', 'four'])
})

const other = (sequence: number) => aDataset(sequence, [aRecord({ nhsNumber: SASHA })])

t.test('same-sequence-after-lost-reply: other content under the number is no retry', async (t) => {
  const { hub } = await open(t)
  const id = 'same-sequence-after-lost-reply'
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost', good(1))
  await send(hub, 'other', other(1))
  t.same(await ofHalton(hub, id), ['not-seen'], 'it was refused')
  await send(hub, 'two', good(2))
  t.same(await ofHalton(hub, id), ['not-seen'], 'the refusal said that the number is used up')
  await setFault(hub, { match: { route: DATASETS }, do: { drop: 'before' } })
  await send(hub, 'never-came', good(3))
  await send(hub, 'other-3', other(3))
  t.same(await ofHalton(hub, id), ['not-seen'], 'it was accepted')
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost-4', good(4))
  await send(hub, 'other-4', other(4))
  await send(hub, 'again-4', good(4))
  t.same(await ofHalton(hub, id), ['shown', 'lost-4', 'again-4'])
})

t.test('same-sequence-after-lost-reply: a retry is shown once it has a verdict, also a return', async (t) => {
  const { hub } = await open(t)
  const id = 'same-sequence-after-lost-reply'
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost', bad(1))
  await setFault(hub, { match: { route: DATASETS }, do: { status: 429 } })
  await send(hub, 'put-off', bad(1))
  t.same(await ofHalton(hub, id), ['not-seen'])
  await send(hub, 'again', bad(1))
  t.same(await ofHalton(hub, id), ['shown', 'lost', 'again'])
})

t.test('same-sequence-after-lost-reply: a lower number that is accepted is a second one', async (t) => {
  const { hub } = await open(t)
  const id = 'same-sequence-after-lost-reply'
  await send(hub, 'two', good(2))
  const loseBefore = () => setFault(hub, { match: { route: DATASETS }, do: { drop: 'before' } })
  await loseBefore()
  await send(hub, 'lost-5', good(5))
  await send(hub, 'retry-of-2', good(2))
  await send(hub, 'refused', good(1))
  await send(hub, 'returned', bad(3))
  t.same(await ofHalton(hub, id), ['not-seen'])
  await send(hub, 'three', good(3))
  t.same(await ofHalton(hub, id), ['contradicted', 'three'])
})

t.test('a number is made out of whatever came: JSON, gzip or CSV that nobody has read', async (t) => {
  const gzip = (hub: Hub, sequence: number) =>
    hub.app.inject({
      method: 'POST',
      url: `/v1/authorities/${HALTON}/datasets`,
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        ...named(`gzip-${sequence}`),
      },
      payload: gzipSync(JSON.stringify(good(sequence))),
    })
  const csv = (hub: Hub, sequence: number) =>
    submitCsv(
      hub,
      HALTON,
      sequence,
      `nhs_number,plan_type,start_date\n${ROBIN},CPP,2026-03-02`,
      { recordCount: 1 },
      named(`csv-${sequence}`),
    )
  const json = (hub: Hub, sequence: number) => send(hub, `json-${sequence}`, good(sequence))
  for (const [form, sendIt] of Object.entries({ gzip, csv, json })) {
    const { hub } = await open(t)
    await setFault(hub, { match: { route: DATASETS }, do: { status: 503 } })
    await sendIt(hub, 1)
    await sendIt(hub, 1)
    const id = 'same-sequence-after-lost-reply'
    t.same(await ofHalton(hub, id), ['shown', `${form}-1`, `${form}-1`], form)
    await setFault(hub, { match: { route: DATASETS }, do: { drop: 'before' } })
    await lost(sendIt(hub, 2) as Promise<unknown>)
    await sendIt(hub, 3)
    t.same(await ofHalton(hub, id), ['contradicted', `${form}-3`], form)
  }
})

t.test('whoever asks the hub what it has, or may have read the answer, may go on', async (t) => {
  const { hub } = await open(t)
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost', good(1))
  await hub.app.inject(`/v1/authorities/${HALTON}/datasets`)
  await send(hub, 'next', good(2))
  await setFault(hub, { match: { route: DATASETS }, do: { truncate: 20 } })
  await send(hub, 'cut', good(3))
  await send(hub, 'four', good(4))
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['not-seen'])
  await setFault(hub, { match: { route: DATASETS }, do: { truncate: 20 } })
  await send(hub, 'cut-5', good(5))
  await send(hub, 'again-5', good(5))
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['shown', 'cut-5', 'again-5'])
})

t.test('a list that tells of every authority is a look at each, whoever reads it', async (t) => {
  for (const url of ['/v1/authorities', '/v1/freshness']) {
    const { hub } = await open(t)
    const id = 'same-sequence-after-lost-reply'
    await loseTheReply(hub, DATASETS)
    await send(hub, 'lost', good(1))
    await setFault(hub, { match: { route: url }, do: { status: 503 } })
    await hub.app.inject(url)
    await hub.app.inject(url)
    await send(hub, 'two', good(2))
    t.same(await ofHalton(hub, id), ['not-seen'], url)
    await loseTheReply(hub, DATASETS)
    await send(hub, 'lost-3', good(3))
    await setFault(hub, { match: { route: url }, do: { status: 503 } })
    await hub.app.inject(url)
    await send(hub, 'four', good(4))
    t.same(await ofHalton(hub, id), ['contradicted', 'four'], `${url} that failed`)
  }
})

t.test('waits-for-retry-after, by the machine’s clock', async (t) => {
  const { hub, machineClock, clock } = await open(t)
  const putOff = () =>
    setFault(hub, { match: { route: DATASETS }, do: { status: 503, retryAfterSeconds: 30 } })
  await putOff()
  await send(hub, 'put-off', good(1))
  await lease(hub, HALTON)
  await machineClock.pass(30_000)
  await send(hub, 'in-time', good(1))
  t.same(await ofHalton(hub, 'waits-for-retry-after'), ['shown', 'put-off', 'in-time'])
  await putOff()
  await send(hub, 'put-off-2', good(2))
  await machineClock.pass(29_000)
  clock.set('2026-11-24T12:00:00Z')
  await send(hub, 'too-soon', good(2))
  t.same(await ofHalton(hub, 'waits-for-retry-after'), ['contradicted', 'too-soon'])
})

t.test('waits-for-retry-after: where there was nothing to wait for, nothing is shown', async (t) => {
  const { hub } = await open(t)
  await setFault(hub, { match: { route: DATASETS }, do: { status: 503, retryAfterSeconds: 0 } })
  await send(hub, 'put-off', good(1))
  await send(hub, 'at-once', good(1))
  t.same(await ofHalton(hub, 'waits-for-retry-after'), ['not-seen'])
})

t.test(
  'daily-for-seven-days: a dataset on each of seven days, also when a tester moves the clock',
  async (t) => {
    const { hub } = await open(t)
    for (let day = 1; day <= 7; day += 1) {
      t.same(await ofHalton(hub, 'daily-for-seven-days'), ['not-seen'], `before day ${day}`)
      await send(hub, `day-${day}`, good(day))
      await send(hub, `day-${day}-again`, good(day))
      await hub.clock.set({ advance: 'P1D' })
    }
    const days = [1, 2, 3, 4, 5, 6, 7].map((day) => `day-${day}`)
    t.same(await ofHalton(hub, 'daily-for-seven-days'), ['shown', ...days])
  },
)

t.test('a skipped day begins anew; it contradicts when the clock ran through it', async (t) => {
  const { hub, passHours } = await open(t)
  let sequence = 0
  const sendNext = () => {
    sequence += 1
    return send(hub, `set-${sequence}`, good(sequence))
  }
  for (let day = 1; day <= 5; day += 1) {
    await sendNext()
    await passHours(24)
  }
  await hub.clock.set({ advance: 'P1D' })
  await sendNext()
  t.same(await ofHalton(hub, 'daily-for-seven-days'), ['not-seen'], 'a tester skipped it')
  await passHours(47)
  await sendNext()
  t.same(await ofHalton(hub, 'daily-for-seven-days'), ['contradicted', 'set-7'])
})

t.test('no day is skipped by whoever is not overdue, tried in vain, or was suspended', async (t) => {
  const { hub, passHours, clock } = await open(t)
  clock.set('2026-11-24T23:59:00Z')
  await send(hub, 'one', good(1))
  await passHours(24.1)
  await send(hub, 'over-midnight', good(2))
  await passHours(24)
  await send(hub, 'returned', bad(3))
  await passHours(24)
  await send(hub, 'mended', good(3))
  await putAuthority(hub, HALTON, { status: 'suspended' })
  await passHours(200)
  await putAuthority(hub, HALTON, { status: 'testing' })
  await send(hub, 'back', good(4))
  t.same(await ofHalton(hub, 'daily-for-seven-days'), ['not-seen'])
})

t.test('collects-notifications: leases and acknowledges', async (t) => {
  const { hub } = await open(t)
  await submit(hub, HALTON, good(1))
  await lease(hub, HALTON)
  await lookUp(hub, ROBIN)
  const leased = await lease(hub, HALTON)
  t.same(await ofHalton(hub, 'collects-notifications'), ['not-seen'])
  const { id } = leased.json().notifications[0]
  const kept = await acknowledge(hub, HALTON, [id])
  const evidence = [leased, kept].map(({ headers }) => String(headers['x-request-id']))
  t.same(await ofHalton(hub, 'collects-notifications'), ['shown', ...evidence])
})

t.test('go-live-gate: through it, or around it', async (t) => {
  const { hub } = await open(t, { authoritiesStartAs: 'registered' })
  for (const code of [HALTON, WARRINGTON]) await putAuthority(hub, code, { status: 'testing' })
  const live = (code: string, id: string, fields = {}) =>
    hub.app.inject({
      method: 'PUT',
      url: `/v1/authorities/${code}`,
      headers: named(id),
      payload: { status: 'live', ...fields },
    })
  t.equal((await live(HALTON, 'refused')).statusCode, 409)
  t.same(await ofHalton(hub, 'go-live-gate'), ['not-seen'])
  await submit(hub, HALTON, { ...good(1), childrenInScope: 1 })
  await live(HALTON, 'through')
  await live(HALTON, 'it-is-live', { force: true })
  t.same(await ofHalton(hub, 'go-live-gate'), ['shown', 'through'])
  await live(WARRINGTON, 'around', { force: true })
  t.same(await standing(hub, WARRINGTON, 'go-live-gate'), ['contradicted', 'around'])
})

t.test('traces-before-asking: a traced number shows it, an untraced or old one contradicts', async (t) => {
  const { hub, passHours } = await open(t)
  await postPeople(hub, [ROBIN_ASHDOWN, { ...ROBIN_ASHDOWN, nhsNumber: SASHA, familyName: 'Birch' }])
  await lookUp(hub, TAYLOR)
  t.same(await ofWhiston(hub, 'traces-before-asking'), ['not-seen'], 'it traces elsewhere')
  await trace(hub.app, `/Patient/${ROBIN}`, {
    ...OURS,
    'x-request-id': '60E0B220-8136-4CA5-AE46-1D97EF59D069',
  })
  await trace(hub.app, `/Patient?family=Birch&birthdate=eq${ROBIN_ASHDOWN.birthDate}`, OURS)
  await lookUp(hub, ROBIN, {}, named('traced'))
  await search(hub, 'CareTeam', SASHA, NURSE)
  t.same(await ofWhiston(hub, 'traces-before-asking'), [
    'shown',
    '60E0B220-8136-4CA5-AE46-1D97EF59D069',
    'traced',
  ])
  await passHours(25)
  await lookUp(hub, ROBIN, {}, named('old'))
  await lookUp(hub, NOBODY, {}, named('untraced'))
  t.same(await ofWhiston(hub, 'traces-before-asking'), ['contradicted', 'old', 'untraced'])
})

t.test('a superseded number contradicts; what the hub cannot have seen does not', async (t) => {
  const { hub, clock } = await open(t)
  const taylor = { ...ROBIN_ASHDOWN, nhsNumber: TAYLOR, familyName: 'Cole' }
  await postPeople(hub, [ROBIN_ASHDOWN, taylor])
  await trace(hub.app, `/Patient/${ROBIN}`, OURS)
  clock.set('2026-11-26T00:00:00Z')
  await lookUp(hub, ROBIN, {}, named('the-hub’s-clock-alone'))
  await trace(hub.app, `/Patient/${TAYLOR}`)
  await lookUp(hub, TAYLOR, {}, named('traced-by-nobody-named'))
  t.same(await ofWhiston(hub, 'traces-before-asking'), ['not-seen'])
  await putPerson(hub, { nhsNumber: ROBIN, state: 'superseded', replacedBy: TAYLOR })
  await trace(hub.app, `/Patient/${ROBIN}`, OURS)
  await lookUp(hub, TAYLOR, {}, named('new'))
  t.match(await ofWhiston(hub, 'traces-before-asking'), ['shown'])
  await setFault(hub, { do: { personalDemographicsDown: true } })
  await trace(hub.app, `/Patient/${NOBODY}`, OURS)
  await lookUp(hub, NOBODY, {}, named('register-down'))
  t.match(await ofWhiston(hub, 'traces-before-asking'), ['shown'])
  await lookUp(hub, ROBIN, {}, named('superseded'))
  t.same(await ofWhiston(hub, 'traces-before-asking'), ['contradicted', 'superseded'])
})

t.test('traces-before-asking: who was told nothing of a number may know it from elsewhere', async (t) => {
  const PATIENT = '/personal-demographics/FHIR/R4/Patient/{nhsNumber}'
  for (const status of [400, 403, 429, 503]) {
    const { hub } = await open(t)
    await postPeople(hub, [ROBIN_ASHDOWN])
    await trace(hub.app, `/Patient/${ROBIN}`, OURS)
    await setFault(hub, { match: { route: PATIENT }, do: { status } })
    await trace(hub.app, `/Patient/${TAYLOR}`, OURS)
    await lookUp(hub, TAYLOR)
    t.same(await ofWhiston(hub, 'traces-before-asking'), ['not-seen'], `${status}`)
  }
  const { hub } = await open(t)
  await postPeople(hub, [ROBIN_ASHDOWN])
  await trace(hub.app, `/Patient/${ROBIN}`, OURS)
  await trace(hub.app, `/Patient/${TAYLOR}`, OURS)
  await lookUp(hub, TAYLOR, {}, named('not-found'))
  t.same(await ofWhiston(hub, 'traces-before-asking'), ['contradicted', 'not-found'])
})

t.test('unscheduled-by-default: said or not, through either door', async (t) => {
  for (const ask of [
    (hub: Hub) => lookUp(hub, ROBIN),
    (hub: Hub) => lookUp(hub, ROBIN, { careSetting: 'unscheduled' }),
    (hub: Hub) => search(hub, 'CareTeam', ROBIN),
    (hub: Hub) => searchByForm(hub, 'CareTeam', `patient=${ROBIN}`),
  ]) {
    const { hub } = await open(t)
    await lookUp(hub, ROBIN, SCHEDULED)
    await search(hub, 'CareTeam', ROBIN, { ...NURSE, ...SILENT })
    t.same(await ofWhiston(hub, 'unscheduled-by-default'), ['not-seen'])
    t.equal((await ask(hub)).statusCode, 200)
    t.match(await ofWhiston(hub, 'unscheduled-by-default'), ['shown'])
  }
})

t.test('silent-only-when-scheduled: a visit within the hour contradicts, before or after', async (t) => {
  const { hub, passHours } = await open(t)
  await lookUp(hub, ROBIN, SCHEDULED, named('silent'))
  t.same(await ofWhiston(hub, 'silent-only-when-scheduled'), ['not-seen'])
  await attend(hub, ROBIN, { service: 'scheduled-clinic' })
  await attend(hub, ROBIN, { event: 'was-not-brought' })
  await passHours(1.1)
  t.same(await ofWhiston(hub, 'silent-only-when-scheduled'), ['shown', 'silent'], 'the hour is over')
  await attend(hub, ROBIN)
  await lookUp(hub, SASHA, SCHEDULED)
  t.match(await ofWhiston(hub, 'silent-only-when-scheduled'), ['shown'], 'another child')
  await attend(hub, SASHA, {}, named('visit-after'))
  await search(hub, 'CareTeam', ROBIN, { ...NURSE, ...SILENT, ...named('silent-after') })
  t.same(await ofWhiston(hub, 'silent-only-when-scheduled'), ['contradicted', 'visit-after', 'silent-after'])
})

t.test('silent-only-when-scheduled: a PatientFlag search is silent always', async (t) => {
  const id = 'silent-only-when-scheduled'
  const flag = (hub: Hub, nhsNumber: string, name: string) =>
    search(hub, 'PatientFlag', nhsNumber, { ...NURSE, ...named(name) })
  const { hub, passHours } = await open(t)
  t.equal((await flag(hub, ROBIN, 'flag')).statusCode, 200)
  t.same(await ofWhiston(hub, id), ['not-seen'])
  await passHours(1.1)
  t.same(await ofWhiston(hub, id), ['shown', 'flag'])
  await flag(hub, ROBIN, 'told-afterwards')
  await attend(hub, ROBIN)
  await lookUp(hub, ROBIN)
  await lookUp(hub, SASHA)
  await attend(hub, SASHA)
  await flag(hub, SASHA, 'told-before')
  await passHours(1.1)
  t.same(await ofWhiston(hub, id), ['shown', 'flag'], 'the authority was told all the same')
  await flag(hub, ROBIN, 'before-the-visit')
  await attend(hub, ROBIN)
  await attend(hub, SASHA)
  await flag(hub, SASHA, 'after-the-visit')
  await lookUp(hub, TAYLOR)
  await passHours(1.1)
  t.same(await ofWhiston(hub, id), ['contradicted', 'before-the-visit', 'after-the-visit'])
  t.same(await ofWhiston(hub, 'reports-the-visit'), ['not-seen'])
})

t.test('retries-with-the-same-key: the same shows it, another or none contradicts', async (t) => {
  const other = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id: '555500000002' } }
  const keyed = (key: string, id: string) => ({ 'idempotency-key': key, ...named(id) })
  const { hub, machineClock } = await open(t)
  await loseTheReply(hub, LOOKUPS)
  await lost(lookUp(hub, ROBIN, {}, keyed('a', 'lost')))
  await lookUp(hub, ROBIN, { requester: other }, keyed('b', 'another-nurse'))
  await lookUp(hub, SASHA, {}, keyed('c', 'another-child'))
  t.same(await ofWhiston(hub, 'retries-with-the-same-key'), ['not-seen'])
  await lookUp(hub, ROBIN, {}, keyed('a', 'again'))
  t.same(await ofWhiston(hub, 'retries-with-the-same-key'), ['shown', 'lost', 'again'])
  const unavailable = (route: string) => setFault(hub, { match: { route }, do: { status: 503 } })
  await unavailable('/v1/attendances')
  await attend(hub, ROBIN, {}, keyed('d', 'put-off'))
  await attend(hub, ROBIN, { event: 'discharged' }, keyed('e', 'another-report'))
  await machineClock.pass(360_000)
  await attend(hub, ROBIN, {}, keyed('f', 'asked-anew-later'))
  t.match(await ofWhiston(hub, 'retries-with-the-same-key'), ['shown'])
  await unavailable('/v1/attendances')
  await attend(hub, ROBIN, {}, keyed('g', 'put-off-2'))
  await attend(hub, ROBIN, {}, keyed('h', 'other-key'))
  await unavailable(LOOKUPS)
  await lookUp(hub, ROBIN, {}, keyed('i', 'put-off-3'))
  await lookUp(hub, ROBIN, {}, named('no-key'))
  t.same(await ofWhiston(hub, 'retries-with-the-same-key'), ['contradicted', 'other-key', 'no-key'])
})

const anEncounter = {
  resourceType: 'Encounter',
  status: 'arrived',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER' },
  subject: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: ROBIN } },
  serviceProvider: {
    identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RBN01' },
  },
  period: { start: '2026-11-24T09:25:00Z' },
}

t.test('X-Request-ID is the key of a FHIR search and of an Encounter', async (t) => {
  const { hub } = await open(t)
  const careTeams = '/cpis/FHIR/R4/CareTeam'
  await setFault(hub, { match: { route: careTeams }, do: { drop: 'after' } })
  await lost(search(hub, 'CareTeam', ROBIN, { ...NURSE, ...named('one') }))
  await searchByForm(hub, 'CareTeam', `patient=${ROBIN}`, { ...NURSE, ...named('one') })
  t.same(await ofWhiston(hub, 'retries-with-the-same-key'), ['shown', 'one', 'one'])
  await setFault(hub, { match: { route: '/cpis/FHIR/R4/Encounter' }, do: { status: 503 } })
  await reportEncounter(hub, anEncounter, { ...NURSE, ...named('two') })
  await reportEncounter(hub, anEncounter, { ...NURSE, ...named('three') })
  t.same(await ofWhiston(hub, 'retries-with-the-same-key'), ['contradicted', 'three'])
})

t.test(
  'reports-the-visit: of a child that it looked up unscheduled and found, through either door',
  async (t) => {
    const { hub } = await open(t)
    await submit(hub, HALTON, good(1))
    await lookUp(hub, NOBODY)
    await attend(hub, NOBODY)
    await attend(hub, ROBIN)
    t.same(await ofWhiston(hub, 'reports-the-visit'), ['not-seen'])
    await search(hub, 'CareTeam', ROBIN, { ...NURSE, ...named('found') })
    await reportEncounter(hub, anEncounter, { ...NURSE, ...named('visit') })
    t.same(await ofWhiston(hub, 'reports-the-visit'), ['shown', 'found', 'visit'])
  },
)

t.test('a client that does everything right contradicts nothing, whatever happens to it', async (t) => {
  const { hub, machineClock, passHours } = await open(t)
  await postPeople(hub, [ROBIN_ASHDOWN])
  for (let day = 1; day <= 8; day += 1) {
    if (day === 2) await send(hub, 'returned', bad(day))
    if (day === 3) await loseTheReply(hub, DATASETS)
    if (day === 4)
      await setFault(hub, { match: { route: DATASETS }, do: { status: 503, retryAfterSeconds: 5 } })
    await send(hub, `${day}`, good(day))
    await machineClock.pass(5_000)
    await send(hub, `${day}-again`, good(day))
    await trace(hub.app, `/Patient/${ROBIN}`, OURS)
    if (day % 2 === 0) await loseTheReply(hub, LOOKUPS)
    const key = { 'idempotency-key': `lookup-${day}` }
    await lost(lookUp(hub, ROBIN, {}, key))
    const { access } = (await lookUp(hub, ROBIN, {}, key)).json()
    await attend(hub, ROBIN, { accessId: access.id }, { 'idempotency-key': `visit-${day}` })
    const { notifications } = (await lease(hub, HALTON)).json()
    await acknowledge(
      hub,
      HALTON,
      notifications.map(({ id }: { id: string }) => id),
    )
    await passHours(24)
  }
  for (const caller of [HALTON, 'RBN01'])
    for (const [id, { state }] of await checksOf(hub, caller)) {
      const open = ['silent-only-when-scheduled', 'go-live-gate'].includes(id)
      if (state !== 'not-observable') t.equal(state, open ? 'not-seen' : 'shown', id)
    }
})

t.test('a contradiction stays until a reset of everything, or of the authority', async (t) => {
  const { hub } = await open(t)
  const contradict = async () => {
    await send(hub, 'bad', bad(1))
    await send(hub, 'burnt', good(2))
    await lookUp(hub, ROBIN, SCHEDULED)
    await attend(hub, ROBIN, {}, named('visit'))
  }
  const contradicted = async () => [
    (await ofHalton(hub, 'corrected-after-return'))[0],
    (await ofWhiston(hub, 'silent-only-when-scheduled'))[0],
  ]
  await hub.snapshot('before')
  await contradict()
  t.same(await contradicted(), ['contradicted', 'contradicted'])
  await hub.restore('before')
  await hub.app.inject({ method: 'DELETE', url: '/tester/requests' })
  await hub.reset(WARRINGTON)
  t.same(await contradicted(), ['contradicted', 'contradicted'], 'nothing else clears it')
  await hub.reset(HALTON)
  t.same(await contradicted(), ['not-seen', 'contradicted'])
  await contradict()
  await hub.reset()
  t.same(await contradicted(), ['not-seen', 'not-seen'])
})

t.test('a restored past binds nobody', async (t) => {
  const { hub } = await open(t)
  await send(hub, 'one', good(1))
  await hub.snapshot('one')
  await send(hub, 'bad', bad(2))
  await lookUp(hub, ROBIN, SCHEDULED)
  await hub.restore('one')
  await attend(hub, ROBIN)
  await send(hub, 'gap', good(3))
  for (const caller of [HALTON, 'RBN01'])
    for (const [id, { state }] of await checksOf(hub, caller)) t.not(state, 'contradicted', id)
})

// Each test gives the fields that its check reads, of either side's exchanges.
const exchange = (requestId: string, asked: object) =>
  ({
    requestId,
    at: '2026-11-24T09:30:00.000Z',
    receivedMs: 0,
    settledMs: 0,
    reply: 'whole',
    status: 200,
    retryAfterMs: null,
    hasSetting: true,
    key: null,
    print: () => '',
    ...asked,
  }) as unknown as HealthExchange & AuthorityExchange

/** What one caller has come to in one check, by exchanges alone: the only way to have several at once in one order. */
function watch(id: string) {
  const authority = AUTHORITY_CHECKS.some((check) => check.id === id)
  const checks = authority ? AUTHORITY_CHECKS : HEALTH_CHECKS
  // Either side's checks are watched alike.
  const callers = new WatchedCallers(checks as typeof HEALTH_CHECKS, { overdueMs: 0 } as never)
  const observe = (requestId: string, asked: object) => callers.observe('X', exchange(requestId, asked))
  const standing = () => {
    const check = callers.report('X', '2026-11-24T09:30:00.000Z' as never).find((each) => each.id === id)
    return [check?.state, ...(check?.evidence ?? [])]
  }
  return { observe, standing }
}

t.test('retries-with-the-same-key: of several at once each has its own key', (t) => {
  const lookup = { kind: 'lookup', nhsNumber: ROBIN, silent: false, found: true }
  const asked = (key: string, receivedMs: number, settledMs: number, more = {}) =>
    ({ ...lookup, key, receivedMs, settledMs, ...more }) as const
  const lost = { reply: 'lost' }
  const open = () => watch('retries-with-the-same-key')

  for (const failure of [lost, { status: 503 }]) {
    const { observe, standing } = open()
    observe('1', asked('k1', 0, 10, failure))
    observe('2', asked('k2', 1, 11, failure))
    observe('1-again', asked('k1', 20, 21))
    observe('2-again', asked('k2', 22, 23))
    t.same(standing(), ['shown', '1', '1-again'])
    observe('new', asked('k3', 30, 31))
    t.same(standing(), ['shown', '1', '1-again'], 'nothing is open any longer')
  }

  const putOff = open()
  putOff.observe('2', asked('k2', 1, 9, { status: 429 }))
  putOff.observe('1', asked('k1', 0, 10, lost))
  putOff.observe('2-again', asked('k2', 20, 21))
  t.same(putOff.standing(), ['not-seen'], 'its key was not made for the retry')
  putOff.observe('3', asked('k3', 30, 31))
  t.same(putOff.standing(), ['contradicted', '3'])

  const answered = open()
  answered.observe('1', asked('k1', 0, 10, lost))
  answered.observe('1-beside', asked('k1', 5, 20))
  answered.observe('new', asked('k2', 30, 31))
  answered.observe('3-beside', asked('k3', 40, 45))
  answered.observe('3', asked('k3', 41, 50, lost))
  answered.observe('another', asked('k4', 60, 61))
  t.same(answered.standing(), ['not-seen'], 'a copy beside it was answered')

  const wrong = open()
  wrong.observe('1', asked('k1', 0, 10, lost))
  wrong.observe('2', asked('k2', 1, 11, lost))
  wrong.observe('3', asked('k3', 20, 21))
  t.same(wrong.standing(), ['contradicted', '3'])
  t.end()
})

t.test('retries-with-the-same-key: a key that may have been forgotten contradicts nothing', (t) => {
  const { observe, standing } = watch('retries-with-the-same-key')
  const asked = { kind: 'lookup', nhsNumber: ROBIN, silent: false, found: true }
  observe('parallel', { ...asked, key: 'k0', receivedMs: 1, settledMs: 2, status: 429 })
  observe('lost', { ...asked, key: 'k1', receivedMs: 0, settledMs: 3, reply: 'lost' })
  for (let n = 0; n < 201; n += 1)
    observe('other', { ...asked, key: `o${n}`, receivedMs: 4, settledMs: 5, print: () => `${n}` })
  observe('parallel-again', { ...asked, key: 'k0', receivedMs: 6, settledMs: 7 })
  t.same(standing(), ['not-seen'])
  t.end()
})

t.test('retries-with-the-same-key: where nobody says who the user is, nothing is judged', async (t) => {
  const { hub } = await open(t)
  const bearing = (token: string, id: string) => ({
    authorization: `Bearer ${token}`,
    ...OURS,
    ...named(id),
  })
  const put503 = (route: string) => setFault(hub, { match: { route }, do: { status: 503 } })
  await put503('/cpis/FHIR/R4/CareTeam')
  t.equal((await search(hub, 'CareTeam', ROBIN, bearing('opaque-a', 'one'))).statusCode, 503)
  t.equal((await search(hub, 'CareTeam', ROBIN, bearing('opaque-b', 'two'))).statusCode, 200)
  await put503('/cpis/FHIR/R4/Encounter')
  t.equal((await reportEncounter(hub, anEncounter, bearing('opaque-a', 'three'))).statusCode, 503)
  t.equal((await reportEncounter(hub, anEncounter, bearing('opaque-b', 'four'))).statusCode, 201)
  await put503(LOOKUPS)
  const nobody = { requester: { organisation: WHISTON_NURSE.organisation } }
  await lookUp(hub, ROBIN, nobody, { 'idempotency-key': 'five' })
  await lookUp(hub, ROBIN, nobody, { 'idempotency-key': 'six' })
  t.same(await ofWhiston(hub, 'retries-with-the-same-key'), ['not-seen'])
})

t.test('waits-for-retry-after: of several put off at once all are over, or none', (t) => {
  const dataset = (receivedMs: number, settledMs: number, more = {}) =>
    ({ kind: 'dataset', outcome: null, sequence: null, receivedMs, settledMs, ...more }) as const
  const putOff = (seconds: number) => ({ status: 503, retryAfterMs: seconds * 1_000 })
  const open = () => watch('waits-for-retry-after')

  const long = open()
  long.observe('60', dataset(0, 10, putOff(60)))
  long.observe('1', dataset(1, 11, putOff(1)))
  long.observe('after-1', dataset(1_100, 1_110))
  t.same(long.standing(), ['not-seen'], 'it may be either’s')
  long.observe('after-2', dataset(2_100, 2_110))
  t.same(long.standing(), ['not-seen'], 'the answered one may ask something new')
  long.observe('after-61', dataset(61_000, 61_010))
  t.same(long.standing(), ['not-seen'], 'nothing is open any longer')

  const each = open()
  each.observe('1', dataset(1, 9, putOff(1)))
  each.observe('60', dataset(0, 10, putOff(60)))
  each.observe('after-1', dataset(1_100, 1_110))
  t.same(each.standing(), ['not-seen'])
  each.observe('after-61', dataset(61_000, 61_010))
  t.same(each.standing(), ['shown', '60', 'after-61'])

  const early = open()
  early.observe('60', dataset(0, 10, putOff(60)))
  early.observe('30', dataset(1, 11, putOff(30)))
  early.observe('too-soon', dataset(29_000, 29_010))
  t.same(early.standing(), ['contradicted', 'too-soon'])
  t.end()
})

t.test('a dry run that was refused, and whatever else was not valid, used no number up', async (t) => {
  const { hub } = await open(t)
  await send(hub, 'bad', bad(1))
  await send(hub, 'dry', good(7), '?dryRun=TRUE')
  await send(hub, 'refused', good(7), '?confirmShrink=TRUE')
  t.same(await ofHalton(hub, 'corrected-after-return'), ['not-seen'])
  await send(hub, 'mended', good(1))
  t.same(await ofHalton(hub, 'corrected-after-return'), ['shown', 'bad', 'mended'])
  await loseTheReply(hub, DATASETS)
  await send(hub, 'lost', good(2))
  await send(hub, 'dry-3', good(3), '?dryRun=TRUE')
  await send(hub, 'refused-3', good(3), '?confirmShrink=TRUE')
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['not-seen'])
  await send(hub, 'again', good(2))
  t.same(await ofHalton(hub, 'same-sequence-after-lost-reply'), ['shown', 'lost', 'again'])
})

t.test('collects-notifications: what was leased by an answer that did not arrive shows nothing', (t) => {
  const { observe, standing } = watch('collects-notifications')
  const acknowledged = { kind: 'acknowledge', acknowledged: 1 }
  for (const reply of ['lost', 'unsure']) {
    observe('leased', { kind: 'lease', leased: 1, reply })
    observe('acknowledged', acknowledged)
    t.same(standing(), ['not-seen'], reply)
  }
  observe('leased-again', { kind: 'lease', leased: 1, receivedMs: 5, settledMs: 10 })
  observe('before-the-answer', { ...acknowledged, receivedMs: 6, settledMs: 11 })
  t.same(standing(), ['not-seen'])
  observe('kept', { ...acknowledged, receivedMs: 12, settledMs: 13 })
  t.same(standing(), ['shown', 'leased-again', 'kept'])
  t.end()
})

t.test('daily-for-seven-days: days that come again after the clock went back count once', async (t) => {
  const { hub } = await open(t)
  let sequence = 0
  for (const day of [20, 21, 22, 21, 22, 23, 24, 25, 26]) {
    t.same(await ofHalton(hub, 'daily-for-seven-days'), ['not-seen'])
    sequence += 1
    await hub.clock.set({ now: `2026-11-${day}T09:30:00.000Z` })
    await send(hub, `set-${sequence}`, good(sequence))
  }
  const first = [1, 2, 3, 6, 7, 8, 9].map((number) => `set-${number}`)
  t.same(await ofHalton(hub, 'daily-for-seven-days'), ['shown', ...first])
})

t.test(
  'daily-for-seven-days: a day that had a dataset before the clock went back is not skipped',
  async (t) => {
    const { hub, clock, passHours } = await open(t)
    const id = 'daily-for-seven-days'
    for (const day of [1, 2, 3]) {
      await send(hub, `set-${day}`, good(day))
      await passHours(24)
    }
    clock.set('2026-11-24T09:30:00.000Z')
    await send(hub, 'back', good(4))
    await passHours(47)
    await send(hub, 'over-the-second-day', good(5))
    t.same(await ofHalton(hub, id), ['not-seen'])
    await passHours(72)
    await send(hub, 'over-new-days', good(6))
    t.same(await ofHalton(hub, id), ['contradicted', 'over-new-days'])
  },
)

t.test('a replayed report of a visit is no visit of now, through either door', async (t) => {
  const key = { 'idempotency-key': 'visit' }
  const doors = {
    json: { route: '/v1/attendances', tell: (hub: Hub) => attend(hub, ROBIN, {}, key) },
    fhir: {
      route: '/cpis/FHIR/R4/Encounter',
      tell: (hub: Hub) => reportEncounter(hub, anEncounter, { ...NURSE, ...named('visit') }),
    },
  }
  for (const [door, { route, tell }] of Object.entries(doors)) {
    const { hub, passHours } = await open(t)
    await loseTheReply(hub, route)
    await lost(tell(hub))
    await passHours(3)
    await lookUp(hub, ROBIN, SCHEDULED, named('silent'))
    const again = await tell(hub)
    t.match(again, { statusCode: 201, headers: { 'idempotency-replayed': 'true' } }, door)
    t.same(await ofWhiston(hub, 'silent-only-when-scheduled'), ['not-seen'], door)
    t.match(await ofWhiston(hub, 'retries-with-the-same-key'), ['shown'], door)
    await passHours(1.1)
    t.same(await ofWhiston(hub, 'silent-only-when-scheduled'), ['shown', 'silent'], door)
  }
})

t.test('of too many callers the longest silent goes, and never one that has contradicted', (t) => {
  const callers = new WatchedCallers(HEALTH_CHECKS, {} as never)
  const stateOf = (caller: string, id: string) =>
    callers.report(caller, '2026-11-24T09:30:00.000Z' as never).find((check) => check.id === id)?.state
  const lookup = { kind: 'lookup', nhsNumber: ROBIN, silent: false, found: false }
  const aReport = { service: 'emergency-department', event: 'arrived' }
  callers.observe('BAD', exchange('1', { ...lookup, silent: true }))
  callers.observe('BAD', exchange('2', { kind: 'visit', nhsNumber: ROBIN, reported: aReport }))
  callers.observe('OLD', exchange('3', lookup))
  callers.observe('HEARD', exchange('4', lookup))
  for (let n = 3; n < 1_000; n += 1) callers.observe(`N${n}`, exchange('5', lookup))
  callers.observe('HEARD', exchange('6', lookup))
  callers.observe('NEW', exchange('7', lookup))
  t.equal(stateOf('BAD', 'silent-only-when-scheduled'), 'contradicted')
  t.equal(stateOf('OLD', 'unscheduled-by-default'), 'not-seen')
  t.equal(stateOf('HEARD', 'unscheduled-by-default'), 'shown')
  t.equal(stateOf('NEW', 'unscheduled-by-default'), 'shown')
  t.end()
})

t.test('a number that was traced so long ago that it is forgotten contradicts nothing', (t) => {
  const conformance = new Conformance(0)
  const states = () =>
    conformance.ofOrganisation('RBN01', '2026-11-24T09:30:00.000Z' as never).map(({ state }) => state)
  const observe = (asked: object) => conformance.observeOrganisation('RBN01', exchange('1', asked))
  for (let n = 0; n < 201; n += 1) observe({ kind: 'trace', numbers: [syntheticNumber(n)], superseded: null })
  observe({ kind: 'lookup', nhsNumber: syntheticNumber(0), silent: false, found: true })
  t.equal(states()[0], 'not-seen')
  t.end()
})

t.test('cpis-hub conformance prints a table, or JSON, and fails when anything is contradicted', async (t) => {
  const { hub } = await openHub(t)
  const hubUrl = await hub.listen()
  const run = (...args: string[]) => runCli(t, ['conformance', ...args], { hubUrl })
  await send(hub, 'first', bad(1))
  await send(hub, 'mended', good(1))
  const shown = await run('authority', '--code', HALTON)
  t.equal(shown.code, 0, shown.stderr)
  t.match(shown.stdout, /corrected-after-return +shown +It mends a returned dataset/)
  t.match(shown.stdout, /\n {6}first\n {6}mended\n/, 'each request has a line of its own')
  t.match(shown.stdout, 'E06000006: 2 checks shown, 0 contradicted, 5 not seen.')
  await lookUp(hub, ROBIN, SCHEDULED)
  await hub.app.inject({
    method: 'POST',
    url: '/v1/attendances',
    payload: aVisit(ROBIN),
    headers: named('visit'),
  })
  const contradicted = await run('organisation', '--code', 'RBN01', '--json')
  t.equal(contradicted.code, 1)
  t.same(JSON.parse(contradicted.stdout), await get(hub, '/tester/conformance/organisations/RBN01'))
  const [unknown, missing] = await Promise.all([run('authority', '--code', 'E06999999'), run('authority')])
  t.match(unknown, { code: 1, stderr: /AUTHORITY_UNKNOWN/ })
  t.match(missing, { code: 1, stderr: /--code is needed/ })
  const { hub: plain } = await openHub(t, { testerControls: false })
  const off = await runCli(t, ['conformance', 'authority', '--code', HALTON], {
    hubUrl: await plain.listen(),
  })
  t.match(off, {
    code: 1,
    stderr: /has no tester controls, which this report needs: TESTER_CONTROLS=true\.\n$/,
  })
})

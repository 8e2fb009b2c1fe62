import t from 'tap'
import type { Hub } from '../../src/index.js'
import { get, stateOf } from '../helpers/calls.js'
import { openHub } from '../helpers/hub.js'
import { aDataset, aRecord, HALTON, ROBIN, submit, WARRINGTON } from '../helpers/seed.js'

const CODES = [HALTON, WARRINGTON]
const PLAN = { authorityCode: HALTON, ...aRecord() }

// What a test that is plain JavaScript, or that goes past its types, can give.
type Verb = (given?: unknown) => Promise<unknown>
const verbs = (hub: Hub) => hub as unknown as Record<'seed' | 'reset' | 'snapshot' | 'restore', Verb>

/** The refusal of a control, as both sides tell it. */
async function refusalOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  )
  return { name: error?.name, code: error?.code, errors: error?.errors }
}

async function refusalOver(hub: Hub, method: 'POST' | 'PUT', url: string, payload: object | undefined) {
  const { code, errors } = (await hub.app.inject({ method, url, ...(payload && { payload }) })).json()
  return { name: 'HubError', code, errors }
}

t.test('in process, a seed is refused as POST /tester/seed refuses it', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const before = await stateOf(hub, CODES, [ROBIN])
  for (const wish of [
    undefined,
    {},
    [],
    { world: 'mars' },
    { world: 'Small' },
    { world: 'small', seed: 'abc' },
    { world: 'small', seed: -1.5 },
    { world: 'small', sede: 1 },
    { world: 'small', plans: [PLAN] },
    { plans: [PLAN], seed: 1 },
    { plans: [] },
    { plans: [null] },
    { plans: [aRecord()] },
    { plans: {} },
    { plans: [{ authorityCode: 'E06999999', ...aRecord() }] },
  ]) {
    const refusal = await refusalOf(verbs(hub).seed(wish))
    t.match(refusal, { name: 'HubError', code: /^(SCHEMA_VIOLATION|AUTHORITY_UNKNOWN)$/ })
    t.strictSame(refusal, await refusalOver(hub, 'POST', '/tester/seed', wish), JSON.stringify(wish))
  }
  const round: Record<string, unknown> = { authorityCode: HALTON }
  round.itself = round
  for (const [wish, code] of [
    [null, 'SCHEMA_VIOLATION'],
    ['small', 'SCHEMA_VIOLATION'],
    [{ world: 'small', seed: Number.NaN }, 'SCHEMA_VIOLATION'],
    [{ plans: [{ ...PLAN, nhsNumber: 1n }] }, 'SCHEMA_VIOLATION'],
    [{ plans: [round] }, 'SCHEMA_VIOLATION'],
    [{ plans: [JSON.parse('{"__proto__":1}')] }, 'PROPERTY_FORBIDDEN'],
  ] as const)
    t.match(await refusalOf(verbs(hub).seed(wish)), { name: 'HubError', code })
  t.strictSame(await stateOf(hub, CODES, [ROBIN]), before)
  t.match(await verbs(hub).seed({ world: 'small', seed: undefined }), { authorities: 3 })
})

t.test('in process, a clock is refused as PUT /tester/clock refuses it', async (t) => {
  const { hub } = await openHub(t)
  const set = hub.clock.set as Verb
  for (const wish of [
    undefined,
    {},
    [],
    { frozen: 'no' },
    { advance: 'P1D', forzen: true },
    { foo: 1, advance: 'P1D' },
    { now: 'noon' },
    { now: 5 },
    { now: '2026-02-30T00:00:00Z' },
    { now: '2026-11-25T00:00:00Z', advance: 'PT1H' },
    { advance: 'P1M' },
  ]) {
    const refusal = await refusalOf(set(wish))
    t.match(refusal, { name: 'HubError', code: 'SCHEMA_VIOLATION' })
    t.strictSame(refusal, await refusalOver(hub, 'PUT', '/tester/clock', wish), JSON.stringify(wish))
  }
  t.match(await refusalOf(set(null)), { code: 'SCHEMA_VIOLATION', errors: [{ pointer: '' }] })
  t.equal(hub.clock.read().mode, 'real')
})

t.test('in process, a reset takes a code or what POST /tester/reset takes, and nothing else', async (t) => {
  const { hub } = await openHub(t)
  const fill = async () => {
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
  }
  await fill()
  const before = await stateOf(hub, CODES, [ROBIN])
  for (const [wish, code] of [
    [null, 'SCHEMA_VIOLATION'],
    [5, 'SCHEMA_VIOLATION'],
    [[HALTON], 'SCHEMA_VIOLATION'],
    [{ authority: HALTON }, 'SCHEMA_VIOLATION'],
    [{ authorityCode: 5 }, 'SCHEMA_VIOLATION'],
    ['', 'AUTHORITY_UNKNOWN'],
    ['E06999999', 'AUTHORITY_UNKNOWN'],
    [{ authorityCode: 'E06999999' }, 'AUTHORITY_UNKNOWN'],
  ] as const)
    t.match(await refusalOf(verbs(hub).reset(wish)), { name: 'HubError', code }, JSON.stringify(wish))
  t.strictSame(await stateOf(hub, CODES, [ROBIN]), before)
  const plansOf = async (code: string) => (await get(hub, `/v1/authorities/${code}/plans`)).items.length
  await hub.reset({ authorityCode: HALTON })
  t.same([await plansOf(HALTON), await plansOf(WARRINGTON)], [0, 1])
  await hub.reset(WARRINGTON)
  t.equal(await plansOf(WARRINGTON), 0)
  for (const all of [undefined, {}]) {
    await fill()
    await verbs(hub).reset(all)
    t.same([await plansOf(HALTON), await plansOf(WARRINGTON)], [0, 0])
  }
})

t.test('in process, the name of a snapshot is checked as that in a path is', async (t) => {
  const { hub } = await openHub(t)
  for (const verb of ['snapshot', 'restore'] as const)
    for (const name of [undefined, null, 5, {}, '', 'Night', 'a_b', '../hub', '-'.repeat(41)])
      t.match(
        await refusalOf(verbs(hub)[verb](name)),
        { name: 'HubError', code: 'SCHEMA_VIOLATION', errors: [{ pointer: '/name' }] },
        `${verb} ${JSON.stringify(name)}`,
      )
  t.strictSame(await get(hub, '/tester/snapshots'), { items: [] })
})

t.test('in process, a seed may have as many bytes as over HTTP', async (t) => {
  const { hub } = await openHub(t)
  const plans = (count: number) => ({ plans: Array(count).fill({ ...PLAN, localId: 'L'.repeat(300) }) })
  const over = await hub.app.inject({ method: 'POST', url: '/tester/seed', payload: plans(3_000) })
  t.equal(over.statusCode, 413)
  t.match(await refusalOf(verbs(hub).seed(plans(3_000))), { name: 'HubError', code: 'BODY_TOO_LARGE' })
  t.match(
    await refusalOf(verbs(hub).seed(plans(2_000))),
    { code: 'SEED_RETURNED' },
    'within it the rest is said',
  )
})

t.test('every control of a closed hub says that the hub is closed', async (t) => {
  const { hub } = await openHub(t)
  const { clock } = hub
  await hub.close()
  const works: (() => Promise<unknown>)[] = [
    () => hub.seed({ world: 'small' }),
    () => hub.reset(),
    () => hub.reset(HALTON),
    () => hub.snapshot('night'),
    () => hub.restore('night'),
    () => clock.set({ advance: 'P2D' }),
    () => hub.clock.set({ frozen: true }),
    () => clock.unset(),
  ]
  for (const work of works)
    t.match(
      await work().catch((error) => error),
      { name: 'Error', message: 'This hub is closed. Create another.' },
      String(work),
    )
})

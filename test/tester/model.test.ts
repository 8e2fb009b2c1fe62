import assert from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { createHub, type Hub } from '../../src/index.js'
import { countingIds, setClock } from '../helpers/hub.js'
import {
  CODES,
  type Code,
  HubModel,
  type ModelFault,
  NUMBERS,
  PLANS,
  recordOf,
  START,
} from '../helpers/hub-model.js'
import {
  acknowledge,
  aDataset,
  attend,
  HALTON,
  lease,
  lookUp,
  submit,
  WARRINGTON,
  WHISTON_NURSE,
} from '../helpers/seed.js'

// Random histories, told to the hub and to the model of its rules alike.

interface Real {
  hub: Hub
  restart(now: number): Promise<void>
}
type Command = fc.AsyncCommand<HubModel, Real>

const HOUR_MS = 3_600_000
// npm run soak runs many more.
const RUNS = Number(process.env.HISTORIES ?? 40)
const code = fc.constantFrom(...CODES)
const nhsNumber = fc.constantFrom(...NUMBERS)
const user = fc.constantFrom('u1', 'u2')

/** What the histories must come to at least once, or they prove nothing of it. */
const RARE = [
  'a day that does not run again',
  'a lease that ran out at once',
  'a repeat a moment before its day is over',
  'a restore over a midnight',
  'a second delivery',
  'no room: acknowledgement',
  'no room: dataset',
  'no room: lease',
  'no room: lookup',
  'no room: visit',
]
const met = new Set<string>()

/** A command that can always be run; `text` is what a counterexample shows. */
function command(text: string, run: (model: HubModel, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => text }
}

const CUT = { message: 'A tester’s fault cut the connection.' }

/**
 * Asks until an answer comes, as a client must; `done` hears of each time that the hub did what was asked. What does not
 * write is answered as usual where there is no room.
 */
async function insist(
  model: HubModel,
  on: ModelFault['on'],
  ask: () => Promise<LightMyRequestResponse>,
  done: (effect: ModelFault['effect'] | undefined) => void,
  writes = () => true,
): Promise<LightMyRequestResponse> {
  for (;;) {
    const effect = model.meet(on, on === 'lookup' && !writes())
    if (effect === 'cut before' || effect === 'cut after' || effect === 'truncated') {
      await assert.rejects(ask(), CUT)
      if (effect !== 'cut before') done(effect)
      continue
    }
    const reply = await ask()
    if (effect === 'refused' || (effect === 'no room' && writes())) {
      const wanted = effect === 'refused' ? 'STORE_UNAVAILABLE' : 'STORAGE_FULL'
      assert.deepEqual([reply.statusCode, reply.json().code], [503, wanted])
      if (effect === 'no room') met.add(`no room: ${on}`)
      continue
    }
    done(effect)
    return reply
  }
}

type Which = readonly number[]

async function submitAlike(
  model: HubModel,
  hub: Hub,
  at: Code,
  which: Which,
  isWrong: boolean,
): Promise<void> {
  const plans = which.map((place) => PLANS[place] as (typeof PLANS)[number])
  const records: object[] = plans.map(recordOf)
  if (isWrong) records.push({ ...recordOf(PLANS[0] as (typeof PLANS)[number]), nhsNumber: '9990000027' })
  const sequence = model.nextSequence(at)
  const dataset = aDataset(sequence, records, { extractedAt: new Date(model.now).toISOString() })
  const isGood = !isWrong && records.length > 0
  let times = 0
  const reply = await insist(
    model,
    'dataset',
    () => submit(hub, at, dataset),
    () => {
      times += 1
      if (isGood && times === 1) model.accept(at, plans)
    },
    // The first receipt stands already.
    () => times === 0 || !isGood,
  )
  const acceptance = times === 1 ? 201 : 200
  assert.equal(reply.statusCode, isGood ? acceptance : 422)
  assert.equal(reply.json().sequence, sequence)
}

const datasets = fc
  .tuple(code, fc.subarray([0, 1, 2, 3, 4]), fc.integer({ min: 0, max: 5 }))
  .map(([at, which, slip]) =>
    command(
      `dataset of ${at} with ${which.join(', ')}${slip === 0 ? ' and a wrong number' : ''}`,
      (model, { hub }) => submitAlike(model, hub, at, which, slip === 0),
    ),
  )

interface Asked {
  about: string
  id: string
  silent?: boolean
}

async function lookUpAlike(model: HubModel, hub: Hub, { about, id, silent = false }: Asked): Promise<void> {
  const requester = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id } }
  let wanted: ReturnType<HubModel['look']>
  const reply = await insist(
    model,
    'lookup',
    () => lookUp(hub, about, { requester, ...(silent && { careSetting: 'scheduled' }) }),
    () => {
      if (!silent) wanted = model.look(about, id)
    },
    () => !silent,
  )
  const { found, plans, access, accesses } = reply.json()
  const shown = plans.map((plan: { authority: { code: string }; planType: string; status: string }) =>
    [plan.authority.code, plan.planType, plan.status].join(' '),
  )
  assert.deepEqual(shown.sort(), model.shown(about))
  if (silent) {
    assert.equal(access, null)
    return
  }
  assert.equal(found, wanted !== undefined)
  const seen = access && {
    repeat: access.repeat,
    notified: access.notified.sort(),
    accesses: accesses.length,
  }
  assert.deepEqual(seen, wanted ?? null)
}

const lookups = fc
  .record({ about: nhsNumber, id: user, silent: fc.boolean() })
  .map((asked) =>
    command(`${asked.silent ? 'silent ' : ''}lookup of ${asked.about} by ${asked.id}`, (model, { hub }) =>
      lookUpAlike(model, hub, asked),
    ),
  )

let keys = 0
const visits = nhsNumber.map((about) =>
  command(`visit of ${about}`, async (model, { hub }) => {
    const at = new Date(model.now).toISOString()
    let told: string[] | undefined
    const reply = await insist(
      model,
      'visit',
      () => {
        // What was refused has used no key up, and must have left nothing that a new one would double.
        if (told === undefined) keys += 1
        return attend(hub, about, { at }, { 'idempotency-key': `visit-${keys}` })
      },
      () => {
        told ??= model.attend(about)
      },
    )
    assert.equal(reply.statusCode, 201)
    assert.deepEqual(reply.json().notified, told)
  }),
)

const leases = fc
  .tuple(code, fc.integer({ min: 1, max: 4 }), fc.constantFrom(60, 3_600), fc.constantFrom(true, true, false))
  .map(([at, max, seconds, keep]) =>
    command(
      `${at} leases ${max} for ${seconds} s${keep ? ' and acknowledges' : ''}`,
      async (model, { hub }) => {
        let handedOut: ReturnType<HubModel['lease']> = []
        const reply = await insist(
          model,
          'lease',
          () => lease(hub, at, { max, leaseSeconds: seconds }),
          (effect) => {
            handedOut = model.lease(at, max, seconds * 1_000, effect)
          },
          () => model.hasLeasable(at),
        )
        const { notifications } = reply.json()
        assert.deepEqual(
          notifications.map((each: Notification) => `${textOf(each)} ${each.attempt}`),
          handedOut.map(({ text }) => text),
        )
        if (!keep || handedOut.length === 0) return
        const ids = [...new Set<string>(notifications.map(({ id }: Notification) => id))]
        let newly = 0
        const kept = await insist(
          model,
          'acknowledgement',
          () => acknowledge(hub, at, ids),
          () => {
            newly = model.acknowledge(handedOut)
          },
        )
        const { acknowledged, alreadyAcknowledged } = kept.json()
        assert.equal(acknowledged.length, newly)
        assert.deepEqual([...acknowledged, ...alreadyAcknowledged].sort(), ids.sort())
      },
    ),
  )

interface Notification {
  id: string
  kind: string
  attempt: number
  nhsNumber?: string
  overdue?: { date: string }
}

function textOf({ kind, nhsNumber: about, overdue }: Notification): string {
  return overdue === undefined ? `${kind} ${about}` : `overdue ${overdue.date}`
}

/** What is seen of the authorities at any moment. */
async function seeFreshness(model: HubModel, hub: Hub): Promise<void> {
  const { authorities } = (await hub.app.inject('/v1/freshness')).json()
  for (const at of CODES) {
    const { overdue, queued } = authorities.find((each: { code: string }) => each.code === at)
    assert.deepEqual({ overdue, queued }, model.freshnessOf(at))
  }
}

async function setClockOf(model: HubModel, hub: Hub, to: number): Promise<void> {
  await hub.clock.set({ now: new Date(to).toISOString(), frozen: true })
  model.move(to)
  await seeFreshness(model, hub)
}

const moves = fc
  .constantFrom(1, 12, 24, 25, 26, 72, -1, -24, -72)
  .map((hours) =>
    command(`the clock moves by ${hours} h`, (model, { hub }) =>
      setClockOf(model, hub, model.now + hours * HOUR_MS),
    ),
  )

// Days that an authority was in time for run, and then it is not; they must not run again.
const returns = code.map((at) =>
  command(
    `the clock goes on, back to before, and on again after a dataset of ${at}`,
    async (model, { hub }) => {
      await setClockOf(model, hub, model.now + 24 * HOUR_MS)
      await setClockOf(model, hub, model.now - 72 * HOUR_MS)
      await submitAlike(model, hub, at, [0, 4], false)
      await setClockOf(model, hub, model.now + 72 * HOUR_MS)
    },
  ),
)

const turns = fc.tuple(fc.nat({ max: 20 }), fc.constantFrom(-1, 0, 1)).map(([which, offset]) =>
  command(`the clock moves to turning point ${which} and ${offset} ms`, async (model, { hub }) => {
    const points = model.turningPoints()
    const { at, asked } = points[which % points.length] as (typeof points)[number]
    await setClockOf(model, hub, at + offset)
    if (asked !== undefined) await lookUpAlike(model, hub, asked)
  }),
)

const ROUTES: Record<ModelFault['on'], string> = {
  dataset: '/v1/authorities/{authorityCode}/datasets',
  lookup: '/v1/lookups',
  visit: '/v1/attendances',
  lease: '/v1/authorities/{authorityCode}/notifications/lease',
  acknowledgement: '/v1/authorities/{authorityCode}/notifications/acknowledge',
}
const EFFECTS: Record<ModelFault['effect'], object> = {
  refused: { status: 503 },
  'cut before': { drop: 'before' },
  'cut after': { drop: 'after' },
  truncated: { truncate: 9 },
  'no room': { storageFull: true },
  'delivered twice': { deliverTwice: true },
  'expires at once': { leaseExpiresAtOnce: true },
}
const LEASES_ONLY = ['delivered twice', 'expires at once']
const keysOf = <Name extends string>(record: Record<Name, unknown>) => Object.keys(record) as Name[]

const faults = fc
  .record({
    on: fc.constantFrom(...keysOf(ROUTES), 'acknowledgement' as const),
    effect: fc.constantFrom(...keysOf(EFFECTS)),
    after: fc.constantFrom(0, 0, 1),
    times: fc.constantFrom(1, 1, 2),
  })
  .filter(({ on, effect }) => on === 'lease' || !LEASES_ONLY.includes(effect))
  .map((fault) =>
    command(`fault ${JSON.stringify(fault)}`, async (model, { hub }) => {
      const { on, effect, after, times } = fault
      const payload = { match: { method: 'POST', route: ROUTES[on] }, after, times, do: EFFECTS[effect] }
      const reply = await hub.app.inject({ method: 'POST', url: '/tester/faults', payload })
      assert.equal(reply.statusCode, 201)
      model.set(fault)
    }),
  )

const restarts = fc.constant(
  command('a restart', async (model, real) => {
    await real.restart(model.now)
    model.restart()
  }),
)

// A running clock comes back with its distance from the machine's, so that there are midnights to pass.
const nights = fc.constant(
  command('a snapshot, a restart a day later, and a restore', async (model, real) => {
    await real.hub.clock.unset()
    model.unset()
    await real.hub.snapshot('kept')
    model.keep()
    await setClockOf(model, real.hub, model.now + 30 * HOUR_MS)
    await real.restart(model.now)
    model.restart()
    await real.hub.restore('kept')
    model.restore()
    await seeFreshness(model, real.hub)
  }),
)

const snapshots = fc.constant(
  command('a snapshot', async (model, { hub }) => {
    await hub.snapshot('kept')
    model.keep()
  }),
)

const restores = fc.constant(
  command('a restore', async (model, { hub }) => {
    if (model.restore()) await hub.restore('kept')
  }),
)

/** A hub whose data outlives it, and its clock with it, as a machine's would. */
async function openReal() {
  const dataDir = mkdtempSync(join(tmpdir(), 'cpis-model-'))
  const clock = setClock(new Date(START).toISOString())
  const newId = countingIds()
  const real = {
    hub: await createHub({ dataDir, clock, newId }),
    async restart(now: number) {
      await real.hub.close()
      clock.set(new Date(now).toISOString())
      real.hub = await createHub({ dataDir, clock, newId })
    },
    async reset() {
      clock.set(new Date(START).toISOString())
      await real.hub.reset()
    },
    async close() {
      await real.hub.close()
      rmSync(dataDir, { recursive: true })
    },
  }
  return real
}

t.test('whatever happens in whatever order, the hub does what its rules say', async (t) => {
  const often = <T>(times: number, one: T) => Array<T>(times).fill(one)
  // A restart takes as long as a hundred of the others.
  const all = [
    ...often(3, datasets),
    ...often(6, lookups),
    ...often(2, visits),
    ...often(4, leases),
    ...often(2, moves),
    ...often(3, turns),
    ...often(4, faults),
    snapshots,
    restores,
    fc.oneof(restarts, nights),
    returns,
  ]
  const commands = fc.commands(all, {
    maxCommands: 50,
    size: 'max',
  })
  const real = await openReal()
  t.teardown(() => real.close())
  await fc.assert(
    fc.asyncProperty(commands, async (history) => {
      await real.reset()
      const model = new HubModel((what) => met.add(what))
      // There is something to be asked for, at both for one of the children.
      await submitAlike(model, real.hub, HALTON, [0, 2, 3], false)
      await submitAlike(model, real.hub, WARRINGTON, [0, 1, 4], false)
      await fc.asyncModelRun(() => ({ model, real }), history)
    }),
    { seed: 20_261_127, numRuns: RUNS },
  )
  t.same(
    RARE.filter((what) => !met.has(what)),
    [],
    `${RUNS} histories came to all of it`,
  )
})

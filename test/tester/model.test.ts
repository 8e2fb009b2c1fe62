import assert from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createHub, type Hub } from '../../src/index.js'
import { countingIds, setClock } from '../helpers/hub.js'
import { CODES, HubModel, NUMBERS, PLANS, recordOf, START } from '../helpers/hub-model.js'
import { acknowledge, aDataset, attend, lease, lookUp, submit, WHISTON_NURSE } from '../helpers/seed.js'

// Random histories, told to the hub and to the model of its rules alike.

interface Real {
  hub: Hub
  restart(now: number): Promise<void>
}
type Command = fc.AsyncCommand<HubModel, Real>

const HOUR_MS = 3_600_000
// npm run soak runs many more.
const RUNS = Number(process.env.HISTORIES ?? 12)
const code = fc.constantFrom(...CODES)
const nhsNumber = fc.constantFrom(...NUMBERS)
const user = fc.constantFrom('u1', 'u2')

/** A command that can always be run; `text` is what a counterexample shows. */
function command(text: string, run: (model: HubModel, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => text }
}

const datasets = fc
  .tuple(code, fc.subarray([0, 1, 2, 3, 4]), fc.integer({ min: 0, max: 5 }))
  .map(([at, which, fault]) =>
    command(
      `dataset of ${at} with ${which.join(', ')}${fault === 0 ? ' and a wrong number' : ''}`,
      async (model, { hub }) => {
        const plans = which.map((place) => PLANS[place] as (typeof PLANS)[number])
        const records: object[] = plans.map(recordOf)
        if (fault === 0)
          records.push({ ...recordOf(PLANS[0] as (typeof PLANS)[number]), nhsNumber: '9990000027' })
        const dataset = aDataset(model.sequences[at] + 1, records, {
          extractedAt: new Date(model.now).toISOString(),
        })
        const reply = await submit(hub, at, dataset)
        const isGood = fault !== 0 && records.length > 0
        assert.equal(reply.statusCode, isGood ? 201 : 422)
        if (isGood) model.accept(at, plans)
      },
    ),
  )

const lookups = fc.tuple(nhsNumber, user, fc.boolean()).map(([about, id, silent]) =>
  command(`${silent ? 'silent ' : ''}lookup of ${about} by ${id}`, async (model, { hub }) => {
    const requester = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id } }
    const reply = (
      await lookUp(hub, about, { requester, ...(silent && { careSetting: 'scheduled' }) })
    ).json()
    const shown = reply.plans.map((plan: { authority: { code: string }; planType: string; status: string }) =>
      [plan.authority.code, plan.planType, plan.status].join(' '),
    )
    assert.deepEqual(shown.sort(), model.shown(about))
    if (silent) {
      assert.equal(reply.access, null)
      return
    }
    const wanted = model.look(about, id)
    assert.equal(reply.found, wanted !== undefined)
    const { access, accesses } = reply
    const seen = access && {
      repeat: access.repeat,
      notified: access.notified.sort(),
      accesses: accesses.length,
    }
    assert.deepEqual(seen, wanted ?? null)
  }),
)

const visits = nhsNumber.map((about) =>
  command(`visit of ${about}`, async (model, { hub }) => {
    const reply = await attend(hub, about, { at: new Date(model.now).toISOString() })
    assert.equal(reply.statusCode, 201)
    assert.deepEqual(reply.json().notified, model.attend(about))
  }),
)

const leases = fc
  .tuple(code, fc.integer({ min: 1, max: 4 }), fc.constantFrom(60, 3_600), fc.boolean())
  .map(([at, max, seconds, keep]) =>
    command(
      `${at} leases ${max} for ${seconds} s${keep ? ' and acknowledges' : ''}`,
      async (model, { hub }) => {
        const { notifications } = (await lease(hub, at, { max, leaseSeconds: seconds })).json()
        const told = notifications.map((each: Notification) => `${textOf(each)} ${each.attempt}`)
        assert.deepEqual(told, model.lease(at, max, seconds * 1_000))
        if (!keep || told.length === 0) return
        const ids = notifications.map(({ id }: Notification) => id)
        assert.deepEqual((await acknowledge(hub, at, ids)).json().acknowledged, ids)
        model.acknowledge(at, told)
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

// Most of them lead to where a rule changes its mind.
const moves = fc.constantFrom(1, 2, 12, 23, 24, 25, 26, 48, -1, -12, -24).map((hours) =>
  command(`the clock moves by ${hours} h`, async (model, { hub }) => {
    const to = model.now + hours * HOUR_MS
    await hub.clock.set({ now: new Date(to).toISOString(), frozen: true })
    model.move(to)
  }),
)

const restarts = fc.constant(
  command('a restart', async (model, real) => {
    await real.restart(model.now)
    model.restart()
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
    ...often(3, leases),
    ...often(4, moves),
    restarts,
  ]
  const commands = fc.commands(all, {
    maxCommands: 40,
    size: 'max',
  })
  const real = await openReal()
  t.teardown(() => real.close())
  await fc.assert(
    fc.asyncProperty(commands, async (history) => {
      await real.reset()
      await fc.asyncModelRun(() => ({ model: new HubModel(), real }), history)
    }),
    { seed: 20_261_127, numRuns: RUNS },
  )
  t.pass(`${RUNS} histories`)
})

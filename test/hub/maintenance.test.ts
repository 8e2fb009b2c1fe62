import { pino } from 'pino'
import t from 'tap'
import { addMs, DAY_MS } from '../../src/clock.js'
import { catchUpMaintenance, runMaintenance, scheduleMaintenance } from '../../src/hub/run-maintenance.js'
import { openContext } from '../helpers/context.js'
import { NOW } from '../helpers/hub.js'
import { steppedClock } from '../helpers/stepped-clock.js'
import { until } from '../helpers/until.js'

t.test('a day whose purge failed is not done, and a later run does it', async (t) => {
  let fails = true
  const hub = await openContext(t, (store) => ({
    ...store,
    purge: (before) => (fails ? Promise.reject(new Error('no room')) : store.purge(before)),
  }))
  await t.rejects(runMaintenance(hub), { message: 'no room' })
  t.same(await hub.store.readMaintenanceMark(), { lastMaintenanceAt: null, lastDay: null })
  fails = false
  await runMaintenance(hub)
  t.match(await hub.store.readMaintenanceMark(), { lastDay: '2026-11-24' })
})

t.test('a purge without end stops between two of its parts, and the day is not done', async (t) => {
  const stop = new AbortController()
  let parts = 0
  const hub = await openContext(t, (store) => ({
    ...store,
    async purge() {
      parts += 1
      if (parts === 3) stop.abort()
      return 200
    },
  }))
  await runMaintenance(hub, stop.signal)
  t.equal(parts, 3)
  t.same(await hub.store.readMaintenanceMark(), { lastMaintenanceAt: null, lastDay: null })
})

t.test('a start purges once a day, and each start tells those who have become overdue', async (t) => {
  const done: string[] = []
  const context = await openContext(t, (store) => ({
    ...store,
    async purge(before) {
      done.push('purged')
      return store.purge(before)
    },
    async queueOverdueNotices(wish) {
      if (wish.newlyOverdueOnly) done.push(`told on ${wish.date}`)
      return store.queueOverdueNotices(wish)
    },
    async probe() {
      done.push('wrote')
      return store.probe()
    },
  }))
  await catchUpMaintenance(context)
  t.same(done.splice(0), ['told on 2026-11-24', 'purged'], 'a new database has had no maintenance')
  await catchUpMaintenance(context)
  t.same(done.splice(0), ['told on 2026-11-24', 'wrote'], 'no hub starts where it cannot write')
  await catchUpMaintenance({ ...context, clock: () => addMs(context.clock(), DAY_MS) })
  t.same(done.splice(0), ['told on 2026-11-25', 'purged'])
})

t.test('a day that a clock marked ahead of time keeps no later day from its purge', async (t) => {
  let purged = 0
  const told: string[] = []
  const hub = await openContext(t, (store) => ({
    ...store,
    async purge(before) {
      purged += 1
      return store.purge(before)
    },
    async queueOverdueNotices(wish) {
      if (!wish.newlyOverdueOnly) told.push(wish.date)
      return store.queueOverdueNotices(wish)
    },
  }))
  const wrong = { ...hub, clock: () => addMs(NOW, 4_000 * DAY_MS) }
  await catchUpMaintenance(wrong)
  t.equal(purged, 1)
  await catchUpMaintenance(hub)
  t.equal(purged, 2, 'a start runs it')
  const machineClock = steppedClock()
  let today = NOW
  const stop = scheduleMaintenance({ ...hub, clock: () => today, machineClock })
  // The next look is due a minute after the last one has ended, whenever that was.
  const passed = (runs: number) =>
    until('maintenance has had its look', async () => {
      await machineClock.passSeconds(61)
      return purged >= runs
    })
  await passed(3)
  today = addMs(NOW, DAY_MS)
  await passed(4)
  await stop()
  t.equal(told.at(-1), '2026-11-24', 'and the day that ended is told of')
})

t.test('a day that came by itself comes again when testers undid it', async (t) => {
  let runs = 0
  const hub = await openContext(t, (store) => ({
    ...store,
    async keepMaintenanceMark(mark, passed) {
      runs += 1
      await store.keepMaintenanceMark(mark, passed)
    },
  }))
  const machineClock = steppedClock()
  const stop = scheduleMaintenance({ ...hub, daysRunOnce: true, machineClock })
  for (const run of [1, 2]) {
    await until('maintenance has run', async () => {
      await machineClock.passSeconds(61)
      return runs >= run
    })
    await machineClock.passSeconds(200)
    t.equal(runs, run, 'once')
    await hub.store.resetWorld()
  }
  await stop()
})

t.test('removed rows that could not be erased are told of', async (t) => {
  const lines: string[] = []
  const hub = await openContext(t, (store) => ({ ...store, eraseRemoved: async () => false }))
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) })
  await runMaintenance({ ...hub, log })
  t.match(lines, [/bytes of removed rows are still in the files/])
})

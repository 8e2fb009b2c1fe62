import t from 'tap'
import { runMaintenance } from '../../src/hub/run-maintenance.js'
import { openContext } from '../helpers/context.js'

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

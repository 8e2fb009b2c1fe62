import t from 'tap'
import { get } from '../helpers/calls.js'
import { openHub } from '../helpers/hub.js'

t.test('all of England is seeded, kept and brought back', async (t) => {
  const { hub } = await openHub(t, { pdsCheck: 'registered' })
  const { authorities, plans, people } = await hub.seed({ world: 'england' })
  t.equal(authorities, 153)
  t.ok(plans > people && people > 130_000)
  const seeded = (await get(hub, '/v1/freshness')).authorities
  t.ok(
    seeded.every(
      ({ overdue, lastDataset }: { overdue: boolean; lastDataset: unknown }) => !overdue && lastDataset,
    ),
  )
  await hub.snapshot('england')
  await hub.reset()
  await hub.restore('england')
  t.strictSame((await get(hub, '/v1/freshness')).authorities, seeded)
})

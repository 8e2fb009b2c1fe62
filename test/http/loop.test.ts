import t from 'tap'
import { openHub } from '../helpers/hub.js'
import { acknowledge, aDataset, aRecord, HALTON, lease, lookUp, ROBIN, submit } from '../helpers/seed.js'

t.test('a dataset is posted, a child looked up, and the authority told', async (t) => {
  const { hub } = await openHub(t)
  t.equal((await submit(hub, HALTON, aDataset(1, [aRecord({ localId: 'H1' })]))).statusCode, 201)
  const looked = (await lookUp(hub, ROBIN)).json()
  t.equal(looked.found, true)
  t.same(looked.access.notified, [HALTON])
  const leased = (await lease(hub, HALTON)).json()
  t.equal(leased.notifications.length, 1)
  const ids = leased.notifications.map((each: { id: string }) => each.id)
  t.same((await acknowledge(hub, HALTON, ids)).json(), {
    acknowledged: ids,
    alreadyAcknowledged: [],
    unknown: [],
  })
})

import t, { type Test } from 'tap'
import type { Hub } from '../../src/index.js'
import { get } from '../helpers/calls.js'
import { openHub } from '../helpers/hub.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  ROBIN,
  release,
  submit,
} from '../helpers/seed.js'

const patch = (hub: Hub, id: string, payload: object) =>
  hub.app.inject({ method: 'PATCH', url: `/tester/notifications/${id}`, payload })

/** A hub with one notification, which is queued. */
async function withNotification(t: Test) {
  const { hub, clock } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await lookUp(hub, ROBIN)
  const [queued] = (await get(hub, `/v1/authorities/${HALTON}/notifications`)).items
  return { hub, clock, queued, id: queued.id as string }
}

t.test('an acknowledged notification is put back, and is told as any other', async (t) => {
  const { hub, queued, id } = await withNotification(t)
  await lease(hub, HALTON)
  await acknowledge(hub, HALTON, [id])
  const reply = await patch(hub, id, { state: 'queued' })
  t.equal(reply.statusCode, 200)
  t.strictSame(reply.json(), { ...queued, attempt: 1 })
  t.strictSame((await get(hub, `/v1/authorities/${HALTON}/notifications`)).items, [reply.json()])
  t.match((await lease(hub, HALTON)).json().notifications, [{ id, attempt: 2, nhsNumber: ROBIN }])
  t.strictSame((await acknowledge(hub, HALTON, [id])).json().acknowledged, [id])
})

t.test('a lease is run out, or goes on under its id', async (t) => {
  const { hub, clock, queued, id } = await withNotification(t)
  const { leaseId } = (await lease(hub, HALTON)).json()
  const longer = await patch(hub, id, { state: 'leased', leasedUntil: '2026-11-24T12:00:00+01:00' })
  const leased = { ...queued, state: 'leased', attempt: 1 }
  t.strictSame(longer.json(), { ...leased, leasedUntil: '2026-11-24T11:00:00.000Z' })
  clock.set('2026-11-24T10:59:59.000Z')
  t.strictSame((await lease(hub, HALTON)).json().notifications, [])
  t.strictSame((await release(hub, HALTON, [id], leaseId)).json().released, [id])
  await lease(hub, HALTON)
  const out = await patch(hub, id, { state: 'leased', leasedUntil: '2026-11-24T10:59:59Z', attempt: 9 })
  t.strictSame(out.json(), { ...queued, attempt: 9 }, 'a lease that ran out shows as queued')
  t.match((await lease(hub, HALTON)).json().notifications, [{ attempt: 10 }])
  t.strictSame((await patch(hub, id, { state: 'leased' })).json(), {
    ...leased,
    attempt: 10,
    attention: true,
    leasedUntil: '2026-11-24T11:00:59.000Z',
  })
})

t.test('a notification is acknowledged for its authority, or leased by nobody', async (t) => {
  const { hub, queued, id } = await withNotification(t)
  t.strictSame((await patch(hub, id, { state: 'leased', attempt: 3 })).json(), {
    ...queued,
    state: 'leased',
    attempt: 3,
    leasedUntil: '2026-11-24T09:31:00.000Z',
  })
  t.strictSame((await lease(hub, HALTON)).json().notifications, [])
  t.strictSame((await patch(hub, id, { state: 'acknowledged' })).json(), {
    ...queued,
    state: 'acknowledged',
    attempt: 3,
  })
  t.strictSame((await acknowledge(hub, HALTON, [id])).json().alreadyAcknowledged, [id])
})

t.test('whoever waits is told of a notification that is put back', async (t) => {
  const { hub, id } = await withNotification(t)
  await lease(hub, HALTON, { leaseSeconds: 3_600 })
  const waiting = lease(hub, HALTON, { waitSeconds: 20 })
  // Else it would be put back before anybody waits.
  await get(hub, '/v1/freshness')
  await patch(hub, id, { state: 'queued' })
  t.match((await waiting).json().notifications, [{ id, attempt: 2 }])
})

t.test('a change that is none, and a notification that is not there, are refused', async (t) => {
  const { hub, queued, id } = await withNotification(t)
  for (const [change, pointer] of [
    [{}, '/state'],
    [{ state: 'lost' }, '/state'],
    [{ state: 'queued', attempt: -1 }, '/attempt'],
    [{ state: 'queued', leasedUntil: '2026-11-24T10:00:00Z' }, '/leasedUntil'],
    [{ state: 'leased', leasedUntil: '2026-02-30T10:00:00Z' }, '/leasedUntil'],
    [{ state: 'leased', leasedUntil: 'soon' }, '/leasedUntil'],
    [{ state: 'queued', kind: 'access' }, '/kind'],
  ] as const) {
    const reply = await patch(hub, id, change)
    t.equal(reply.statusCode, 400, JSON.stringify(change))
    t.match(reply.json(), { code: 'SCHEMA_VIOLATION', errors: [{ pointer }] }, JSON.stringify(change))
  }
  t.strictSame((await get(hub, `/v1/authorities/${HALTON}/notifications`)).items, [queued])
  const unknown = await patch(hub, `none.${HALTON}`, { state: 'queued' })
  t.equal(unknown.statusCode, 404)
  t.match(unknown.json(), { code: 'NOTIFICATION_UNKNOWN' })
})

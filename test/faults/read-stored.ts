import { ask } from '../helpers/process.js'
import { WHISTON_NURSE } from '../helpers/seed.js'
import { type Client, subjectOf } from './client.js'
import type { Stored, StoredNotification } from './journal.js'
import { AUTHORITIES, CHILDREN, shown } from './world.js'

type Listed = ReturnType<typeof JSON.parse>

/** Reads from the hub all that a journal can be held against. Gives every lease back. */
export async function readStored(client: Client): Promise<Stored> {
  const listed = new Map<string, Listed[]>()
  for (const authority of AUTHORITIES) {
    listed.set(authority, await readAll(client, `/v1/authorities/${authority}/notifications`))
  }
  await learnAll(client, listed)
  return {
    notifications: [...listed].flatMap(([authority, notifications]) =>
      notifications.map((each): StoredNotification => {
        const { eventId, subject } = client.known.get(each.id) ?? {}
        return { id: each.id, authority, state: each.state, eventId, subject }
      }),
    ),
    accesses: (await Promise.all(CHILDREN.map(({ nhsNumber }) => readAccesses(client, nhsNumber)))).flat(),
    indexes: await Promise.all(AUTHORITIES.map((authority) => readIndex(client, authority))),
  }
}

/** Leases what the client has not seen yet, to learn what it tells of, and gives everything back. */
async function learnAll(client: Client, listed: Map<string, Listed[]>): Promise<void> {
  for (const [authority, notifications] of listed) {
    const path = `/v1/authorities/${authority}/notifications`
    const open = notifications.filter(({ state }) => state !== 'acknowledged').map(({ id }) => id)
    await release(client, path, open)
    for (;;) {
      const { body } = await ask(client.url, `${path}/lease`, { body: { max: 500, leaseSeconds: 3600 } })
      if (body.notifications.length === 0) break
      client.learn(body.notifications)
    }
    await release(client, path, open)
  }
}

async function release(client: Client, path: string, ids: string[]): Promise<void> {
  for (let i = 0; i < ids.length; i += 500) {
    await ask(client.url, `${path}/release`, { body: { ids: ids.slice(i, i + 500) } })
  }
}

async function readIndex(client: Client, authority: string): Promise<Stored['indexes'][number]> {
  const plans = await readAll(client, `/v1/authorities/${authority}/plans?visible=true`)
  const receipts = await readAll(client, `/v1/authorities/${authority}/datasets`)
  const accepted = receipts.filter(({ outcome }) => outcome === 'accepted')
  return {
    authority,
    accepted: accepted.map(({ id, sequence }) => ({ id, sequence })),
    visible: plans.map((plan) => shown(plan)),
  }
}

/** A silent lookup shows the latest accesses and leaves no trace. */
async function readAccesses(client: Client, nhsNumber: string): Promise<Stored['accesses']> {
  const lookup = { nhsNumber, careSetting: 'scheduled', requester: WHISTON_NURSE }
  const { body } = await ask(client.url, '/v1/lookups', { body: lookup })
  return body.accesses.map((each: Listed) => ({ id: each.id, subject: subjectOf(nhsNumber, each.user.id) }))
}

async function readAll({ url }: Client, path: string): Promise<Listed[]> {
  const items: Listed[] = []
  for (let after: string | null = ''; after !== null; ) {
    const query: string = `limit=500${after && `&after=${encodeURIComponent(after)}`}`
    const { body } = await ask(url, `${path}${path.includes('?') ? '&' : '?'}${query}`)
    items.push(...body.items)
    after = body.next
  }
  return items
}

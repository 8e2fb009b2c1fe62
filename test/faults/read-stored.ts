import type { Instant } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import type { AuthorityCode } from '../../src/domain/local-authority.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import type { Page, PageRequest, Store } from '../../src/store/store.js'
import { ask } from '../helpers/process.js'
import { WHISTON_NURSE } from '../helpers/seed.js'
import { aQuestion } from '../helpers/stores.js'
import { type Client, type LeasedNotification, subjectOf } from './client.js'
import type { Stored, StoredNotification } from './journal.js'
import { AUTHORITIES, CHILDREN, profileOf, shown } from './world.js'

/** What a journal needs to see of what is stored. Leasing takes all that is left; releasing gives it back. */
export interface Reading {
  /** Nobody reads it after this, so that nothing need be given back. */
  isThrownAway: boolean
  notifications(authority: string): Promise<{ id: string; state: string }[]>
  lease(authority: string): Promise<LeasedNotification[]>
  release(authority: string, ids: string[]): Promise<unknown>
  plans(authority: string): Promise<Parameters<typeof shown>[0][]>
  receipts(authority: string): Promise<{ id: string | null; sequence: number | null; outcome: string }[]>
  accesses(nhsNumber: string): Promise<{ id: string; user: { id: string } }[]>
  officeHoursPhone(authority: string): Promise<string>
}

/** Reads all that a journal can be held against. Gives every lease back, if anybody is to use it again. */
export async function readStored(client: Client, reading: Reading = overHttp(client)): Promise<Stored> {
  const listed = new Map<string, { id: string; state: string }[]>()
  for (const authority of AUTHORITIES) listed.set(authority, await reading.notifications(authority))
  for (const [authority, notifications] of listed) await learnAll(client, reading, authority, notifications)
  return {
    notifications: [...listed].flatMap(([authority, notifications]) =>
      notifications.map(({ id, state }): StoredNotification => {
        const { eventId, subject } = client.known.get(id) ?? {}
        return { id, authority, state, eventId, subject }
      }),
    ),
    accesses: (await Promise.all(CHILDREN.map(({ nhsNumber }) => accessesOf(reading, nhsNumber)))).flat(),
    indexes: await Promise.all(AUTHORITIES.map((authority) => indexOf(reading, authority))),
  }
}

/** Leases what the client has not seen yet, to learn what it tells of, and gives everything back. */
async function learnAll(
  client: Client,
  reading: Reading,
  authority: string,
  notifications: { id: string; state: string }[],
): Promise<void> {
  const open = notifications.filter(({ state }) => state !== 'acknowledged').map(({ id }) => id)
  if (reading.isThrownAway && open.every((id) => client.known.has(id))) return
  await releaseAll(reading, authority, open)
  for (;;) {
    const leased = await reading.lease(authority)
    if (leased.length === 0) break
    client.learn(leased)
  }
  await releaseAll(reading, authority, open)
}

async function releaseAll(reading: Reading, authority: string, ids: string[]): Promise<void> {
  for (let i = 0; i < ids.length; i += 500) await reading.release(authority, ids.slice(i, i + 500))
}

async function indexOf(reading: Reading, authority: string): Promise<Stored['indexes'][number]> {
  const accepted = (await reading.receipts(authority)).filter(({ outcome }) => outcome === 'accepted')
  return {
    authority,
    accepted: accepted.map(({ id, sequence }) => ({ id: id ?? '', sequence: sequence ?? 0 })),
    visible: (await reading.plans(authority)).map(shown),
    profile: profileOf(await reading.officeHoursPhone(authority)),
  }
}

async function accessesOf(reading: Reading, nhsNumber: string): Promise<Stored['accesses']> {
  const accesses = await reading.accesses(nhsNumber)
  return accesses.map(({ id, user }) => ({ id, subject: subjectOf(nhsNumber, user.id) }))
}

/** A running hub, read as anybody would. */
function overHttp({ url }: Client): Reading {
  const path = (authority: string, rest = '') => `/v1/authorities/${authority}${rest}`
  return {
    isThrownAway: false,
    notifications: (authority) => readPages(url, path(authority, '/notifications')),
    lease: async (authority) => {
      const wish = { max: 500, leaseSeconds: 3600 }
      return (await ask(url, path(authority, '/notifications/lease'), { body: wish })).body.notifications
    },
    release: (authority, ids) => ask(url, path(authority, '/notifications/release'), { body: { ids } }),
    plans: (authority) => readPages(url, path(authority, '/plans?visible=true')),
    receipts: (authority) => readPages(url, path(authority, '/datasets')),
    // A silent lookup shows the latest accesses and leaves no trace.
    accesses: async (nhsNumber) => {
      const lookup = { nhsNumber, careSetting: 'scheduled', requester: WHISTON_NURSE }
      return (await ask(url, '/v1/lookups', { body: lookup })).body.accesses
    },
    officeHoursPhone: async (authority) => (await ask(url, path(authority))).body.officeHoursPhone,
  }
}

async function readPages(url: string, path: string) {
  const items: ReturnType<typeof JSON.parse>[] = []
  for (let after: string | null = ''; after !== null; ) {
    const query: string = `limit=500${after && `&after=${encodeURIComponent(after)}`}`
    const { body } = await ask(url, `${path}${path.includes('?') ? '&' : '?'}${query}`)
    items.push(...body.items)
    after = body.next
  }
  return items
}

/** A store without a hub around it, at one moment, and for the last time. Opening it is many times faster than a hub. */
export function ofStore(store: Store, now: Instant): Reading {
  const today = now.slice(0, 10) as CalendarDate
  const code = (authority: string) => authority as AuthorityCode
  const leasedUntil = `${Number(now.slice(0, 4)) + 1}${now.slice(4)}` as Instant
  return {
    isThrownAway: true,
    notifications: (authority) =>
      pagesOf((page) => store.listNotifications(code(authority), { ...page, state: undefined, now })),
    lease: (authority) => {
      const wish = { authorityCode: code(authority), leaseId: 'reading', max: 500, now, leasedUntil }
      return store.leaseNotifications(wish)
    },
    release: (authority, ids) => store.releaseNotifications(code(authority), ids, undefined, now),
    plans: async (authority) => {
      const held = await pagesOf((page) =>
        store.listPlans(code(authority), { ...page, visible: true, today }),
      )
      return held.map(({ plan }) => plan)
    },
    receipts: (authority) => pagesOf((page) => store.listReceipts(code(authority), page)),
    accesses: async (nhsNumber) => {
      const question = { nhsNumber: nhsNumber as NhsNumber, silent: true, now, today }
      const outcome = await store.lookUp(aQuestion('none', question))
      return outcome.kind === 'answered' ? outcome.accesses : []
    },
    officeHoursPhone: async (authority) =>
      (await store.findAuthority(code(authority)))?.officeHoursPhone ?? '',
  }
}

async function pagesOf<T>(read: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page: Page<T> = await read({ limit: 500, after })
    items.push(...page.items)
    after = page.next
  }
  return items
}

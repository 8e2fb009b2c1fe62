/** One request of the client, written down before it was sent. No answer, no status. */
export interface Exchange<Sent, Reply> {
  key: string
  sent: Sent
  status: number | null
  reply?: Reply
}

/** A lookup or an attendance. Those with one subject are one event, which concerns all of `holders`. */
export type EventExchange = Exchange<
  { subject: string; holders: string[] },
  { id: string; notified: string[] }
>
/** `visible` is what the index shows of the authority once this dataset is accepted. */
export type DatasetExchange = Exchange<
  { authority: string; sequence: number; visible: string[] },
  { id: string }
>
export type LeaseExchange = Exchange<{ authority: string }, { ids: string[] }>
export type AcknowledgementExchange = Exchange<{ authority: string; ids: string[] }, unknown>

/** An authority's own profile, set to a value that no other request of the journal sets. */
export type ChangeExchange = Exchange<{ authority: string; value: number }, unknown>

/** What a client of the hub sent, and what it was promised. */
export interface Journal {
  events: EventExchange[]
  datasets: DatasetExchange[]
  leases: LeaseExchange[]
  acknowledgements: AcknowledgementExchange[]
  /** Those of one authority were sent one after the other. */
  changes: ChangeExchange[]
}

export interface StoredNotification {
  id: string
  authority: string
  state: string
  /** The access or attendance that it tells of; undefined when the client has never seen it. */
  eventId: string | undefined
  subject: string | undefined
}

/** What is there, read from the hub. */
export interface Stored {
  notifications: StoredNotification[]
  /** Events seen elsewhere than in a notification. */
  accesses: { id: string; subject: string }[]
  indexes: {
    authority: string
    accepted: { id: string; sequence: number }[]
    visible: string[]
    /** What the last change of its profile says. */
    profile: number
  }[]
}

/** The profile of an authority that nobody has changed. */
export const UNCHANGED = 0

export type FaultKind = 'lost promise' | 'ghost' | 'doubled' | 'half told' | 'mixed index'
export interface Fault {
  kind: FaultKind
  what: string
}

/** Holds what is stored against the journal: promised ⊆ stored ⊆ sent, each once, each whole. */
export function checkJournal(journal: Journal, stored: Stored): Fault[] {
  return [
    ...checkEvents(journal.events, stored),
    ...checkNotifications(stored.notifications),
    ...stored.indexes.flatMap((index) =>
      checkIndex(
        index,
        journal.datasets.filter(({ sent }) => sent.authority === index.authority),
      ),
    ),
    ...stored.indexes.flatMap((index) => checkProfile(index, journal.changes)),
    ...checkLeases(journal.leases, stored.notifications),
    ...checkAcknowledgements(journal.acknowledgements, stored.notifications),
  ]
}

/** Holds what is stored against the requests that were refused, by their keys: they must have left nothing. */
export function checkRefused(journal: Journal, stored: Stored, refused: ReadonlySet<string>): Fault[] {
  /** What was refused, and is of no other request. */
  const ghosts = <E extends { key: string }>(exchanges: readonly E[], namesOf: (exchange: E) => string[]) => {
    const others = new Set(exchanges.filter(({ key }) => !refused.has(key)).flatMap(namesOf))
    return exchanges
      .filter(({ key }) => refused.has(key))
      .flatMap(namesOf)
      .filter((name) => !others.has(name))
  }
  const there = new Set([
    ...[...tellingsOf(stored).values()].map(({ subject }) => `event of ${subject}`),
    ...stored.indexes.flatMap(({ authority, accepted, profile }) => [
      ...accepted.map(({ sequence }) => `dataset ${sequence} of ${authority}`),
      `profile ${profile} of ${authority}`,
    ]),
    ...stored.notifications
      .filter(({ state }) => state === 'acknowledged')
      .map(({ id }) => `acknowledgement of ${id}`),
  ])
  return [
    ...ghosts(journal.events, ({ sent }) => [`event of ${sent.subject}`]),
    ...ghosts(journal.datasets, ({ sent }) => [`dataset ${sent.sequence} of ${sent.authority}`]),
    ...ghosts(journal.changes, ({ sent }) => [`profile ${sent.value} of ${sent.authority}`]),
    ...ghosts(journal.acknowledgements, ({ sent }) => sent.ids.map((id) => `acknowledgement of ${id}`)),
  ]
    .filter((what) => there.has(what))
    .map((what) => ({ kind: 'ghost', what }))
}

function isPromised(exchange: { status: number | null }): boolean {
  return exchange.status !== null && exchange.status < 300
}

function checkEvents(events: EventExchange[], stored: Stored): Fault[] {
  const faults: Fault[] = []
  const told = tellingsOf(stored)
  for (const { key, reply, ...exchange } of events) {
    if (!isPromised(exchange) || reply === undefined) continue
    const missing = reply.notified.filter((authority) => !told.get(reply.id)?.authorities.has(authority))
    for (const authority of missing) faults.push({ kind: 'lost promise', what: `${key} to ${authority}` })
  }
  const holdersOf = new Map(events.map(({ sent }) => [sent.subject, sent.holders]))
  const eventOf = new Map<string, string>()
  for (const [id, { subject, authorities }] of told) {
    const holders = subject === undefined ? undefined : holdersOf.get(subject)
    if (subject === undefined || holders === undefined) {
      faults.push({ kind: 'ghost', what: `event ${id}` })
      continue
    }
    if (eventOf.has(subject)) faults.push({ kind: 'doubled', what: `event of ${subject}` })
    eventOf.set(subject, id)
    if (!isSameSet([...authorities], holders)) faults.push({ kind: 'half told', what: `event of ${subject}` })
  }
  return faults
}

/** Who was told of each event that is stored. */
function tellingsOf({ notifications, accesses }: Stored) {
  const told = new Map<string, { subject: string | undefined; authorities: Set<string> }>()
  for (const { id, subject } of accesses) told.set(id, { subject, authorities: new Set() })
  for (const { id, eventId = `of notification ${id}`, subject, authority } of notifications) {
    const telling = told.get(eventId) ?? { subject, authorities: new Set() }
    told.set(eventId, telling)
    telling.authorities.add(authority)
  }
  return told
}

function checkNotifications(notifications: StoredNotification[]): Fault[] {
  const pairs = notifications.map(({ eventId, id, authority }) => `event ${eventId ?? id} to ${authority}`)
  return repeated(pairs).map((what) => ({ kind: 'doubled', what }))
}

function checkIndex({ accepted, visible }: Stored['indexes'][number], sent: DatasetExchange[]): Fault[] {
  const faults: Fault[] = []
  for (const { key, reply, ...exchange } of sent) {
    if (isPromised(exchange) && !accepted.some(({ id }) => id === reply?.id)) {
      faults.push({ kind: 'lost promise', what: key })
    }
  }
  const sequences = accepted.map(({ sequence }) => sequence)
  for (const sequence of repeated(sequences)) faults.push({ kind: 'doubled', what: `dataset ${sequence}` })
  for (const sequence of sequences) {
    if (sent.every((dataset) => dataset.sent.sequence !== sequence)) {
      faults.push({ kind: 'ghost', what: `dataset ${sequence}` })
    }
  }
  const newest = Math.max(0, ...sequences)
  const expected = sent.find((dataset) => dataset.sent.sequence === newest)?.sent.visible ?? []
  if (!isSameSet(visible, expected)) faults.push({ kind: 'mixed index', what: `after dataset ${newest}` })
  return faults
}

function checkProfile({ authority, profile }: Stored['indexes'][number], changes: ChangeExchange[]): Fault[] {
  const own = changes.filter(({ sent }) => sent.authority === authority)
  const promised = own.findLastIndex(isPromised)
  const stored = own.findLastIndex(({ sent }) => sent.value === profile)
  if (stored < promised) return [{ kind: 'lost promise', what: own[promised]?.key ?? '' }]
  // One that was never changed has what it was made with.
  return stored === -1 && profile !== UNCHANGED ? [{ kind: 'ghost', what: `profile ${profile}` }] : []
}

function checkLeases(leases: LeaseExchange[], notifications: StoredNotification[]): Fault[] {
  const leased = leases.flatMap(({ reply }) => reply?.ids ?? [])
  const free = new Set(notifications.filter(({ state }) => state === 'queued').map(({ id }) => id))
  return [
    ...repeated(leased).map((id): Fault => ({ kind: 'doubled', what: `lease of ${id}` })),
    ...leased
      .filter((id) => free.has(id))
      .map((id): Fault => ({ kind: 'lost promise', what: `lease of ${id}` })),
  ]
}

function checkAcknowledgements(
  acknowledgements: AcknowledgementExchange[],
  notifications: StoredNotification[],
): Fault[] {
  const sent = new Set(acknowledgements.flatMap((each) => each.sent.ids))
  const promised = new Set(acknowledgements.filter(isPromised).flatMap((each) => each.sent.ids))
  const stored = new Set(notifications.filter(({ state }) => state === 'acknowledged').map(({ id }) => id))
  const what = (id: string) => `acknowledgement of ${id}`
  return [
    ...[...promised]
      .filter((id) => !stored.has(id))
      .map((id): Fault => ({ kind: 'lost promise', what: what(id) })),
    ...[...stored].filter((id) => !sent.has(id)).map((id): Fault => ({ kind: 'ghost', what: what(id) })),
  ]
}

function repeated<T>(values: T[]): T[] {
  const seen = new Set<T>()
  return [...new Set(values.filter((value) => seen.size === seen.add(value).size))]
}

function isSameSet(a: string[], b: string[]): boolean {
  const inA = new Set(a)
  return a.length === b.length && inA.size === b.length && b.every((value) => inA.has(value))
}

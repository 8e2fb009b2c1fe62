import type { Instant } from '../../../clock.js'
import type { CalendarDate } from '../../../domain/calendar.js'
import type { AuthorityCode } from '../../../domain/local-authority.js'
import { holdersOf, notificationId, subjectOf } from '../../../domain/notification.js'
import { newPerson, type Person, wentInactive, withChange } from '../../../domain/person.js'
import type { PeopleEntry, PersonEntry, SavePeopleOutcome, SavePersonOutcome, Told } from '../../store.js'
import { type Connection, statement } from '../open.js'
import { countPeople, findPerson } from '../reads/people.js'
import { plansOfNumber } from '../reads/plans.js'
import { PERSON_COLUMNS, personToRow } from '../rows.js'
import { queueNotification } from './notifications.js'

const WRITE = `insert or replace into people (${PERSON_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** Makes people known to an empty register; one that has anybody is left as it is. */
export function seedPeople(connection: Connection, people: readonly Person[]): void {
  if (statement(connection, 'select 1 from people limit 1').get() !== undefined) return
  for (const person of people) statement(connection, WRITE).run(personToRow(person))
}

export function savePerson(connection: Connection, entry: PersonEntry): SavePersonOutcome {
  const before = findPerson(connection, entry.nhsNumber)
  const after = withChange(before ?? newPerson(entry.nhsNumber), entry.change)
  if (typeof after === 'string') return { kind: 'replacement', fault: after }
  if (before === undefined && countPeople(connection) >= entry.peopleMax) return { kind: 'full' }
  const person = { ...after, madeBySeed: false, version: (before?.version ?? 0) + 1 }
  const notified = writePerson(connection, before, person, { ...entry, id: entry.newEventId })
  return { kind: before === undefined ? 'created' : 'changed', person, notified }
}

/** All of them, or none when there is no room for those that are new. */
export function savePeople(connection: Connection, entry: PeopleEntry): SavePeopleOutcome {
  const known = entry.people.map((person) => findPerson(connection, person.nhsNumber))
  const added = known.filter((before) => before === undefined).length
  if (added > 0 && countPeople(connection) + added > entry.peopleMax) return { kind: 'full' }
  const told: Told[] = []
  let replaced = 0
  for (const [i, person] of entry.people.entries()) {
    const before = known[i]
    if (before !== undefined && !before.madeBySeed) continue
    if (before !== undefined) replaced += 1
    const after = { ...person, madeBySeed: true, version: (before?.version ?? 0) + 1 }
    const event = { ...entry, id: `${entry.newEventId}-${i}` }
    for (const authorityCode of writePerson(connection, before, after, event))
      told.push({ eventId: event.id, authorityCode })
  }
  const left = entry.people.length - added - replaced
  return { kind: 'saved', added, replaced, left, told }
}

/** Writes a person down; tells every authority that holds a plan when the number has just gone out of use. */
function writePerson(
  connection: Connection,
  before: Person | undefined,
  after: Person,
  { id, now, today }: { id: string; now: Instant; today: CalendarDate },
): AuthorityCode[] {
  statement(connection, WRITE).run(personToRow(after))
  const numberInactive = wentInactive(before, after)
  if (numberInactive === undefined) return []
  const plans = plansOfNumber(connection, after.nhsNumber)
  const holders = holdersOf(plans)
  for (const code of holders) {
    queueNotification(connection, {
      id: notificationId(id, code),
      authorityCode: code,
      kind: 'number-inactive',
      createdAt: now,
      payload: { ...subjectOf(plans, code, today), numberInactive },
    })
  }
  return holders
}

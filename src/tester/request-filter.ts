import type { Instant } from '../clock.js'
import type { NhsNumber } from '../domain/nhs-number.js'
import { type JournalEntry, textsOf } from './journal-entry.js'
import { mentions } from './mentions.js'

/** Which requests are meant; what is left out fits any. */
export interface RequestFilter {
  method?: string
  route?: string
  caller?: string
  status?: number
  /** By the hub's clock, inclusive: a frozen one gives every request the same moment. */
  since?: Instant
  until?: Instant
  /** Somewhere in what was asked or answered. */
  nhsNumber?: NhsNumber
}

export type FilterField = keyof RequestFilter

const DIFFERS: Record<FilterField, (entry: JournalEntry, filter: RequestFilter) => boolean> = {
  method: (entry, { method }) => method !== undefined && entry.method !== method,
  route: (entry, { route }) => route !== undefined && entry.route !== route,
  caller: (entry, { caller }) => caller !== undefined && entry.caller !== caller,
  status: (entry, { status }) => status !== undefined && entry.status !== status,
  since: (entry, { since }) => since !== undefined && entry.at < since,
  until: (entry, { until }) => until !== undefined && entry.at > until,
  nhsNumber: (entry, { nhsNumber }) => nhsNumber !== undefined && !isMentioned(entry, nhsNumber),
}
const FIELDS = Object.keys(DIFFERS) as FilterField[]

export function fits(entry: JournalEntry, filter: RequestFilter): boolean {
  return FIELDS.every((field) => !DIFFERS[field](entry, filter))
}

/** In which fields a request is not one of those that are meant. */
export function differencesOf(entry: JournalEntry, filter: RequestFilter): FilterField[] {
  return FIELDS.filter((field) => DIFFERS[field](entry, filter))
}

function isMentioned(entry: JournalEntry, nhsNumber: NhsNumber): boolean {
  for (const text of textsOf(entry)) if (mentions(text, nhsNumber)) return true
  return false
}

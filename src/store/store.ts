import type { Instant } from '../clock.js'
import type { ShownAccess } from '../domain/access-event.js'
import type { AttendanceEntry, AttendanceOutcome } from '../domain/attendance.js'
import type { CalendarDate } from '../domain/calendar.js'
import type { FreshnessRules } from '../domain/freshness.js'
import type {
  AuthorityCode,
  AuthorityProfile,
  GoLiveGate,
  LocalAuthority,
} from '../domain/local-authority.js'
import type { LookupOutcome, LookupQuestion, VisiblePlan } from '../domain/lookup.js'
import type { NhsNumber } from '../domain/nhs-number.js'
import type { LeasedNotification, NotificationState, NotificationSummary } from '../domain/notification.js'
import type { Person, PersonChange, ReplacementFault } from '../domain/person.js'
import type { PeopleFound, PersonSearch, PresentPerson } from '../domain/person-search.js'
import type { Plan } from '../domain/plan.js'
import type { Receipt, ReceiptSummary } from '../domain/receipt.js'
import type { RequestOrigin } from '../domain/request-origin.js'
import type { PackedPlanChanges } from './plan-changes.js'

/** A page of a listing; `after` and `next` are opaque to everyone but the store. */
export interface PageRequest {
  limit: number
  after: string | undefined
}

export interface Page<T> {
  items: T[]
  next: string | null
}

export interface AuthorityChange {
  code: AuthorityCode
  change: Partial<AuthorityProfile>
  /** What a new authority needs and was not given is taken from here. */
  defaults: Pick<
    AuthorityProfile,
    'dfeCode' | 'odsCode' | 'wave' | 'status' | 'acceptance' | 'childrenInScope'
  >
  force: boolean
  today: CalendarDate
}

export type SaveAuthorityOutcome =
  | { kind: 'created' | 'changed'; authority: LocalAuthority }
  | { kind: 'incomplete'; missing: string[] }
  | { kind: 'gate-refused'; gate: GoLiveGate & { passed: false } }

export interface HeldPlan {
  plan: Plan
  visible: boolean
}

/** An accepted dataset on its way to the index: what changes, and against which version that was computed. */
export interface DatasetAcceptance {
  authorityCode: AuthorityCode
  basedOnVersion: number
  receipt: Receipt & { id: string }
  childrenInScope: number | null
  changes: PackedPlanChanges
  origin: RequestOrigin
}

export type AcceptOutcome =
  | { kind: 'accepted' }
  /** The authority changed since the difference was computed: compute it again. */
  | { kind: 'superseded' }

export interface KeptSnapshot {
  name: string
  /** What it was kept with; undefined when the file is damaged. */
  note: string | undefined
  bytes: number
  /** When the file was written, by the machine's clock. */
  writtenAt: Instant
}

export type RestoreOutcome =
  | { kind: 'restored'; note: string }
  | { kind: 'unknown' }
  | { kind: 'damaged'; reason: string }

/** Of several datasets that come with their people: as of one, or there is no room for these. */
export type SeedOutcome = AcceptOutcome | { kind: 'full' }

export interface LeaseRequest {
  authorityCode: AuthorityCode
  leaseId: string
  max: number
  now: Instant
  leasedUntil: Instant
}

export interface Acknowledgement {
  acknowledged: string[]
  alreadyAcknowledged: string[]
  unknown: string[]
}

export interface Release {
  released: string[]
  unknown: string[]
}

/** A notification as a tester wants it; without `attempt` that stays as it is. */
export interface NotificationSetting {
  id: string
  state: NotificationState
  attempt: number | undefined
  /** Of a lease; null otherwise. */
  leasedUntil: Instant | null
  now: Instant
}

export interface QueueDepth {
  authorityCode: AuthorityCode
  queued: number
  oldestQueuedAt: Instant | null
  attention: number
}

export interface HealthActivity {
  odsCode: string
  lastLookupAt: Instant | null
  lastAttendanceAt: Instant | null
}

export interface MaintenanceMark {
  lastMaintenanceAt: Instant | null
  /** The last day, in Europe/London, whose overdue notices have been queued. */
  lastDay: CalendarDate | null
}

/** A day whose midnight has been passed, and the authorities whose reset undid it for them. */
export interface DayRun {
  day: CalendarDate
  undoneFor: AuthorityCode[]
}

export interface OverdueNotices {
  at: Instant
  /** The day that was missed. */
  date: CalendarDate
  rules: FreshnessRules
  /** Only those that became overdue on that day: while it goes on, it is not missed yet by those that were before. */
  newlyOverdueOnly: boolean
  /** Everyone, when it is left out. */
  only?: readonly AuthorityCode[]
}

/** A change of one person of the register, or a new one. */
export interface PersonEntry {
  nhsNumber: NhsNumber
  change: PersonChange
  peopleMax: number
  now: Instant
  today: CalendarDate
  /** Names the event, should the number go out of use with it. */
  newEventId: string
}

export type SavePersonOutcome =
  | { kind: 'created' | 'changed'; person: Person; notified: AuthorityCode[] }
  | { kind: 'replacement'; fault: ReplacementFault }
  | { kind: 'full' }

/** Many people at once, as a seed makes them. */
export interface PeopleEntry {
  people: readonly Person[]
  peopleMax: number
  now: Instant
  today: CalendarDate
  newEventId: string
}

/** An authority that was told of an event. */
export interface Told {
  eventId: string
  authorityCode: AuthorityCode
}

export type SavePeopleOutcome =
  | { kind: 'saved'; added: number; replaced: number; left: number; told: Told[] }
  | { kind: 'full' }

/** What is older than these moments goes. */
export interface PurgeBefore {
  /** Events of numbers that have had no plan on the index since then. */
  events: Instant
  acknowledged: Instant
  receipts: Instant
  idempotencyKeys: Instant
}

/**
 * What the hub remembers. Each verb is one whole transaction: it happened wholly and is durable when its promise
 * resolves, or it did not happen. A verb that decides takes the rule's parameters and answers an outcome.
 * Rejects with STORE_UNAVAILABLE when nothing can be said about the outcome, and every write with STORAGE_FULL from
 * the first that found no room until there is some; unscheduled lookups are writes, whatever they would find.
 * A write for which too many wait, or which has waited too long, rejects with OVERLOADED.
 */
export interface Store {
  listAuthorities(): Promise<LocalAuthority[]>
  findAuthority(code: AuthorityCode): Promise<LocalAuthority | undefined>
  /** Creates or changes an authority; decides the go-live gate on the plans that it reads. */
  saveAuthority(change: AuthorityChange): Promise<SaveAuthorityOutcome>

  /** An authority's own plans in a stable order; `visible` narrows to what health sees, or does not see. */
  listPlans(
    code: AuthorityCode,
    page: PageRequest & { visible: boolean | undefined; today: CalendarDate },
  ): Promise<Page<HeldPlan>>
  /** Writes what a dataset changed, with its receipt, in one step. */
  acceptDataset(acceptance: DatasetAcceptance): Promise<AcceptOutcome>
  /** The same for the datasets of several authorities, all of them or none. */
  acceptDatasets(acceptances: DatasetAcceptance[], people: PeopleEntry): Promise<SeedOutcome>
  /** Keeps the receipt of a returned dataset; the index stays as it was. */
  keepReturned(receipt: Receipt & { id: string }, origin: RequestOrigin): Promise<void>
  /** Newest first. */
  listReceipts(code: AuthorityCode, page: PageRequest): Promise<Page<ReceiptSummary>>
  findReceipt(code: AuthorityCode, id: string): Promise<Receipt | undefined>

  /** Reads the visible plans; on an unscheduled hit records the access and queues its notifications. */
  lookUp(question: LookupQuestion): Promise<LookupOutcome>
  /** A plan by its id, if health may see it today. */
  findVisiblePlan(id: string, today: CalendarDate): Promise<VisiblePlan | undefined>
  /** An access by its id, if health may see a plan of its number today. */
  findShownAccess(id: string, today: CalendarDate): Promise<ShownAccess | undefined>
  /** Stores the visit and queues its notifications. */
  recordAttendance(entry: AttendanceEntry): Promise<AttendanceOutcome>

  /** Whoever is registered under the number, in whichever state. */
  findPerson(nhsNumber: NhsNumber): Promise<Person | undefined>
  /** The people that a search is for, each under the number that is in use now; or that they are too many. */
  searchPeople(search: PersonSearch): Promise<PeopleFound>
  /** The same under the number that is in use now, when this one was replaced; or why nobody can be shown. */
  findPresentPerson(nhsNumber: NhsNumber): Promise<PresentPerson>
  /** Creates or changes a person; tells every authority that holds a plan when the number goes out of use. */
  savePerson(entry: PersonEntry): Promise<SavePersonOutcome>
  /** Adds people and replaces those that were made so before; those that a tester put stay as they are. */
  savePeople(entry: PeopleEntry): Promise<SavePeopleOutcome>

  /** Oldest first. */
  listNotifications(
    code: AuthorityCode,
    page: PageRequest & { state: NotificationState | undefined; now: Instant },
  ): Promise<Page<NotificationSummary>>
  /** Takes the oldest notifications that nobody holds, for a while. */
  leaseNotifications(request: LeaseRequest): Promise<LeasedNotification[]>
  acknowledgeNotifications(code: AuthorityCode, ids: string[], now: Instant): Promise<Acknowledgement>
  /** Gives back what is leased now; with a lease id, only what that lease still holds. */
  releaseNotifications(
    code: AuthorityCode,
    ids: string[],
    leaseId: string | undefined,
    now: Instant,
  ): Promise<Release>
  /** Puts a notification into a state, whatever it was in; undefined when there is none of this id. */
  setNotification(setting: NotificationSetting): Promise<NotificationSummary | undefined>
  /** Whether there is something to lease. */
  hasLeasable(code: AuthorityCode, now: Instant): Promise<boolean>
  /** Resolves when something may have been queued for the authority since this call. */
  onQueued(code: AuthorityCode, listener: () => void): () => void
  listQueueDepths(now: Instant): Promise<QueueDepth[]>

  /** Queues a notice for every authority that is overdue at `at`; one per authority and `date`. Answers for whom. */
  queueOverdueNotices(wish: OverdueNotices): Promise<AuthorityCode[]>
  /** The days from `first` to `last` on which a plan of the authority has just ceased to show, each once. */
  listDepartures(code: AuthorityCode, first: CalendarDate, last: CalendarDate): Promise<CalendarDate[]>
  /** Removes an authority's plans that are no longer visible; answers how many. */
  purgePlans(code: AuthorityCode, today: CalendarDate, now: Instant): Promise<number>
  /** Removes a bounded part of what retention has passed; answers how many rows, 0 when none is left. */
  purge(before: PurgeBefore): Promise<number>
  readMaintenanceMark(): Promise<MaintenanceMark>
  /** `passed` are the days whose midnight that was, with all that is due at it. */
  keepMaintenanceMark(mark: MaintenanceMark, passed: CalendarDate[]): Promise<void>
  /** Those of the days from `first` to `last` whose midnight was passed so. */
  listDaysRun(first: CalendarDate, last: CalendarDate): Promise<DayRun[]>
  readHealthActivity(): Promise<HealthActivity[]>
  /** Writes down what changed, and removes the organisations that were forgotten. */
  keepHealthActivity(news: { changed: HealthActivity[]; forgotten: string[] }): Promise<void>

  /** Forgets everything but the snapshots, and knows what a new store knows. */
  resetWorld(): Promise<void>
  /** Forgets an authority's plans, receipts and notifications; it stays what it is. */
  resetAuthority(code: AuthorityCode, now: Instant): Promise<void>
  listSnapshots(): Promise<KeptSnapshot[]>
  /** Keeps all that the store remembers under a name, in the place of what had it; `note` comes back with it. */
  keepSnapshot(name: string, note: string): Promise<void>
  /** Brings back what was kept, wholly or not at all. */
  restoreSnapshot(name: string): Promise<RestoreOutcome>
  /** Answers whether there was one. */
  removeSnapshot(name: string): Promise<boolean>

  /** Leaves nothing of removed rows in any file; answers false when that has to wait, and happens later. */
  eraseRemoved(): Promise<boolean>

  /** The writes that wait for their turn, and how long the first of them has, by the machine's clock. */
  writeBacklog(): { waiting: number; waitMs: number }
  /** Calls back once when the store takes no more writes, for good, and says why. */
  onFailure(listener: (reason: string) => void): void
  /** Reads and writes once, durably. */
  probe(): Promise<void>
  close(): Promise<void>
}

/** What the intake reads of the index while it checks a dataset. */
export interface IndexReader {
  /** Calls `read` with one authority's part of the index at one consistent moment; undefined when it is unknown. */
  readForIntake<T>(code: AuthorityCode, sequence: number, read: (index: AuthorityIndex) => T): T | undefined
  findReceipt(code: AuthorityCode, id: string): Receipt | undefined
  close(): void
}

export interface AuthorityIndex {
  authority: LocalAuthority
  /** The accepted dataset that bears the sequence already. */
  accepted: { datasetId: string; contentDigest: string } | undefined
  /** Its plans; read only when asked for, since that costs. */
  plans: () => Plan[]
  /** Whoever is registered under the number. */
  findPerson: (nhsNumber: NhsNumber) => Person | undefined
}

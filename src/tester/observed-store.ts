import type { AttendanceEntry, AttendanceOutcome } from '../domain/attendance.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { LookupOutcome, LookupQuestion } from '../domain/lookup.js'
import { type NotificationState, notificationId } from '../domain/notification.js'
import type { Receipt } from '../domain/receipt.js'
import type { Store } from '../store/store.js'
import { isCaller } from './callers.js'
import type { HubEvents } from './hub-events.js'

/** The other way round than `notificationId`. */
function authorityOfNotification(id: string): AuthorityCode {
  return id.slice(id.lastIndexOf('.') + 1) as AuthorityCode
}

/** The store, telling what it has done once that is durable. What others read of it goes through untouched. */
export function observedStore(store: Store, events: HubEvents): Store {
  const tell = new Teller(events)
  return {
    ...store,
    async acceptDataset(acceptance) {
      const outcome = await store.acceptDataset(acceptance)
      if (outcome.kind === 'accepted') tell.receipt(acceptance.receipt)
      return outcome
    },
    async acceptDatasets(acceptances, people) {
      const outcome = await store.acceptDatasets(acceptances, people)
      if (outcome.kind === 'accepted') for (const { receipt } of acceptances) tell.receipt(receipt)
      return outcome
    },
    async keepReturned(receipt, origin) {
      await store.keepReturned(receipt, origin)
      tell.receipt(receipt)
    },
    // A silent lookup leaves no trace, here neither.
    lookUp: (question) => (question.silent ? store.lookUp(question) : lookUp(store, tell, question)),
    async recordAttendance(entry) {
      const outcome = await store.recordAttendance(entry)
      tell.attendance(entry, outcome)
      return outcome
    },
    async savePerson(entry) {
      const outcome = await store.savePerson(entry)
      if (outcome.kind === 'created' || outcome.kind === 'changed')
        tell.queued(outcome.notified, entry.newEventId, 'number-inactive')
      return outcome
    },
    async savePeople(entry) {
      const outcome = await store.savePeople(entry)
      if (outcome.kind === 'saved')
        for (const { eventId, authorityCode } of outcome.told)
          tell.queued([authorityCode], eventId, 'number-inactive')
      return outcome
    },
    async leaseNotifications(request) {
      const leased = await store.leaseNotifications(request)
      for (const { id, kind, attempt } of leased)
        tell.notification(request.authorityCode, id, 'leased', { kind, attempt })
      return leased
    },
    async acknowledgeNotifications(code, ids, now) {
      const outcome = await store.acknowledgeNotifications(code, ids, now)
      for (const id of outcome.acknowledged) tell.notification(code, id, 'acknowledged')
      return outcome
    },
    async releaseNotifications(code, ids, leaseId, now) {
      const outcome = await store.releaseNotifications(code, ids, leaseId, now)
      for (const id of outcome.released) tell.notification(code, id, 'queued', { released: true })
      return outcome
    },
    async setNotification(wish) {
      const summary = await store.setNotification(wish)
      if (summary === undefined) return summary
      const { id, kind, state, attempt } = summary
      tell.notification(authorityOfNotification(id), id, state, { kind, attempt })
      return summary
    },
    async queueOverdueNotices(wish) {
      const told = await store.queueOverdueNotices(wish)
      tell.queued(told, `overdue-${wish.date}`, 'dataset-overdue')
      return told
    },
  }
}

async function lookUp(store: Store, tell: Teller, question: LookupQuestion): Promise<LookupOutcome> {
  const outcome = await store.lookUp(question)
  if (outcome.kind !== 'answered' || outcome.access === null || outcome.replayed) return outcome
  const { id, repeat } = outcome.access
  if (!repeat) tell.access(question, outcome.access)
  tell.queued(outcome.newlyNotified ?? [], id, 'access')
  return outcome
}

class Teller {
  readonly #events: HubEvents

  constructor(events: HubEvents) {
    this.#events = events
  }

  receipt({ id, findings: _, returnedTo: __, contentDigest: ___, dryRun: ____, ...receipt }: Receipt): void {
    this.#events.publish('receipt', { datasetId: id, ...receipt })
  }

  access(question: LookupQuestion, { id, notified }: { id: string; notified: AuthorityCode[] }): void {
    const code = question.silent ? null : question.requester.organisation.odsCode
    const odsCode = code !== null && isCaller(code) ? code : null
    this.#events.publish('access', { accessId: id, odsCode, notified })
  }

  attendance({ id }: AttendanceEntry, outcome: AttendanceOutcome): void {
    if (outcome.kind === 'recorded' && !outcome.replayed) this.queued(outcome.notified, id, 'attendance')
  }

  queued(codes: readonly AuthorityCode[], subjectId: string, kind: string): void {
    for (const code of codes) this.notification(code, notificationId(subjectId, code), 'queued', { kind })
  }

  notification(
    authorityCode: AuthorityCode,
    id: string,
    state: NotificationState,
    more: Record<string, unknown> = {},
  ): void {
    this.#events.publish('notification', { notificationId: id, authorityCode, state, ...more })
  }
}

import type { Test } from 'tap'
import type { Instant } from '../../src/clock.js'
import type { AttendanceEntry, AttendanceReport } from '../../src/domain/attendance.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import { NO_CHANGES } from '../../src/domain/difference.js'
import type { Idempotency } from '../../src/domain/idempotency.js'
import type { AuthorityCode, AuthorityProfile } from '../../src/domain/local-authority.js'
import type { LookupQuestion, UnscheduledQuestion } from '../../src/domain/lookup.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import type { Plan } from '../../src/domain/plan.js'
import type { Receipt } from '../../src/domain/receipt.js'
import type { RequestOrigin } from '../../src/domain/request-origin.js'
import { referenceAuthorities } from '../../src/reference/authorities.js'
import { packPlanChanges } from '../../src/store/plan-changes.js'
import { KEEPS_NOTHING, openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { AcceptOutcome, SaveAuthorityOutcome, Store } from '../../src/store/store.js'
import { NOW } from './hub.js'
import { HALTON, ROBIN, WARRINGTON, WHISTON_NURSE } from './seed.js'

export interface StoreKind {
  name: string
  open(directory: string): Promise<Store>
}

/** Every store that there is; each passes the same tests. */
export const STORES: readonly StoreKind[] = [
  {
    name: 'sqlite',
    open: async (directory) => (await openSqliteStore(directory, referenceAuthorities('live'))).store,
  },
]

/** A store that keeps nothing, with the authorities of England; closed when the test ends. */
export async function openStore(t: Test, kind: StoreKind, directory = KEEPS_NOTHING): Promise<Store> {
  const store = await kind.open(directory)
  t.teardown(() => store.close())
  return store
}

export const [HAL, WAR] = [HALTON, WARRINGTON] as [AuthorityCode, AuthorityCode]
export const TODAY = '2026-11-24' as CalendarDate

export const ORIGIN: RequestOrigin = { caller: 'RBN01', requestId: 'request-1', action: 'POST /v1/lookups' }

/** What a new authority is when nothing else is said. */
export const AUTHORITY_DEFAULTS = {
  dfeCode: null,
  odsCode: null,
  wave: 1,
  status: 'registered',
  acceptance: 'all-or-nothing',
  childrenInScope: null,
} as const

export function aPlan(fields: Record<string, unknown> = {}): Plan {
  const { authorityCode = HAL, nhsNumber = ROBIN, planType = 'CPP', startDate = '2026-03-02' } = fields
  return {
    id: `${authorityCode}-${nhsNumber}-${planType}-${startDate}`,
    authorityCode,
    nhsNumber,
    planType,
    startDate,
    endDate: null,
    expectedDeliveryDate: null,
    localId: null,
    familyName: null,
    givenNames: [],
    birthDate: null,
    ...fields,
  } as Plan
}

export function aReceipt(fields: Partial<Receipt> & { id: string }): Receipt & { id: string } {
  return {
    authorityCode: HAL,
    sequence: 1,
    outcome: 'accepted',
    fileCode: 'CPF02',
    mode: 'full',
    dryRun: false,
    receivedAt: NOW,
    extractedAt: '2026-11-24T02:00:00.000Z' as Instant,
    contentDigest: `sha256:${fields.id}`,
    recordCount: 1,
    acceptedCount: 1,
    returnedCount: 0,
    changes: NO_CHANGES,
    findingCount: 0,
    findings: [],
    returnedTo: null,
    nextDueAt: null,
    ...fields,
  }
}

/** Puts plans of one authority on the index and takes others off, as its next accepted dataset. */
export async function putOnIndex(
  store: Store,
  written: Plan[],
  options: { code?: AuthorityCode; removed?: Plan[]; receivedAt?: Instant } = {},
): Promise<AcceptOutcome> {
  const { code = HAL, removed = [], receivedAt = NOW } = options
  const authority = await store.findAuthority(code)
  const sequence = (authority?.lastDataset?.sequence ?? 0) + 1
  return store.acceptDataset({
    authorityCode: code,
    basedOnVersion: authority?.version ?? 0,
    receipt: aReceipt({ id: `dataset-${code}-${sequence}`, authorityCode: code, sequence, receivedAt }),
    childrenInScope: null,
    changes: packPlanChanges({ written: written.map(({ authorityCode: _, ...facts }) => facts), removed }),
    origin: { ...ORIGIN, caller: code },
  })
}

export function changeAuthority(
  store: Store,
  change: Partial<AuthorityProfile>,
  { code = HAL, force = false } = {},
): Promise<SaveAuthorityOutcome> {
  return store.saveAuthority({ code, change, defaults: AUTHORITY_DEFAULTS, force, today: TODAY })
}

/** An unscheduled question, or with `silent: true` a silent one. */
export function aQuestion(
  newAccessId: string,
  fields: Partial<Omit<UnscheduledQuestion, 'silent'>> & { silent?: boolean } = {},
): LookupQuestion {
  const question = {
    nhsNumber: ROBIN as NhsNumber,
    silent: false,
    requester: WHISTON_NURSE,
    location: 'Emergency department',
    now: NOW,
    today: TODAY,
    newAccessId,
    collapseMs: 24 * 3_600_000,
    idempotency: undefined,
    origin: ORIGIN,
    ...fields,
  }
  return question as LookupQuestion
}

export function aKey(key: string, fingerprint = 'same'): Idempotency {
  return { key, fingerprint, keptMs: 24 * 3_600_000 }
}

export function aVisitEntry(
  id: string,
  report: Partial<AttendanceReport> = {},
  fields: Partial<AttendanceEntry> = {},
): AttendanceEntry {
  return {
    id,
    report: {
      ...WHISTON_NURSE,
      nhsNumber: ROBIN as NhsNumber,
      accessId: null,
      service: 'emergency-department',
      event: 'arrived',
      at: NOW,
      safeguardingConcern: null,
      note: null,
      callback: null,
      ...report,
    },
    now: NOW,
    today: TODAY,
    idempotency: undefined,
    origin: { ...ORIGIN, action: 'POST /v1/attendances' },
    ...fields,
  }
}

const FIRST_PAGE = { limit: 500, after: undefined }

/** Everything of two authorities that a reader can see, to compare before with after. */
export async function seenOf(store: Store, now: Instant = NOW): Promise<unknown> {
  const ofAuthority = async (code: AuthorityCode) => ({
    authority: await store.findAuthority(code),
    plans: await store.listPlans(code, { ...FIRST_PAGE, visible: undefined, today: TODAY }),
    receipts: await store.listReceipts(code, FIRST_PAGE),
    notifications: await store.listNotifications(code, { ...FIRST_PAGE, state: undefined, now }),
  })
  return {
    authorities: (await store.listAuthorities()).length,
    halton: await ofAuthority(HAL),
    warrington: await ofAuthority(WAR),
    depths: await store.listQueueDepths(now),
    mark: await store.readMaintenanceMark(),
    health: await store.readHealthActivity(),
  }
}

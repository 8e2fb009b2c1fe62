import type { Instant } from '../clock.js'

/** An ONS GSS code, such as `E06000006` (Halton). */
export type AuthorityCode = string & { readonly brand: 'AuthorityCode' }

export const AUTHORITY_STATUSES = ['registered', 'testing', 'live', 'suspended'] as const
export type AuthorityStatus = (typeof AUTHORITY_STATUSES)[number]

export const ACCEPTANCES = ['all-or-nothing', 'partial'] as const
export type Acceptance = (typeof ACCEPTANCES)[number]

/** Per cent of the children in scope that must be on the index before an authority goes live. */
export const GO_LIVE_PERCENT = 95

/** The person to whom a returned dataset is addressed. */
export interface DataSteward {
  name: string
  role: string
  email: string
  phone: string
}

/** What an operator sets about an authority. */
export interface AuthorityProfile {
  name: string
  dfeCode: string | null
  odsCode: string | null
  officeHoursPhone: string
  emergencyDutyPhone: string
  dataSteward: DataSteward
  wave: number
  status: AuthorityStatus
  acceptance: Acceptance
  childrenInScope: number | null
}

export interface LastDataset {
  id: string
  sequence: number
  acceptedAt: Instant
  extractedAt: Instant
  recordCount: number
}

export interface LastReturned {
  id: string
  sequence: number
  receivedAt: Instant
  findingCount: number
}

export interface LocalAuthority extends AuthorityProfile {
  code: AuthorityCode
  /** Whether health sees its plans; suspending leaves this as it was, so that it never hides (or reveals) children. */
  visibleToHealth: boolean
  lastDataset: LastDataset | null
  lastReturned: LastReturned | null
  /** Grows with every change of what a dataset's outcome depends on: status, acceptance, the last dataset, the plans. */
  version: number
}

/** An authority as it is when first made known, before anything was said about it. */
export function newAuthority(code: AuthorityCode, profile: AuthorityProfile): LocalAuthority {
  const visibleToHealth = profile.status === 'live'
  return { code, ...profile, visibleToHealth, lastDataset: null, lastReturned: null, version: 0 }
}

export function withProfile(authority: LocalAuthority, change: Partial<AuthorityProfile>): LocalAuthority {
  const changed = { ...authority, ...change }
  const visibleToHealth =
    changed.status === 'suspended' ? authority.visibleToHealth : changed.status === 'live'
  const matters = changed.status !== authority.status || changed.acceptance !== authority.acceptance
  return { ...changed, visibleToHealth, version: authority.version + (matters ? 1 : 0) }
}

/** Going live is moving to `live` from anything else, or being created so. */
export function isGoingLive(before: LocalAuthority | undefined, after: AuthorityStatus): boolean {
  return after === 'live' && before?.status !== 'live'
}

export type GoLiveGate =
  | { passed: true }
  | { passed: false; activeChildren: number; childrenInScope: number | null }

/** The 95 % gate (domain.md section 0 rule 10); an unknown number of children in scope does not pass. */
export function goLiveGate(activeChildren: number, childrenInScope: number | null): GoLiveGate {
  const passed = childrenInScope !== null && activeChildren * 100 >= childrenInScope * GO_LIVE_PERCENT
  return passed ? { passed } : { passed, activeChildren, childrenInScope }
}

import { addMs, type Instant, londonDate } from '../clock.js'
import type { Changes } from '../domain/difference.js'
import type { Finding } from '../domain/finding.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import type { Person } from '../domain/person.js'
import { HubError, refuse, refuseWith } from '../domain/problem.js'
import type { WorldName } from '../domain/world-name.js'
import { getAuthority } from '../hub/authorities.js'
import { refuseIfMayNotSubmit } from '../hub/submit-dataset.js'
import type { IntakeResult } from '../intake/intake-job.js'
import type { DatasetAcceptance } from '../store/store.js'
import type { TesterControls } from './controls.js'
import { momentOf, registerFull } from './save-people.js'
import { SeededPeople } from './seeded-people.js'
import { type SeededList, worldOf } from './worlds.js'

/** A record of a dataset, with the authority whose it is; what is wrong with it is found as in any dataset. */
export type SeededPlan = { authorityCode: string } & Record<string, unknown>

export type SeedWish = { world: WorldName; seed?: number } | { plans: readonly SeededPlan[] }

/** What a seed has put there. */
export interface Seeded {
  /** Whose lists were replaced. */
  authorities: number
  /** That stand on the index: what is deleted, or ended too long ago, does not. */
  plans: number
  /** Of its records, each registered once, also of those that put nothing on the index. */
  people: number
  /** Of the lists of authorities that take part of a dataset, where there are any. */
  findings?: SeedFinding[]
}

/** A finding of a seed; `record` is its place in the plans that were given, or in its authority's list of a world. */
export type SeedFinding = Finding & { authorityCode: AuthorityCode }

// Each attempt computes the differences against a newer index; only another sender could make it vain again.
const ATTEMPTS_MAX = 5

/**
 * Gives each authority of the seed its list as its next full dataset, through the intake, all of them or none, and
 * registers the people in them first. Refuses TESTER_LIMIT, AUTHORITY_UNKNOWN, an authority that may not submit, and with
 * SEED_RETURNED, and every finding, what would be returned. What an authority takes in part is told of in the answer.
 */
export function seed(controls: TesterControls, wish: SeedWish, requestId: string): Promise<Seeded> {
  const { hub, conformance } = controls
  return hub.upkeep.run(async () => {
    const now = hub.clock()
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const lists = 'world' in wish ? worldOf(wish.world, londonDate(now), wish.seed) : listsOf(wish.plans)
      const people = new SeededPeople(londonDate(now), 'world' in wish ? (wish.seed ?? 1) : undefined)
      const { acceptances, plans, findings } = await checkAll(controls, lists, { now, people, requestId })
      const entry = { people: people.all(), ...momentOf(hub) }
      const { kind } = await hub.store.acceptDatasets(acceptances, entry)
      if (kind === 'full') throw registerFull(hub)
      if (kind === 'accepted') {
        conformance.forgetSequences()
        const seeded = { authorities: acceptances.length, plans, people: people.all().length }
        return findings.length === 0 ? seeded : { ...seeded, findings }
      }
    }
    throw refuse('STORE_UNAVAILABLE', 'The authorities were being changed all the while. Seed again.')
  })
}

/** The plans by authority, in the order in which each is first named. */
function listsOf(plans: readonly SeededPlan[]): SeededList[] {
  const byCode = new Map<string, SeededList>()
  for (const [place, { authorityCode, ...record }] of plans.entries()) {
    const list = byCode.get(authorityCode) ?? { authorityCode, records: [], places: [] }
    byCode.set(authorityCode, list)
    list.records.push(record)
    list.places?.push(place)
  }
  return [...byCode.values()]
}

async function checkAll(
  controls: TesterControls,
  lists: Iterable<SeededList>,
  { now, people, requestId }: { now: Instant; people: SeededPeople; requestId: string },
): Promise<{ acceptances: DatasetAcceptance[]; plans: number; findings: SeedFinding[] }> {
  const acceptances: DatasetAcceptance[] = []
  const returned: SeedFinding[] = []
  const findings: SeedFinding[] = []
  let plans = 0
  for (const list of lists) {
    const result = await check(controls, list, { now, people: people.of(list) })
    if (result.kind !== 'acceptable') {
      returned.push(...findingsOf(result, list))
      continue
    }
    acceptances.push(acceptanceOf(result, requestId))
    plans += onIndexAfter(result.receipt.changes)
    if (result.receipt.outcome === 'partially-accepted') findings.push(...findingsOf(result, list))
  }
  if (returned.length === 0) return { acceptances, plans, findings }
  throw refuseWith(
    'SEED_RETURNED',
    'Each fault is listed in findings. Mend them and seed again; nothing was changed.',
    { findings: returned },
  )
}

async function check(
  { hub }: TesterControls,
  list: SeededList,
  { now, people }: { now: Instant; people: readonly Person[] },
): Promise<IntakeResult> {
  const authority = await getAuthority(hub, list.authorityCode)
  refuseIfMayNotSubmit(authority)
  const { records, childrenInScope } = list
  const dataset = {
    sequence: (authority.lastDataset?.sequence ?? 0) + 1,
    extractedAt: laterThan(authority.lastDataset?.extractedAt, now),
    mode: 'full',
    recordCount: records.length,
    ...(childrenInScope !== undefined && { childrenInScope }),
    records,
  }
  const { limits, shrinkGuardRatio, freshness, pdsCheck } = hub.rules
  return hub.intake.check({
    authorityCode: authority.code,
    datasetId: hub.newId(),
    format: 'json',
    gzipped: false,
    body: Buffer.from(JSON.stringify(dataset)),
    queryFields: {},
    dryRun: false,
    // It replaces what is there, which is what was asked for.
    confirmShrink: true,
    now,
    today: londonDate(now),
    limits,
    shrinkGuardRatio,
    freshness,
    pdsCheck,
    registerDown: hub.register.isDown,
    people,
  })
}

/** A seed must not be warned of as an old extract where the clock stands still, or went back. */
function laterThan(last: Instant | undefined, now: Instant): Instant {
  return last === undefined || last < now ? now : addMs(last, 1)
}

type Acceptable = Extract<IntakeResult, { kind: 'acceptable' }>

function acceptanceOf({ kind: _, receipt, ...result }: Acceptable, requestId: string): DatasetAcceptance {
  const { id, authorityCode } = receipt
  if (id === null) throw new Error('a dataset that is no dry run has an id')
  const origin = { caller: authorityCode, requestId, action: 'POST /tester/seed' }
  return { ...result, receipt: { ...receipt, id }, authorityCode, origin }
}

/** Of a full dataset that was taken: what it did not remove is there. */
function onIndexAfter({ added, changed, ended, unchanged }: Changes): number {
  return added + changed + ended + unchanged
}

function findingsOf(result: IntakeResult, { places }: SeededList): SeedFinding[] {
  if (result.kind === 'refused') throw new HubError(result.code, result.detail, result.errors)
  const { authorityCode, findings } = result.receipt
  return findings.map((finding) => {
    const { record } = finding
    const place = record === null ? null : (places?.[record] ?? record)
    return { authorityCode, ...finding, record: place }
  })
}

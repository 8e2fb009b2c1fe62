import { londonDate } from '../clock.js'
import type { DatasetFormat } from '../domain/dataset.js'
import type { AuthorityCode, LocalAuthority } from '../domain/local-authority.js'
import type { Person } from '../domain/person.js'
import { HubError, refuse } from '../domain/problem.js'
import type { Receipt } from '../domain/receipt.js'
import type { RequestOrigin } from '../domain/request-origin.js'
import type { IntakeResult } from '../intake/intake-job.js'
import { pause } from '../pause.js'
import { getAuthority } from './authorities.js'
import type { HubContext } from './context.js'

/** A dataset as an authority sent it; a seed brings its people along. */
export interface SubmittedDataset {
  authorityCode: AuthorityCode
  format: DatasetFormat
  gzipped: boolean
  body: Uint8Array
  queryFields: Record<string, string | number | boolean>
  dryRun: boolean
  confirmShrink: boolean
  people?: readonly Person[]
}

// Each attempt computes the difference against a newer index; only another writer could make it vain again.
const ATTEMPTS_MAX = 5

/**
 * Takes a dataset or returns it, and answers the receipt. `repeat` says that it is the first receipt of a dataset
 * that was accepted before. One with CPF05 could not be checked, and leaves nothing behind. Refuses an authority that
 * may not submit, a faulty envelope, and one out of sequence.
 */
export async function submitDataset(
  hub: HubContext,
  origin: RequestOrigin,
  dataset: SubmittedDataset,
): Promise<{ receipt: Receipt; repeat: boolean }> {
  return inTurn(hub, dataset.authorityCode, async () => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const result = await check(hub, dataset)
      if (result.kind === 'refused') throw new HubError(result.code, result.detail, result.errors)
      if (result.kind === 'repeat') return { receipt: result.receipt, repeat: true }
      if (await keep(hub, origin, result)) return { receipt: result.receipt, repeat: false }
    }
    throw refuse(
      'STORE_UNAVAILABLE',
      'The authority was being changed all the while. Send the dataset again.',
    )
  })
}

async function check(hub: HubContext, dataset: SubmittedDataset): Promise<IntakeResult> {
  pause('D1 dataset received')
  refuseIfMayNotSubmit(await getAuthority(hub, dataset.authorityCode))
  const now = hub.clock()
  return hub.intake.check({
    ...dataset,
    datasetId: dataset.dryRun ? null : hub.newId(),
    now,
    today: londonDate(now),
    limits: hub.rules.limits,
    shrinkGuardRatio: hub.rules.shrinkGuardRatio,
    freshness: hub.rules.freshness,
    pdsCheck: hub.rules.pdsCheck,
    registerDown: hub.register.isDown,
  })
}

/** Refuses an authority whose status does not let it submit (domain.md section 0 rule 10). */
export function refuseIfMayNotSubmit({ status }: LocalAuthority): void {
  if (status === 'registered') {
    throw refuse(
      'AUTHORITY_NOT_ONBOARDED',
      'A registered authority may not submit yet; move it to testing first.',
    )
  }
  if (status === 'suspended') {
    throw refuse(
      'AUTHORITY_SUSPENDED',
      'A suspended authority may not submit. Its plans stay visible, marked stale.',
    )
  }
}

type Checked = Extract<IntakeResult, { kind: 'settled' | 'acceptable' }>

/** Writes what was decided; answers false when the index moved meanwhile, so that it must be decided anew. */
async function keep(hub: HubContext, origin: RequestOrigin, result: Checked): Promise<boolean> {
  const { receipt } = result
  pause('D3 dataset handed over')
  if (!hasId(receipt)) return true
  if (result.kind === 'settled') {
    await hub.store.keepReturned(receipt, origin)
    return true
  }
  const { kind: _, ...acceptance } = result
  const { authorityCode } = receipt
  const outcome = await hub.store.acceptDataset({ ...acceptance, receipt, authorityCode, origin })
  pause('D5 dataset durable')
  return outcome.kind === 'accepted'
}

function hasId(receipt: Receipt): receipt is Receipt & { id: string } {
  return receipt.id !== null
}

// By what all requests share: one that a tester's fault happens to has a context of its own.
const turns = new WeakMap<HubContext['intake'], Map<AuthorityCode, Promise<unknown>>>()

/** Lets the datasets of one authority through one at a time, in the order in which they came. */
async function inTurn<T>({ intake }: HubContext, code: AuthorityCode, work: () => Promise<T>): Promise<T> {
  const byAuthority = turns.get(intake) ?? new Map<AuthorityCode, Promise<unknown>>()
  turns.set(intake, byAuthority)
  const before = byAuthority.get(code) ?? Promise.resolve()
  const mine = before.then(work, work)
  byAuthority.set(code, mine)
  try {
    return await mine
  } finally {
    if (byAuthority.get(code) === mine) byAuthority.delete(code)
  }
}

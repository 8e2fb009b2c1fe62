import { hash } from 'node:crypto'
import { addMs } from '../clock.js'
import { type CheckedDataset, checkDataset, decideSequence, type FindPerson } from '../domain/dataset.js'
import { type Difference, difference, isShrinking, NO_CHANGES } from '../domain/difference.js'
import { FindingList, finding } from '../domain/finding.js'
import { freshnessOf } from '../domain/freshness.js'
import { type HubError, refuse } from '../domain/problem.js'
import { decideOutcome, putOff, type Receipt, type Verdict } from '../domain/receipt.js'
import { packPlanChanges } from '../store/plan-changes.js'
import type { AuthorityIndex, IndexReader } from '../store/store.js'
import { inflate } from './inflate.js'
import type { IntakeJob, IntakeResult } from './intake-job.js'
import { readCsv } from './read-csv.js'
import { readJson } from './read-json.js'
import { contentDigest, type Submission } from './submission.js'

/**
 * Checks a dataset from its bytes to its receipt, and computes what it would change on the index.
 * It reads one consistent moment of the index and writes nothing.
 */
export function checkSubmission(reader: IndexReader, job: IntakeJob): IntakeResult {
  try {
    const bytes = inflate(job)
    const submission = job.format === 'json' ? readJson(bytes, job) : readCsv(bytes, job)
    const digest = contentDigest(submission.envelope, bytes)
    const result = reader.readForIntake(job.authorityCode, submission.envelope.sequence, (index) =>
      settle(job, submission, digest, index),
    )
    if (result === undefined) throw refuse('AUTHORITY_UNKNOWN', 'Create the authority first.')
    if (result.kind !== 'repeat') return result
    const receipt = reader.findReceipt(job.authorityCode, result.datasetId)
    if (receipt === undefined) throw new Error('an accepted dataset has no receipt')
    return { kind: 'repeat', receipt }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { kind: 'refused', code: error.code, detail: error.detail, errors: error.errors }
  }
}

function isRefusal(error: unknown): error is HubError {
  return (error as HubError).name === 'HubError'
}

type Settled = Exclude<IntakeResult, { kind: 'repeat' }> | { kind: 'repeat'; datasetId: string }

function settle(job: IntakeJob, submission: Submission, digest: string, index: AuthorityIndex): Settled {
  const { envelope } = submission
  if (!job.dryRun) {
    const repeated = checkSequence(submission, digest, index)
    if (repeated !== undefined) return { kind: 'repeat', datasetId: repeated }
  }
  if (job.pdsCheck === 'registered' && job.registerDown) {
    return { kind: 'settled', receipt: unchecked(job, submission, digest, index) }
  }
  const checked = checkDataset(
    envelope,
    submission.records,
    job.today,
    { findings: submission.findings, complete: () => submission.complete },
    job.pdsCheck === 'registered' ? registerOf(job, index) : undefined,
  )
  if (submission.complete && envelope.mode === 'full' && checked.recordCount === 0 && !job.confirmShrink) {
    checked.findings.add(finding('EMPTY_DATASET', { record: null }))
  }
  const { verdict, diff } = judge(job, submission, checked, index)
  const receipt = receiptOf(job, submission, digest, index, { checked, verdict, diff })
  if (diff === undefined || job.dryRun) return { kind: 'settled', receipt }
  const newPlanId = planIdsOf(job.datasetId)
  return {
    kind: 'acceptable',
    receipt,
    basedOnVersion: index.authority.version,
    childrenInScope: envelope.childrenInScope ?? null,
    changes: packPlanChanges({
      written: diff.written.map(({ planId, facts }, i) => ({ ...facts, id: planId ?? newPlanId(i) })),
      removed: diff.removed,
    }),
  }
}

/** The register as this job sees it: whoever comes along with it, but for those whom a tester put there. */
function registerOf({ people = [] }: IntakeJob, { findPerson }: AuthorityIndex): FindPerson {
  const along = new Map(people.map((person) => [person.nhsNumber, person]))
  return (nhsNumber) => {
    const registered = findPerson(nhsNumber)
    return registered?.madeBySeed === false ? registered : (along.get(nhsNumber) ?? registered)
  }
}

/** The receipt of a dataset of which nothing was checked and nothing is kept, so that its sequence stays free. */
function unchecked(job: IntakeJob, submission: Submission, digest: string, index: AuthorityIndex): Receipt {
  const findings = new FindingList()
  findings.add(finding('REGISTER_UNAVAILABLE', { record: null }))
  const recordCount = submission.records.length
  const checked = { records: [], findings, recordCount, faultyCount: 0 }
  const judgement = { checked, verdict: putOff(recordCount), diff: undefined }
  return { ...receiptOf(job, submission, digest, index, judgement), id: null }
}

/** Refuses a dataset out of its order; answers the id of the first receipt when this is a retry. */
function checkSequence(submission: Submission, digest: string, index: AuthorityIndex): string | undefined {
  const { envelope, findings } = submission
  const last = index.authority.lastDataset
  const decision = decideSequence(envelope, digest, last, index.accepted)
  const next = `The next sequence number is ${(last?.sequence ?? 0) + 1}.`
  switch (decision.kind) {
    case 'repeat':
      return decision.datasetId
    case 'out-of-sequence':
      throw refuse(
        'OUT_OF_SEQUENCE',
        `A dataset with this number or a later one was accepted, with other content. ${next}`,
      )
    case 'delta-gap':
      throw refuse(
        'SEQUENCE_GAP',
        `A delta must follow the last accepted dataset; send a full one instead. ${next}`,
      )
    case 'gap':
      findings.add(finding('SEQUENCE_GAP', { record: null, field: 'sequence' }))
  }
  if (last !== null && envelope.extractedAt <= last.extractedAt) {
    findings.add(finding('EXTRACT_NOT_NEWER', { record: null, field: 'extractedAt' }))
  }
  return undefined
}

interface Judgement {
  verdict: Verdict
  /** What would change; undefined when the dataset is returned. */
  diff: Difference | undefined
}

function judge(
  job: IntakeJob,
  submission: Submission,
  checked: CheckedDataset,
  index: AuthorityIndex,
): Judgement {
  const decide = () =>
    decideOutcome({
      recordCount: checked.recordCount,
      faultyCount: checked.faultyCount,
      fileErrorCount: checked.findings.fileErrorCount,
      partial: index.authority.acceptance === 'partial',
    })
  const verdict = decide()
  if (verdict.outcome === 'returned') return { verdict, diff: undefined }
  const diff = difference(index.plans(), checked.records, submission.envelope.mode, job.today)
  if (isShrinking(diff, { ratio: job.shrinkGuardRatio }) && !job.confirmShrink) {
    const detail = `${diff.withdrawn} of ${diff.visibleBefore} would go.`
    checked.findings.add(finding('SHRINK_GUARD', { record: null }, detail))
    return { verdict: decide(), diff: undefined }
  }
  for (const { index: record, line, localId } of diff.unknownDeletions) {
    checked.findings.add(finding('DELETE_UNKNOWN', { record, line, localId, field: 'deleted' }))
  }
  return { verdict, diff }
}

function receiptOf(
  job: IntakeJob,
  { envelope }: Submission,
  digest: string,
  { authority }: AuthorityIndex,
  { checked, verdict, diff }: Judgement & { checked: CheckedDataset },
): Receipt {
  const isTaken = verdict.outcome !== 'returned' && !job.dryRun
  const dueStill = freshnessOf(authority.lastDataset?.acceptedAt, job.now, job.freshness)?.due ?? null
  return {
    id: job.datasetId,
    authorityCode: job.authorityCode,
    sequence: envelope.sequence,
    outcome: verdict.outcome,
    fileCode: verdict.fileCode,
    mode: envelope.mode,
    dryRun: job.dryRun,
    receivedAt: job.now,
    extractedAt: envelope.extractedAt,
    contentDigest: digest,
    recordCount: checked.recordCount,
    acceptedCount: verdict.acceptedCount,
    returnedCount: verdict.returnedCount,
    changes: diff?.changes ?? NO_CHANGES,
    findingCount: checked.findings.count,
    findings: checked.findings.inOrder(),
    returnedTo: verdict.outcome === 'returned' ? authority.dataSteward : null,
    nextDueAt: isTaken ? addMs(job.now, job.freshness.freshnessMs) : dueStill,
  }
}

/**
 * The ids of a dataset's new plans, by their place: UUIDs (RFC 9562, version 8), unique since the dataset's own id is.
 * They begin alike, so that they lie together in the index of ids; what follows nobody can guess from another id, since
 * health reads plans by theirs.
 */
function planIdsOf(datasetId: string | null): (place: number) => string {
  const begin = hash('sha256', `${datasetId}`)
  const start = `${begin.slice(0, 8)}-${begin.slice(8, 12)}`
  return (place) => {
    const hex = hash('sha256', `${datasetId} ${place}`)
    return `${start}-8${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`
  }
}

import { londonDate } from '../../clock.js'
import type { FaultRuleBody } from '../../messages/tester/fault.js'
import type { RequestShown } from '../../messages/tester/journal.js'
import { DATASETS, type Stage } from './stage.js'
import { failed, passed, type Step, skipped, type Verdict } from './step.js'

const DAYS = 7
const BUSY_SECONDS = 2
const REPEATED = 200
const ACCEPTED = 201
const CONFLICT = 409
const RETURNED = 422

export const firstDataset: Step = {
  id: 'first-dataset',
  waitsFor: 'The authority was reset: send its list, under any sequence number.',
  async run(stage) {
    await stage.tester.resetAuthority(stage.code)
    // What came before that was forgotten.
    await stage.begin()
    return oneDataset(stage)
  },
}

export const correctedAfterReturn: Step = {
  id: 'corrected-after-return',
  waitsFor:
    'Put one wrong NHS number into the list and send it; when it is returned, mend it and send it under the same sequence number.',
  async run(stage) {
    if (stage.found.acceptance === 'partial')
      return skipped('The authority accepts in part, so one wrong number returns no dataset.')
    const verdict = await stage.waitFor(DATASETS, (requests) => {
      const returned = datasetsIn(requests).find(({ status }) => status === RETURNED)
      if (returned === undefined) return 'A dataset that is returned'
      const later = datasetsIn(requests).filter(({ id }) => id > returned.id)
      const verdict = sameSequence(returned, later, (status) => status === ACCEPTED)
      return verdict ?? 'The mended dataset, under the same sequence number,'
    })
    return noted(stage, verdict)
  },
}

export const sameSequenceAfterLostReply: Step = {
  id: 'same-sequence-after-lost-reply',
  waitsFor: 'Send the next dataset: its reply is lost, so send it again under the same sequence number.',
  async run(stage) {
    const verdict = await withFault(stage, { drop: 'after' }, (lost, later) => {
      const isGood = (status: number | null) => status === REPEATED || status === ACCEPTED
      return (
        sameSequence(lost, later, isGood) ??
        'The dataset whose reply was lost, again under the same sequence number,'
      )
    })
    return noted(stage, verdict)
  },
}

export const waitsForRetryAfter: Step = {
  id: 'waits-for-retry-after',
  waitsFor: `Send the next dataset: the hub is busy once, so wait the ${BUSY_SECONDS} seconds of Retry-After and send it again.`,
  async run(stage) {
    let retry: RequestShown | undefined
    const busy = { status: 503, retryAfterSeconds: BUSY_SECONDS }
    const verdict = await withFault(stage, busy, (putOff, later) => {
      retry = later[0]
      const accepted = later.find(({ status }) => status === ACCEPTED || status === REPEATED)
      return accepted === undefined ? 'The dataset that was put off, once more,' : passed(putOff, accepted)
    })
    if (verdict.state !== 'passed' || retry === undefined) return verdict
    const { requestId } = retry
    // The hub's clock stands still here, so only its own check knows how long the wait was.
    const { checks } = await stage.tester.readConformance('authorities', stage.code)
    const check = checks.find(({ id }) => id === 'waits-for-retry-after')
    if (check?.state === 'contradicted' && check.evidence.includes(requestId))
      return failed('It asked again before Retry-After was over.', [retry])
    return noted(stage, verdict)
  },
}

export const dailyForSevenDays: Step = {
  id: 'daily-for-seven-days',
  waitsFor: 'Six more days go by, one after the other: send a dataset on each, when the hub has come to it.',
  async run(stage) {
    const evidence: string[] = []
    for (let day = 1; day <= DAYS; day += 1) {
      if (day > 1) await stage.advanceDay()
      if (stage.hasDatasetToday) continue
      stage.say(`  Day ${day} of ${DAYS}: ${stage.now}`)
      const verdict = await oneDataset(stage)
      evidence.push(...verdict.evidence)
      if (verdict.state !== 'passed') return { ...verdict, evidence }
    }
    return { ...passed(), evidence }
  },
}

async function oneDataset(stage: Stage): Promise<Verdict> {
  const today = londonDate(stage.now)
  const look = (requests: RequestShown[]) => {
    const accepted = requests.find(({ status }) => status === ACCEPTED)
    return accepted ? passed(accepted) : `A dataset that is accepted on ${today}, the hub’s day,`
  }
  return noted(stage, await stage.waitFor(DATASETS, look, stage.now))
}

/** Lets something happen to the next dataset once, and looks at it and at what came after it. */
async function withFault(
  stage: Stage,
  effect: FaultRuleBody['do'],
  look: (struck: RequestShown, later: RequestShown[]) => Verdict | string,
): Promise<Verdict> {
  const fault = await stage.setFault({ match: { route: DATASETS }, times: 1, do: effect })
  const verdict = await stage.waitFor(DATASETS, (requests) => {
    const struck = requests.find((request) => request.fault === fault)
    if (struck === undefined) return 'The next dataset'
    return look(
      struck,
      datasetsIn(requests).filter(({ id }) => id > struck.id),
    )
  })
  await stage.endFault(fault)
  return verdict
}

/** Passes when the next dataset has the number of the one before, and one with it went well. */
function sameSequence(
  before: RequestShown,
  later: RequestShown[],
  isGood: (status: number | null) => boolean,
): Verdict | undefined {
  const sequence = sequenceOf(before)
  const other = later.find((each) => isAnother(each, sequence))
  const again = later.find((each) => sequenceOf(each) === sequence && isGood(each.status))
  if (again !== undefined && (other === undefined || again.id < other.id)) return passed(before, again)
  return other === undefined ? undefined : failed('It came under another sequence number.', [before, other])
}

/** A retry of what was accepted before is none; of a lower number without a verdict nobody can tell. */
function isAnother(request: RequestShown, before: number | undefined): boolean {
  const sequence = sequenceOf(request)
  if (sequence === undefined || before === undefined || request.status === REPEATED) return false
  if (sequence > before) return true
  return sequence < before && [ACCEPTED, RETURNED, CONFLICT].includes(request.status ?? 0)
}

function noted(stage: Stage, verdict: Verdict): Verdict {
  if (verdict.state === 'passed') stage.hasDatasetToday = true
  return verdict
}

/** Dry runs prove nothing, and use nothing up. */
function datasetsIn(requests: RequestShown[]): RequestShown[] {
  return requests.filter(({ request }) => request.query.dryRun !== 'true')
}

/** From the receipt, or from what was sent; the journal may have the beginning of either alone. */
function sequenceOf({ request, response }: RequestShown): number | undefined {
  return sequenceIn(response?.body) ?? sequenceIn(request.body) ?? sequenceIn(request.query)
}

function sequenceIn(body: unknown): number | undefined {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? null)
  const digits = /"sequence"\s*:\s*"?(\d{1,15})/.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

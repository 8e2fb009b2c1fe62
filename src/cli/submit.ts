import type { CAC } from 'cac'
import { HubClient, HubRefusal } from './hub-client.js'
import {
  authorityOption,
  flagOption,
  hubOption,
  instantOption,
  numberOption,
  type Options,
  UsageError,
} from './options.js'
import { registerPeople } from './people-files.js'
import { fewAtATime, startProgress } from './progress.js'
import { receiptLines, refusalLines, totalLines } from './receipts.js'
import {
  findSubmissions,
  readUpload,
  type Submission,
  type SubmissionWish,
  type Submitted,
} from './submissions.js'
import { countText, printFailure, printJson, printLines } from './terminal.js'

const AT_A_TIME = 4
const DRY_RUN_REGISTERS_NOBODY =
  '--register-people cannot stand beside --dry-run: a dry run changes nothing, and registers nobody.'
const UNKNOWN_PEOPLE =
  'This hub checks people against its simulated register (PDS_CHECK=registered). Those that "cpis-hub generate" wrote are put there by: cpis-hub submit DIR --register-people'

export function registerSubmit(cli: CAC): void {
  cli
    .command('submit <...files>', 'Submit datasets, and show the receipts; exit 1 when one is returned')
    .option('--authority <code>', 'Whose the dataset is, by ONS code; of a directory, only this one')
    .option('--hub <url>', 'Address of the hub (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--dry-run', 'Only check, and show what would change')
    .option('--confirm-shrink', 'Withdraw plans although the shrink guard objects')
    .option(
      '--register-people',
      'First register the people that "generate" wrote there; for PDS_CHECK=registered',
    )
    .option('--sequence <n>', 'Sequence number; of a CSV file, by default the next one')
    .option('--extracted-at <time>', 'When the list was drawn; of a CSV file, by default when it was written')
    .option('--json', 'Print one JSON document')
    .example((bin) => `  $ ${bin} submit england        every dataset that "generate" wrote there`)
    .example((bin) => `  $ ${bin} submit plans.csv --authority E06000006`)
    .action(submit)
}

async function submit(paths: string[], options: Options): Promise<void> {
  const hub = new HubClient(await hubOption(options))
  const wish = {
    authority: authorityOption(options),
    sequence: numberOption(options, 'sequence', { min: 1, max: 2_147_483_647 }),
    extractedAt: instantOption(options, 'extracted-at'),
  }
  const flags = {
    dryRun: flagOption(options, 'dry-run'),
    confirmShrink: flagOption(options, 'confirm-shrink'),
  }
  const isRegistering = flagOption(options, 'register-people')
  if (flags.dryRun && isRegistering) throw new UsageError(DRY_RUN_REGISTERS_NOBODY)
  const submissions = await findSubmissions(paths, wish)
  if (isRegistering) await registerPeople(hub, paths)
  const { done, failure } = await submitAll(hub, submissions, wish, flags)
  if (flagOption(options, 'json')) printJson(documentOf(done))
  else {
    printAll(done)
    // Whoever has registered them does not need to hear how.
    if (!isRegistering && hasUnknownPeople(done)) printLines([UNKNOWN_PEOPLE])
  }
  if (failure !== undefined) {
    printFailure(failure)
    const count = countText(submissions.length, 'dataset')
    console.error(`  ${done.length} of ${count} had an answer. Submitting them all again is safe.`)
  }
  if (failure !== undefined || done.some(isUnsuccessful)) process.exitCode = 1
}

function hasUnknownPeople(done: Submitted[]): boolean {
  return done.some(({ receipt }) => receipt?.findings.some(({ code }) => code === 'PERSON_UNKNOWN'))
}

/** A few at a time, but those of one authority one after the other, in the order of the files. */
async function submitAll(
  hub: HubClient,
  submissions: Submission[],
  wish: SubmissionWish,
  flags: { dryRun: boolean; confirmShrink: boolean },
): Promise<{ done: Submitted[]; failure?: Error }> {
  const ofAuthority = new Map<string, Submission[]>()
  for (const submission of submissions) {
    const { authorityCode } = submission
    ofAuthority.set(authorityCode, [...(ofAuthority.get(authorityCode) ?? []), submission])
  }
  const done: Submitted[] = []
  const bytes = submissions.reduce((sum, submission) => sum + submission.bytes, 0)
  const progress = startProgress('Submitting', bytes)
  try {
    await fewAtATime([...ofAuthority.values()], AT_A_TIME, async (own) => {
      for (const submission of own) {
        done.push(await submitOne(hub, submission, wish, flags))
        progress.advance(submission.bytes)
      }
    })
  } catch (error) {
    return { done, failure: error as Error }
  } finally {
    progress.stop()
  }
  return { done: submissions.flatMap((each) => done.find(({ submission }) => submission === each) ?? []) }
}

async function submitOne(
  hub: HubClient,
  submission: Submission,
  wish: SubmissionWish,
  flags: { dryRun: boolean; confirmShrink: boolean },
): Promise<Submitted> {
  try {
    const upload = await readUpload(submission, wish, hub)
    const answer = await hub.submitDataset(submission.authorityCode, { ...upload, ...flags })
    return { submission, ...answer }
  } catch (error) {
    if (error instanceof HubRefusal) return { submission, problem: error.problem }
    throw error
  }
}

function isUnsuccessful({ receipt }: Submitted): boolean {
  return receipt === undefined || receipt.outcome === 'returned'
}

function documentOf(done: Submitted[]) {
  return {
    datasets: done.map(({ submission: { file, authorityCode }, ...answer }) => ({
      file,
      authorityCode,
      ...answer,
    })),
  }
}

/** Of many, only what somebody must look at is shown whole. */
function printAll(done: Submitted[]): void {
  const shown =
    done.length === 1 ? done : done.filter((each) => !each.receipt || each.receipt.findingCount > 0)
  for (const each of shown) {
    if (each.receipt === undefined) printLines([...refusalLines(each.submission, each.problem), ''])
    else printLines([...receiptLines(each.receipt, each.repeated), ''])
  }
  if (done.length > 1) printLines(totalLines(done))
}

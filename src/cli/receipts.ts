import type { Finding } from '../domain/finding.js'
import type { Receipt } from '../domain/receipt.js'
import { pc } from './colours.js'
import { HubRefusal, type Problem } from './hub-client.js'
import type { Submission, Submitted } from './submissions.js'
import { authorityText, countText, plain, problemLines, tableText, timeText } from './terminal.js'

const OUTCOMES: Record<Receipt['outcome'], { paint: (text: string) => string; meaning: string }> = {
  accepted: { paint: pc.green, meaning: 'It is in force, and replaces what was there before.' },
  'partially-accepted': {
    paint: pc.yellow,
    meaning: 'The good records are in force; the others are handed back. Mend them and send them again.',
  },
  returned: {
    paint: pc.red,
    meaning:
      'Nothing was changed: what was there before stays in force. Mend it and send it again, with the same sequence number.',
  },
}

/** What a person looks at to see what is wrong; beyond them it is the same, or work for a program. */
const FINDINGS_SHOWN_MAX = 20

const PUT_OFF =
  'It was not checked, and nothing was changed. Send it again as it is, with the same sequence number.'

/** A receipt as a person reads it, with its first findings. */
export function receiptLines(receipt: Receipt, repeated: boolean): string[] {
  const { sequence, outcome, fileCode, findings, findingCount, nextDueAt, returnedTo } = receipt
  const { paint, meaning } = { ...OUTCOMES[outcome], ...(fileCode === 'CPF05' && { meaning: PUT_OFF }) }
  const verdict = pc.bold(paint(`${outcome.replace('-', ' ')} (${fileCode})`))
  const lines = [
    `${pc.bold(authorityText(receipt.authorityCode))}, dataset ${sequence}: ${verdict}`,
    `  ${receipt.dryRun ? 'A dry run: this is what would have happened. Nothing was changed.' : meaning}`,
  ]
  if (repeated) lines.push('  The hub had this very dataset before; this is its first receipt.')
  lines.push(`  ${recordsText(receipt)}`)
  if (outcome !== 'returned') lines.push(`  Plans: ${changesText(receipt)}.`)
  if (nextDueAt !== null) lines.push(`  The next dataset is due by ${timeText(nextDueAt)}.`)
  if (returnedTo !== null) {
    const { name, email, phone } = returnedTo
    lines.push(`  Returned to: ${[name, email, phone].map(plain).join(', ')}.`)
  }
  const shown = findings.slice(0, FINDINGS_SHOWN_MAX)
  if (shown.length > 0) lines.push('', `  ${findingsTitle(receipt)}`, findingsTable(shown))
  if (findingCount > shown.length) lines.push(`  ${restText(receipt, findingCount - shown.length)}`)
  return lines
}

/** How many findings are not shown, and where to read them. */
function restText({ id, authorityCode, dryRun, findings, findingCount }: Receipt, rest: number): string {
  // Of a dry run nothing is kept.
  const where = dryRun ? '' : ` or GET /v1/authorities/${authorityCode}/datasets/${id}`
  const more = `… and ${countText(rest, 'more finding')}.`
  if (findings.length <= FINDINGS_SHOWN_MAX) return `${more} The receipt does not list them.`
  const listed =
    findingCount > findings.length ? `the first ${findings.length.toLocaleString('en-GB')}` : 'all'
  return `${more} To read ${listed}: --json${where}.`
}

function recordsText({ outcome, recordCount, acceptedCount, returnedCount }: Receipt): string {
  if (outcome === 'returned' && recordCount === 0) return 'No record was read.'
  const records = countText(recordCount, 'record')
  if (returnedCount === 0) return `${records}, all taken.`
  if (acceptedCount === 0) return `${records}, all handed back.`
  return `${records}: ${acceptedCount.toLocaleString('en-GB')} taken, ${returnedCount.toLocaleString('en-GB')} handed back.`
}

function changesText({ changes }: Pick<Receipt, 'changes'>): string {
  return Object.entries(changes)
    .map(([name, count]) => `${count.toLocaleString('en-GB')} ${name}`)
    .join(', ')
}

function findingsTitle({ findings, findingCount }: Receipt): string {
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const kinds = warnings === findings.length ? ', all of them warnings' : ''
  return `${countText(findingCount, 'finding')}${kinds}:`
}

function findingsTable(findings: Finding[]): string {
  return tableText(
    ['', 'Where', 'Local id', 'Field', 'What is wrong, and what to do'],
    findings.map((found) => [
      { text: found.severity, paint: found.severity === 'error' ? pc.red : pc.yellow },
      placeText(found),
      found.localId ?? '',
      found.field ?? '',
      `${[found.code, found.recordCode].filter(Boolean).join(' ')}: ${found.message}`,
    ]),
  )
}

/** A CSV file has lines; in JSON the place is that of the list, which counts from 0. */
function placeText({ record, line }: Finding): string {
  if (line !== undefined) return `line ${line}`
  return record === null ? 'whole file' : `records[${record}]`
}

/** A refusal as a person reads it. */
export function refusalLines({ file, authorityCode }: Submission, problem: Problem): string[] {
  const title = `${pc.bold(authorityText(authorityCode))}, ${file}: ${pc.bold(pc.red('refused'))}`
  return [title, ...problemLines(new HubRefusal(problem)).map((line) => `  ${line}`)]
}

/** What became of many datasets together. */
export function totalLines(done: Submitted[]): string[] {
  const receipts = done.flatMap(({ receipt }) => receipt ?? [])
  const count = (outcome: Receipt['outcome']) => receipts.filter((each) => each.outcome === outcome).length
  const refused = done.length - receipts.length
  const parts = [
    pc.green(`${count('accepted')} accepted`),
    ...(count('partially-accepted') > 0
      ? [pc.yellow(`${count('partially-accepted')} partially accepted`)]
      : []),
    ...(count('returned') > 0 ? [pc.red(`${count('returned')} returned`)] : []),
    ...(refused > 0 ? [pc.red(`${refused} refused`)] : []),
  ]
  const changes = { added: 0, changed: 0, ended: 0, removed: 0, unchanged: 0 }
  for (const receipt of receipts) {
    for (const name of Object.keys(changes) as (keyof typeof changes)[])
      changes[name] += receipt.changes[name]
  }
  const dryRun = receipts.some((receipt) => receipt.dryRun) ? ' A dry run: nothing was changed.' : ''
  return [
    `${countText(done.length, 'dataset')}: ${parts.join(', ')}.${dryRun}`,
    `Plans: ${changesText({ changes })}.`,
  ]
}

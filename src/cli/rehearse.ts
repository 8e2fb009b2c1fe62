import type { CAC } from 'cac'
import { MINUTE_MS } from '../clock.js'
import { pc } from './colours.js'
import { conformanceLines } from './conformance.js'
import { junitReport } from './junit.js'
import {
  choiceOption,
  durationOption,
  hubOption,
  needed,
  type Options,
  textOption,
  UsageError,
} from './options.js'
import { type Rehearsal, rehearseAuthority, STEPS, type StepOutcome } from './rehearsal/rehearse-authority.js'
import { Interrupted } from './rehearsal/stage.js'
import type { Step } from './rehearsal/step.js'
import { countText, plain, printLines, tableText } from './terminal.js'
import { TesterClient } from './tester-client.js'
import { fromControls } from './tester-controls.js'

const FORMATS = ['pretty', 'junit', 'json'] as const
const PATIENCE_MS = 10 * MINUTE_MS
const EXIT_INTERRUPTED = 130
const UNREAD = 'What the hub has watched is not known: it could not be reached.'

const PAINT: Record<StepOutcome['state'], (text: string) => string> = {
  passed: pc.green,
  failed: pc.red,
  skipped: pc.yellow,
}

export function registerRehearse(cli: CAC): void {
  cli
    .command('rehearse authority', 'An assurance run of an authority’s system, which runs beside it')
    .option('--code <code>', 'The authority’s ONS code, such as E06000006. What it sent is FORGOTTEN')
    .option('--hub <url>', 'A hub with tester controls (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--patience <duration>', 'How long to wait for each thing that the system does (default: PT10M)')
    .option(
      '--only <steps>',
      `Some steps alone, with commas between: ${STEPS.map(({ id }) => id).join(', ')}`,
    )
    .option('--format <format>', 'pretty, junit or json (default: pretty)')
    .example((bin) => `  $ ${bin} rehearse authority --code E06000006 --format junit > rehearsal.xml`)
    .action(rehearse)
}

async function rehearse(options: Options): Promise<void> {
  const code = needed(textOption(options, 'code'), 'code')
  const format = choiceOption(options, 'format', FORMATS) ?? 'pretty'
  const steps = stepsOption(options)
  const patienceMs = durationOption(options, 'patience') ?? PATIENCE_MS
  const tester = new TesterClient(await hubOption(options))
  await fromControls(tester.url, 'a rehearsal', tester.readClock())
  // A report in a pipe is the report alone.
  const say = (line: string) => (format === 'pretty' ? console.log(plain(line)) : console.error(plain(line)))
  try {
    const rehearsal = await rehearseAuthority({ tester, code, patienceMs, say, stop: interrupts() }, steps)
    print(rehearsal, format)
    if (!isGood(rehearsal)) process.exitCode = 1
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.exitCode = EXIT_INTERRUPTED
  }
}

function stepsOption(options: Options): readonly Step[] {
  const wanted = textOption(options, 'only')
    ?.split(',')
    .map((id) => id.trim())
  const unknown = wanted?.find((wish) => !STEPS.some(({ id }) => id === wish))
  if (unknown !== undefined) throw new UsageError(`--only has no step "${plain(unknown)}".`)
  return STEPS.filter(({ id }) => wanted === undefined || wanted.includes(id))
}

/** The first signal ends the run and lets everything be put back; a second one ends at once. */
function interrupts(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  return stopping.signal
}

function contradicted({ conformance }: Rehearsal) {
  return (conformance?.checks ?? []).filter(({ state }) => state === 'contradicted')
}

function isGood(rehearsal: Rehearsal): boolean {
  const { outcomes, conformance } = rehearsal
  const isAllDone = conformance !== null && outcomes.every(({ state }) => state !== 'failed')
  return isAllDone && contradicted(rehearsal).length === 0
}

function print(rehearsal: Rehearsal, format: (typeof FORMATS)[number]): void {
  const { outcomes, conformance } = rehearsal
  if (format === 'pretty') printLines(['', ...prettyLines(rehearsal)])
  else if (format === 'junit') printAll(junitLines(rehearsal))
  else printAll([JSON.stringify({ steps: outcomes, conformance }, null, 2)])
}

function prettyLines(rehearsal: Rehearsal): string[] {
  const { outcomes, conformance } = rehearsal
  const count = (wanted: StepOutcome['state']) => outcomes.filter(({ state }) => state === wanted).length
  const rows = outcomes.map(({ id, state, reason, evidence }) => ({
    cells: [id, { text: state, paint: PAINT[state] }, reason ?? ''],
    below: evidence,
  }))
  const counts = `${countText(outcomes.length, 'step')}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped.`
  return [
    tableText(['Step', 'State', 'Why; below, the requests that show it'], rows),
    '',
    ...(conformance === null ? [UNREAD] : conformanceLines(conformance)),
    '',
    isGood(rehearsal) ? pc.green(counts) : pc.red(counts),
  ]
}

/** A case for each step, and one for what the hub watched all the while. */
function junitLines(rehearsal: Rehearsal): string[] {
  const against = contradicted(rehearsal)
  const watched = {
    id: 'conformance',
    waitsFor: 'Nothing that the hub watches is contradicted.',
    durationMs: 0,
    ...watchedVerdict(rehearsal),
    evidence: against.flatMap(({ evidence }) => evidence),
  }
  const cases = [...rehearsal.outcomes, watched].map(
    ({ id, waitsFor, state, durationMs, reason, evidence }) => ({
      name: id,
      state,
      durationMs,
      message: reason ?? '',
      text: [waitsFor, `Requests: ${evidence.join(', ') || 'none'}`].join('\n'),
    }),
  )
  return junitReport('rehearsal', cases)
}

function watchedVerdict(rehearsal: Rehearsal): { state: StepOutcome['state']; reason: string } {
  if (rehearsal.conformance === null) return { state: 'failed', reason: UNREAD }
  const against = contradicted(rehearsal).map(({ id }) => id)
  return {
    state: against.length === 0 ? 'passed' : 'failed',
    reason: `Contradicted: ${against.join(', ')}`,
  }
}

function printAll(lines: string[]): void {
  for (const line of lines) console.log(line)
}

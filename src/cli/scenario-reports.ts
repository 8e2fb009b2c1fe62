import { basename } from 'node:path'
import type { StepFailure } from '../scenarios/run-scenario.js'
import { pc } from './colours.js'
import { junitReport } from './junit.js'
import { countText, plain } from './terminal.js'

export const REPORT_FORMATS = ['pretty', 'tap', 'junit', 'json'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** What became of one scenario. */
export interface Outcome {
  file: string
  title: string
  state: 'passed' | 'failed' | 'skipped'
  durationMs: number
  failure: StepFailure | null
  /** Why it was skipped. */
  reason: string | null
}

/** A report in one form: what is printed before, after each scenario and at the end. */
export interface Report {
  begin(count: number): string[]
  each(outcome: Outcome, number: number): string[]
  end(outcomes: readonly Outcome[]): string[]
}

export const REPORTS: Readonly<Record<ReportFormat, Report>> = {
  pretty: {
    begin: () => [],
    each: prettyLines,
    end: (outcomes) => ['', prettySummary(outcomes)],
  },
  tap: {
    begin: (count) => ['TAP version 14', `1..${count}`],
    each: tapLines,
    end: (outcomes) => [`# ${countsText(outcomes)}`],
  },
  junit: { begin: () => [], each: () => [], end: junitLines },
  json: {
    begin: () => [],
    each: () => [],
    end: (outcomes) => [JSON.stringify({ scenarios: outcomes }, null, 2)],
  },
}

export function failureLines({ step, line, title, differences }: StepFailure, file: string): string[] {
  const place = step === 0 ? 'before step 1' : `step ${step}`
  return [
    `${place} (${file}:${line}): ${title}`,
    ...differences.flatMap(({ at, expected, came, says = [] }) => [
      `  ${at}: expected ${expected}, came ${came}`,
      ...says.map((line) => `    ${line}`),
    ]),
  ].map(plain)
}

function prettyLines({ file, title, state, failure, reason }: Outcome): string[] {
  const name = `${basename(file)}  ${title}`.replace(/\.ya?ml {2}/, '  ')
  if (state === 'passed') return [`${pc.green('ok')}      ${plain(name)}`]
  if (state === 'skipped') return [`${pc.yellow('skipped')} ${plain(name)} (${reason})`]
  const lines = failure === null ? [] : failureLines(failure, file)
  return [`${pc.red('FAILED')}  ${plain(name)}`, ...lines.map((line) => `          ${line}`)]
}

function prettySummary(outcomes: readonly Outcome[]): string {
  const isGood = outcomes.every(({ state }) => state !== 'failed')
  return isGood ? pc.green(countsText(outcomes)) : pc.red(countsText(outcomes))
}

function countsText(outcomes: readonly Outcome[]): string {
  const count = (wanted: Outcome['state']) => outcomes.filter(({ state }) => state === wanted).length
  return `${countText(outcomes.length, 'scenario')}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
}

function tapLines({ file, title, state, durationMs, failure, reason }: Outcome, number: number): string[] {
  const name = `${basename(file)} ${title}`.replaceAll('\\', '\\\\').replaceAll('#', '\\#')
  const skip = state === 'skipped' ? ` # SKIP ${reason}` : ''
  const result = `${state === 'failed' ? 'not ok' : 'ok'} ${number} - ${plain(name)}${skip}`
  if (failure === null) return [result, '  ---', `  duration_ms: ${Math.round(durationMs)}`, '  ...']
  const { step, line, differences } = failure
  return [
    result,
    '  ---',
    `  duration_ms: ${Math.round(durationMs)}`,
    // JSON is YAML, and needs no other rules of quoting.
    `  message: ${JSON.stringify(plain(failure.title))}`,
    `  at: ${JSON.stringify({ file, line, step })}`,
    '  differences:',
    ...differences.map((each) => `    - ${JSON.stringify(each)}`),
    '  ...',
  ]
}

function junitLines(outcomes: readonly Outcome[]): string[] {
  const cases = outcomes.map(({ file, title, state, durationMs, failure, reason }) => ({
    name: `${basename(file)} ${title}`,
    state,
    durationMs,
    message: failure?.title ?? reason ?? '',
    ...(failure !== null && { text: failureLines(failure, file).join('\n') }),
  }))
  return junitReport('scenarios', cases)
}

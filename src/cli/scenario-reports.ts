import { basename } from 'node:path'
import { SECOND_MS } from '../clock.js'
import type { StepFailure } from '../scenarios/run-scenario.js'
import { VERSION } from '../version.js'
import { pc } from './colours.js'
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
    ...differences.map(({ at, expected, came }) => `  ${at}: expected ${expected}, came ${came}`),
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
  const failed = outcomes.filter(({ state }) => state === 'failed').length
  const skipped = outcomes.filter(({ state }) => state === 'skipped').length
  const seconds = secondsText(outcomes.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const counts = `tests="${outcomes.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="cpis-hub ${VERSION} scenarios" ${counts}>`,
    ...outcomes.flatMap(junitCase),
    '  </testsuite>',
    '</testsuites>',
  ]
}

function junitCase({ file, title, state, durationMs, failure, reason }: Outcome): string[] {
  const name = `${basename(file)} ${title}`
  const start = `    <testcase classname="scenarios" name="${xmlText(name)}" time="${secondsText(durationMs)}"`
  if (state === 'passed') return [`${start}/>`]
  const inside =
    failure === null
      ? `<skipped message="${xmlText(reason ?? '')}"/>`
      : `<failure message="${xmlText(failure.title)}">${xmlText(failureLines(failure, file).join('\n'))}</failure>`
  return [`${start}>`, `      ${inside}`, '    </testcase>']
}

function secondsText(ms: number): string {
  return (ms / SECOND_MS).toFixed(3)
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** XML 1.0 has no way at all to write most control characters and lone surrogates. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replace(/[&<>"]/g, (character) => XML_ESCAPES[character] ?? '')
}

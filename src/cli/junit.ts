import { SECOND_MS } from '../clock.js'
import { VERSION } from '../version.js'

/** One case of a JUnit report; `text` is what failed, or why it was skipped. */
export interface JunitCase {
  name: string
  state: 'passed' | 'failed' | 'skipped'
  durationMs: number
  message: string
  text?: string
}

/** A JUnit report with one suite, as continuous integration reads it. */
export function junitReport(suite: string, cases: readonly JunitCase[]): string[] {
  const count = (wanted: JunitCase['state']) => cases.filter(({ state }) => state === wanted).length
  const seconds = secondsText(cases.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const counts = `tests="${cases.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}" time="${seconds}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="cpis-hub ${VERSION} ${suite}" ${counts}>`,
    ...cases.flatMap((each) => caseLines(suite, each)),
    '  </testsuite>',
    '</testsuites>',
  ]
}

function caseLines(suite: string, { name, state, durationMs, message, text = '' }: JunitCase): string[] {
  const start = `    <testcase classname="${suite}" name="${xmlText(name)}" time="${secondsText(durationMs)}"`
  if (state === 'passed') return [`${start}/>`]
  const inside =
    state === 'skipped'
      ? `<skipped message="${xmlText(message)}"/>`
      : `<failure message="${xmlText(message)}">${xmlText(text)}</failure>`
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

import type { CAC } from 'cac'

const GROUPS = ['notifications', 'scenarios', 'conformance', 'rehearse']
// Invisible, and no part of a file's name or a code that anybody types.
const GUARD = '\u2060'

/**
 * Lets cac parse the command line and keeps every value the text that was typed: its parser makes numbers of what
 * looks like one ("007", an NHS number after a flag) and loses a lone "-".
 */
export function parseArguments(cli: CAC, argv: readonly string[]): void {
  const [node = '', script = '', ...words] = argv
  const guarded = joinGroup(words).map((word) => guardWord(word))
  cli.parse([node, script, ...guarded], { run: false })
  const { '--': afterDashes = [], ...options } = cli.options
  cli.args = [...cli.args, ...afterDashes].map(unguarded)
  cli.options = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, unguardAll(value)]))
}

/** `notifications drain` is one command of two words, which cac knows as one with a space. */
function joinGroup([first, second, ...rest]: string[]): string[] {
  if (first === undefined) return []
  if (!GROUPS.includes(first) || second === undefined || second.startsWith('-')) {
    return second === undefined ? [first] : [first, second, ...rest]
  }
  return [`${first} ${second}`, ...rest]
}

function guardWord(word: string): string {
  const option = /^(--?[^=]+=)(.*)$/s.exec(word)
  if (option !== null) return `${option[1]}${guardValue(option[2] as string)}`
  return word === '-' ? `${GUARD}-` : word.startsWith('-') ? word : guardValue(word)
}

/** The empty text counts as a number, too. */
function guardValue(value: string): string {
  return Number.isFinite(Number(value)) ? `${GUARD}${value}` : value
}

function unguardAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unguardAll)
  return typeof value === 'string' ? unguarded(value) : value
}

function unguarded(value: string): string {
  return value.startsWith(GUARD) ? value.slice(GUARD.length) : value
}

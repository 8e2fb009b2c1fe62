import { shownValue, withoutNumbers } from './shown-value.js'
import { RESERVED, wordIn } from './values.js'

/** One place at which an answer is not as expected. */
export interface Difference {
  /** `status`, `header location`, or the JSON Pointer into the body after `body`. */
  at: string
  expected: string
  came: string
  /** What was said beside it, such as by a refusal: why, and what is at fault. */
  says?: string[]
}

// No text that is filled in can be one of these.
const ANY = Symbol('$any')
const ABSENT = Symbol('$absent')
const WORDS: Readonly<Record<string, symbol>> = { any: ANY, absent: ABSENT }

type Matcher = (argument: unknown, came: unknown, at: string) => Difference[]

/** Matchers with an argument, each the one key of an object: `{ $count: 2 }`. */
const MATCHERS: Readonly<Record<string, Matcher>> = {
  $exactly: (expected, came, at) =>
    isEqual(expected, came) ? [] : [difference(at, `exactly ${shownValue(expected)}`, came)],
  $not: (expected, came, at) =>
    came !== undefined && compare(expected, came, at).length > 0
      ? []
      : [difference(at, `anything but ${shownValue(expected)}`, came)],
  $matches: (pattern, came, at) =>
    typeof came === 'string' && isPattern(pattern) && new RegExp(pattern, 'u').test(came)
      ? []
      : [difference(at, `a text that matches ${withoutNumbers(String(pattern))}`, came)],
  $count: (count, came, at) =>
    Array.isArray(came) && came.length === count
      ? []
      : [difference(at, `a list of ${shownValue(count)}`, came)],
  $contains: (expected, came, at) =>
    Array.isArray(came) && came.some((each) => compare(expected, each, at).length === 0)
      ? []
      : [difference(at, `a list that contains ${shownValue(expected)}`, came)],
}

/** What is expected, with its words (`$any`, `$absent`) told from texts; to be done before values are filled in. */
export function meaningOf(written: unknown): unknown {
  if (typeof written === 'string') return WORDS[wordIn(written) ?? ''] ?? written
  if (Array.isArray(written)) return written.map(meaningOf)
  if (typeof written !== 'object' || written === null) return written
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, meaningOf(value)]))
}

/**
 * Where what came is not as expected. Of an object the listed properties count, of a list every element; a word
 * that `meaningOf` has found or a matcher may stand for a value. Empty when all is well.
 */
export function compare(expected: unknown, came: unknown, at: string): Difference[] {
  if (expected === ANY) return came === undefined || came === null ? [difference(at, 'anything', came)] : []
  if (expected === ABSENT) return came === undefined ? [] : [difference(at, 'nothing', came)]
  if (Array.isArray(expected)) return compareLists(expected, came, at)
  if (typeof expected !== 'object' || expected === null) {
    return expected === came ? [] : [difference(at, shownValue(expected), came)]
  }
  const [name, matcher] = matcherOf(expected)
  if (matcher !== undefined) return matcher((expected as Record<string, unknown>)[name], came, at)
  if (typeof came !== 'object' || came === null || Array.isArray(came)) {
    return [difference(at, 'an object', came)]
  }
  return Object.entries(expected).flatMap(([key, value]) =>
    compare(value, ownProperty(came, key), `${at}/${segment(key)}`),
  )
}

/** What is wrong with an expectation, or undefined; so that a slip is told before anything is run. */
export function matcherFault(expected: object): string | undefined {
  const words = Object.keys(expected).filter((key) => key.startsWith('$'))
  const [word] = words
  if (word === undefined) return undefined
  const argument = (expected as Record<string, unknown>)[word]
  if (!Object.hasOwn(MATCHERS, word)) {
    return `${word} is no matcher; there are ${Object.keys(MATCHERS).join(', ')}, and the words ${ANY.description} and ${ABSENT.description}`
  }
  if (Object.keys(expected).length > 1) return `${word} must stand alone`
  if (word === '$matches' && !isPattern(argument)) return '$matches needs a regular expression'
  if (word === '$count' && !isCount(argument)) return '$count needs a whole number'
  return undefined
}

function compareLists(expected: unknown[], came: unknown, at: string): Difference[] {
  if (!Array.isArray(came) || came.length !== expected.length) {
    return [difference(at, `a list of ${expected.length}`, came)]
  }
  return expected.flatMap((each, i) => compare(each, came[i], `${at}/${i}`))
}

function matcherOf(expected: object): [name: string, matcher: Matcher | undefined] {
  const [name = ''] = Object.keys(expected)
  return [name, Object.hasOwn(MATCHERS, name) ? MATCHERS[name] : undefined]
}

/** A name may stand for one; whether it does is seen when it is filled in. */
function isCount(argument: unknown): boolean {
  if (typeof argument === 'string') {
    const name = wordIn(argument)
    return name !== undefined && !RESERVED.includes(name)
  }
  return Number.isInteger(argument) && Number(argument) >= 0
}

function isPattern(text: unknown): text is string {
  try {
    return typeof text === 'string' && new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function isEqual(expected: unknown, came: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return compare(expected, came, '').length === 0
  if (matcherOf(expected)[1] !== undefined) return compare(expected, came, '').length === 0
  if (typeof came !== 'object' || came === null || Array.isArray(came) !== Array.isArray(expected))
    return false
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(came)])]
  return keys.every((key) => isEqual(ownProperty(expected, key), ownProperty(came, key)))
}

function ownProperty(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined
}

function difference(at: string, expected: string, came: unknown): Difference {
  return { at, expected, came: came === undefined ? 'nothing' : shownValue(came) }
}

function segment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

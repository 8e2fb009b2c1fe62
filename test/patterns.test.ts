import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import ts from 'typescript'
import { parse } from 'yaml'
import { countSteps, TooManySteps } from './helpers/pattern-steps.js'

// What callers send comes to these; metrics.ts reads the hub's own text.
const FACING_CALLERS = /^src\/(domain|http|intake|messages|store|clock|config)\b.*(?<!metrics)\.ts$/
const STEPS_PER_CHARACTER_MAX = 50
const LENGTH = 1000

/** Every pattern of the contract, wherever in it it stands. */
function publishedPatterns(document: unknown): string[] {
  if (typeof document !== 'object' || document === null) return []
  return Object.entries(document).flatMap(([name, value]) =>
    name === 'pattern' && typeof value === 'string' ? [value] : publishedPatterns(value),
  )
}

function contractPatterns(): RegExp[] {
  const schemas = readdirSync('schemas').map((file) => JSON.parse(readFileSync(`schemas/${file}`, 'utf8')))
  const all = [...schemas, parse(readFileSync('openapi.yaml', 'utf8'))].flatMap(publishedPatterns)
  return [...new Set(all)].map((source) => new RegExp(source, 'u'))
}

function writtenPatterns(): RegExp[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => `src/${file}`)
  return files.filter((file) => FACING_CALLERS.test(file)).flatMap(literalsIn)
}

function literalsIn(file: string): RegExp[] {
  const found: RegExp[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const [, source = '', flags] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? []
      found.push(new RegExp(source, flags))
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext))
  return found
}

/** Texts that keep a matcher busy: one character, or two in turn, after a good beginning, and an end that does not fit. */
function* hostileTexts(length: number): Generator<string> {
  const characters = [...'09aAfEZT -.,+:=_/"', '\u00a0', '\n', '\u0000', '\ud800', '\u00e9']
  const units = [...characters, '0-', '0.', '1 ', 'a0', '0E', '.0', 'E+', 'SQLITE_', 'IOERR']
  for (const beginning of ['', '2026-11-24T02:15:00.', '999 000 ', '1.', '-', 'E06', '127.', 'SQLITE_'])
    for (const unit of units)
      for (const end of ['', '!', '\u0000']) yield `${beginning}${unit.repeat(length / unit.length)}${end}`
}

const isLinear = (pattern: RegExp) => {
  try {
    for (const text of hostileTexts(LENGTH)) {
      const { matches } = countSteps(pattern, text, STEPS_PER_CHARACTER_MAX * text.length)
      const platform = new RegExp(pattern.source, pattern.flags.replace('g', ''))
      if (matches !== platform.test(text))
        throw new Error(`${pattern} is read otherwise than by the platform`)
    }
    return true
  } catch (error) {
    if (error instanceof TooManySteps) return false
    throw error
  }
}

t.test('every pattern that callers’ texts come to takes a few steps a character', (t) => {
  const [contract, written] = [contractPatterns(), writtenPatterns()]
  t.ok(contract.length >= 6 && written.length >= 15, 'they were found')
  for (const pattern of [...contract, ...written]) {
    t.ok(isLinear(pattern), String(pattern))
    for (const text of hostileTexts(100_000)) pattern.test(text)
  }
  t.end()
})

t.test('the count tells a pattern that is not linear', (t) => {
  for (const pattern of [
    /^(a+)+$/,
    /^(\d+)*$/,
    /^\d*\d*\d*!$/,
    /\s+$/,
    /^(a|a)*$/,
    /^([a-z]+\.?)+@$/,
    /\d+x/,
  ])
    t.notOk(isLinear(pattern), String(pattern))
  for (const pattern of [/^a+$/, /^(a|b)*$/, /a/, /^(\d{3}-)*\d$/]) t.ok(isLinear(pattern), String(pattern))
  t.throws(() => countSteps(/(?=a)/, 'a', 9), /unknown group/)
  t.end()
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { HubError } from '../../src/domain/problem.js'
import { NESTING_MAX } from '../../src/messages/json-fault.js'
import { parseJson } from '../../src/messages/parse-json.js'
import { holds } from '../helpers/properties.js'
import { ROBIN, SASHA } from '../helpers/seed.js'

const parse = (text: string | Uint8Array) => parseJson(Buffer.from(text))

function refusalOf(text: string | Uint8Array): HubError {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const codeOf = (text: string | Uint8Array) => refusalOf(text).code

/** What `JSON.parse` says of a text: its value, or undefined when it refuses it. */
function parsedOrUndefined(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

t.test('a property that stands twice is refused at any depth, however it is written', async (t) => {
  const twice: [text: string, pointer: string][] = [
    [`{"nhsNumber":"${ROBIN}","nhsNumber":"${SASHA}"}`, '/nhsNumber'],
    ['{"a":1,"b":{},"a":1}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"\\u0061":1,"a":2}', '/a'],
    ['{"\\u0061":1,"\\u0061":2}', '/a'],
    ['{"":1,"":2}', '/-'],
    ['{"é":1,"\\u00e9":2}', '/-'],
    ['{"\\ud800":1,"\\uD800":2}', '/-'],
    ['{"a\\/b":1,"a/b":2}', '/-'],
    ['{"x":[0,{"y":{"a":[],"a":1}}]}', '/x/1/y/a'],
    ['{"a":{"a":1},"a":1}', '/a'],
    ['{"a":1,"b":{"a":1},"b":1}', '/b'],
    [`[{"${ROBIN}":{"b":1,"b":2}}]`, '/0/-/b'],
    [`{"${ROBIN}":1,"${ROBIN}":2}`, '/-'],
    [`{${Array.from({ length: 100 }, (_, i) => `"n${i}":${i}`).join()},"n7":1}`, '/n7'],
    [`{${Array.from({ length: 16 }, (_, i) => `"n${i}":${i}`).join()},"n15":1}`, '/n15'],
    [`{${Array.from({ length: 17 }, (_, i) => `"n${i}":${i}`).join()},"n0":1}`, '/n0'],
    [`{"${'x'.repeat(1000)}":1,"${'x'.repeat(1000)}":1}`, '/-'],
  ]
  for (const [text, pointer] of twice) {
    const { code, errors, detail } = refusalOf(text)
    t.strictSame([code, errors?.[0]?.pointer], ['DUPLICATE_KEY', pointer], text.slice(0, 60))
    t.notMatch(detail, /\d{10}/)
  }
  for (const once of [
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '{"a":1,"A":2,"a ":3,"\\u0061b":4}',
    '{"\\ud800":1,"\ufffd":2}',
    '{"toString":1,"hasOwnProperty":2,"valueOf":3}',
    `{${Array.from({ length: 100 }, (_, i) => `"n${i}":{"n${i}":1}`).join()}}`,
  ])
    t.same(parse(once), JSON.parse(once), once.slice(0, 60))
})

t.test(
  'names that JavaScript gives a meaning of its own are refused, however they are written',
  async (t) => {
    for (const [text, pointer] of [
      ['{"__proto__":{"isAdmin":true}}', '/-'],
      ['{"\\u005f_proto__":1}', '/-'],
      ['{"a":[{"constructor":{"prototype":{}}}]}', '/a/0/constructor'],
      ['{"prototype":1}', '/prototype'],
      ['{"p\\u0072ototype":1}', '/prototype'],
      ['{"a":{"careSetting":1},"b":{"constructor":1}}', '/b/constructor'],
    ] as const) {
      const { code, errors } = refusalOf(text)
      t.strictSame([code, errors?.[0]?.pointer], ['PROPERTY_FORBIDDEN', pointer], text)
    }
    t.same(parse('{"a":"__proto__","constructors":["prototype"]}'), {
      a: '__proto__',
      constructors: ['prototype'],
    })
  },
)

t.test(`lists and objects go ${NESTING_MAX} deep and no deeper`, async (t) => {
  const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  for (const nested of [lists, objects]) {
    t.same(parse(nested(16)), JSON.parse(nested(16)))
    t.equal(codeOf(nested(17)), 'NESTED_TOO_DEEP')
    t.equal(codeOf(nested(1_000_000)), 'NESTED_TOO_DEEP', 'and no stack is used up')
  }
  t.equal(codeOf('['.repeat(5_000_000)), 'NESTED_TOO_DEEP')
  t.same(parse(`[${Array(100).fill('[[]]').join()}]`), Array(100).fill([[]]), 'beside is not inside')
})

t.test('what is not JSON is refused with its place, and nothing of it is quoted', async (t) => {
  const wrong: [text: string, place: RegExp][] = [
    ['', /it ends in the middle/],
    [' \n', /it ends in the middle/],
    ['{"a":1', /it ends in the middle/],
    ['{"a":"x', /it ends in the middle/],
    ['{"a":tru', /it ends in the middle/],
    ['{"a":1,}', /byte 8 \(line 1\)/],
    ['{\n"a":1,\n\n"b" 2}', /byte 15 \(line 4\)/],
    ['[1,]', /byte 4 /],
    ['[,1]', /byte 2 /],
    ['[1 2]', /byte 4 /],
    ["{'a':1}", /byte 2 /],
    ['{a:1}', /byte 2 /],
    ['{"a":1}}', /byte 8 /],
    ['{"a":1} x', /byte 9 /],
    ['{"a":undefined}', /byte 6 /],
    ['{"a":NaN}', /byte 6 /],
    ['{"a":trUe}', /byte 8 /],
    ['[01]', /byte 3 /],
    ['[-]', /byte 3 /],
    ['[+1]', /byte 2 /],
    ['[.5]', /byte 2 /],
    ['[1.]', /byte 4 /],
    ['[1e]', /byte 4 /],
    ['[0x1]', /byte 3 /],
    ['["\\x"]', /byte 4 /],
    ['["\\u12g4"]', /byte 7 /],
    ['["a\nb"]', /byte 4 /],
    ['["a\tb"]', /byte 4 /],
    ['["\u0000"]', /byte 3 /],
    ['[1]\u00a0', /byte 4 /],
    ['\ufeff\ufeff[1]', /byte 4 /],
    ['// x\n[1]', /byte 1 /],
    [`{"nhsNumber":"${ROBIN}" "x"}`, /byte 27 /],
  ]
  for (const [text, place] of wrong) {
    const { code, detail } = refusalOf(text)
    t.equal(code, 'JSON_MALFORMED', text)
    t.match(detail, place, text)
    t.notMatch(detail, ROBIN)
  }
})

t.test('bytes that are not UTF-8 are refused; one byte order mark is taken', async (t) => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc3, 0x22],
    [0x22, 0xc0, 0x80, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
    [0xff, 0xfe, 0x22, 0x00, 0x22, 0x00],
  ])
    t.equal(codeOf(Uint8Array.from(bytes)), 'NOT_UTF8')
  t.equal(codeOf(Buffer.from('{"a":1}', 'utf16le')), 'JSON_MALFORMED')
  t.same(parse('\ufeff{"a":"\u00e9\u{1f600}"}'), { a: '\u00e9\u{1f600}' })
})

const NAMES = ['a', 'b', 'nhsNumber', '\u00e9', '', '"', 'x'.repeat(20)]
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/** JSON as it may be written: names in any order and perhaps twice, escapes, spaces; and whether a name repeats. */
const written: fc.Arbitrary<{ text: string; twice: boolean }> = fc.letrec<{
  value: { text: string; twice: boolean }
}>((tie) => {
  const space = fc.constantFrom('', '', ' ', '\n', '\r\n\t')
  const name = fc.tuple(fc.constantFrom(...NAMES), fc.boolean()).map(([plain, escaped]) => ({
    plain,
    text: escaped ? `"${[...plain].map(asEscape).join('')}"` : JSON.stringify(plain),
  }))
  const leaf = fc.jsonValue({ maxDepth: 0 }).map((value) => ({ text: JSON.stringify(value), twice: false }))
  const list = fc.tuple(fc.array(tie('value'), { maxLength: 4 }), space).map(([items, gap]) => ({
    text: `[${gap}${items.map(({ text }) => text).join(`${gap},`)}]`,
    twice: items.some(({ twice }) => twice),
  }))
  const object = fc
    .tuple(fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }), space)
    .map(([members, gap]) => ({
      text: `{${gap}${members.map(([{ text }, value]) => `${text}${gap}:${gap}${value.text}`).join(`${gap},${gap}`)}${gap}}`,
      twice:
        members.some(([, value]) => value.twice) ||
        new Set(members.map(([{ plain }]) => plain)).size < members.length,
    }))
  return { value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, leaf, list, object) }
}).value

function asEscape(character: string): string {
  return [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('')
}

t.test('every text with a name twice in one object is refused for that, and no other', async (t) => {
  let refused = 0
  holds(
    t,
    fc.property(written, ({ text, twice }) => {
      if (twice) assert.equal(codeOf(text), 'DUPLICATE_KEY')
      else assert.deepEqual(parse(text), JSON.parse(text))
      if (twice) refused += 1
    }),
    3000,
  )
  t.ok(refused > 200 && refused < 2800, 'both kinds came')
})

const deep = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(deep)) : 0

const hasForbidden = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([name, inner]) => FORBIDDEN.has(name) || hasForbidden(inner))

t.test('what is read is what JSON.parse reads', async (t) => {
  holds(
    t,
    fc.property(fc.json({ maxDepth: 8 }), fc.constantFrom(0, 1, '\t'), (json, indent) => {
      const value = JSON.parse(json)
      if (hasForbidden(value) || deep(value) > NESTING_MAX) return
      assert.deepEqual(parse(JSON.stringify(value, null, indent)), value)
    }),
    1500,
  )
})

t.test('bytes changed at random are refused exactly when JSON.parse refuses them', async (t) => {
  const counts = { good: 0, bad: 0 }
  const change = fc.record({
    at: fc.nat(),
    removed: fc.nat(2),
    put: fc.array(fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\u0eE+-.19 \n\ttrue')), fc.nat(255)), {
      maxLength: 2,
    }),
  })
  holds(
    t,
    fc.property(written, change, ({ text }, { at, removed, put }) => {
      const bytes = [...Buffer.from(text)]
      bytes.splice(at % (bytes.length + 1), removed, ...put)
      const changed = Buffer.from(bytes)
      const expected = parsedOrUndefined(changed.toString())
      let read: { value: unknown } | { code: string }
      try {
        read = { value: parseJson(changed) }
      } catch (error) {
        read = { code: (error as HubError).code }
      }
      if ('value' in read) {
        counts.good += 1
        assert.deepEqual(read, expected)
      } else if (read.code === 'JSON_MALFORMED') {
        counts.bad += 1
        assert.equal(expected, undefined)
      } else assert.ok(['DUPLICATE_KEY', 'NOT_UTF8'].includes(read.code), read.code)
    }),
    5000,
  )
  t.ok(counts.good > 500 && counts.bad > 500, JSON.stringify(counts))
})

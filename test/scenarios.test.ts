import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { Parser } from 'tap-parser'
import { openOwnHub } from '../src/cli/own-hub.js'
import { createHub, type Hub, readConfig } from '../src/index.js'
import { overHttp } from '../src/scenarios/http-transport.js'
import { compare, meaningOf } from '../src/scenarios/matching.js'
import { pointedAt } from '../src/scenarios/pointers.js'
import { readScenario, WrongFile } from '../src/scenarios/read-scenario.js'
import { runScenario, type Stage } from '../src/scenarios/run-scenario.js'
import { needsOwnHub, type Scenario } from '../src/scenarios/scenario.js'
import { shownValue } from '../src/scenarios/shown-value.js'
import { type Answer, CUT, type HubRequest, NoHub, type Transport } from '../src/scenarios/transport.js'
import { completeValues, fillIn, textOf } from '../src/scenarios/values.js'
import { inProcess } from './helpers/inject-transport.js'
import { aFolder, ROOT, runCli } from './helpers/process.js'
import { steppedClock } from './helpers/stepped-clock.js'
import { tagsOf } from './helpers/xml-tags.js'

const SHIPPED = join(ROOT, 'scenarios')
const shipped = readdirSync(SHIPPED).sort()
const readShipped = (file: string) => readScenario(file, readFileSync(join(SHIPPED, file), 'utf8'))

const HEAD = 'title: A title\nproves: Something.\nsteps:\n'

/** A scenario whose steps begin on line 4. */
function scenario(steps: string, head = HEAD): Scenario {
  return readScenario('s.yaml', head + steps)
}

function faultsOf(text: string): [line: number, reason: string][] {
  try {
    readScenario('s.yaml', text)
  } catch (error) {
    if (error instanceof WrongFile) return error.faults.map(({ line, reason }) => [line, reason])
    throw error
  }
  return []
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  text: JSON.stringify(body),
})

/** A hub of a few answers, which remembers what it was asked; reset and clock always succeed. */
function scripted(...answers: (Answer | typeof CUT | Error)[]) {
  const asked: HubRequest[] = []
  const transport: Transport = {
    async send(request) {
      asked.push(request)
      if (['/tester/reset', '/tester/clock'].includes(request.path)) return json(200, {})
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer ?? json(200, {})
    },
  }
  const paths = () => asked.map(({ method, path }) => `${method} ${path}`)
  const bodies = () =>
    asked.map(({ headers, body }) =>
      headers['content-type'] === 'application/json' ? JSON.parse(String(body)) : null,
    )
  return { stage: { transport } as Stage, asked, paths, bodies }
}

t.test('a wrong file is told with the line and the reason of every fault', (t) => {
  const step = (text: string) => `${HEAD}  - step: One\n${text}`
  const cases: [text: string, ...faults: [line: number, reason: string | RegExp][]][] = [
    ['', [1, /^the file must be object/]],
    ['title: [', [1, /flow sequence/i]],
    ['title: A\ntitle: B', [2, /unique/]],
    ['title: A\nsteps: []', [1, '/proves is required'], [2, /^\/steps must NOT have fewer than 1/]],
    [
      step('    request: GET /v1/freshness\n    expct: {}\n    expect: { status: 2000 }'),
      [6, '/steps/0/expct is not a property that is known here'],
      [7, '/steps/0/expect/status must be <= 599'],
    ],
    [step('    capture: { a: /a }'), [4, /^\/steps\/0 must do one of request, clock, /]],
    [
      step('    request: GET /v1/freshness\n    clock: { real: true }'),
      [
        6,
        '/steps/0/clock must do one of request, clock, fault, removeFault, seed, reset, restart, and only one',
      ],
    ],
    [step('    request: lookups'), [5, /^\/steps\/0\/request must be a method and a path/]],
    [step('    clock: { now: 2026-02-30T00:00:00Z }'), [5, /^\/steps\/0\/clock\/now must be a moment/]],
    [step('    clock: { advance: P1M }'), [5, /^\/steps\/0\/clock\/advance must be a duration/]],
    [step('    clock: { now: 2026-02-03T00:00:00Z, advance: P1D }'), [5, /takes now or advance, not both/]],
    [step('    clock: { real: true, frozen: true }'), [5, /takes nothing beside real/]],
    [step('    clock: {}'), [5, /must have now, advance, frozen or real/]],
    [step('    clock: { real: true }\n    wait: PT5S'), [6, '/steps/0/wait belongs to a request']],
    [step('    request: GET /a\n    wait: 5s'), [6, '/steps/0/wait must be a duration such as PT5S']],
    [step('    request: POST /a\n    json: {}\n    text: a'), [7, '/steps/0/text cannot stand beside json']],
    [step('    request: POST /a\n    gzip: true'), [6, '/steps/0/gzip has no body to compress']],
    [step('    restart: true\n    expect: { status: 200 }'), [6, /a restart has no answer/]],
    [step('    request: GET /a\n    expect: { cut: true, status: 200 }'), [6, /must stand alone/]],
    [step('    removeFault: down'), [5, '/steps/0/removeFault names no fault of a step before']],
    [
      step('    request: GET /a/$id\n    capture:\n      id: /id'),
      [5, '/steps/0/request $id stands for nothing: no value and no step before has that name'],
    ],
    [
      step('    request: POST /a\n    json: { a: [ $any ] }'),
      [6, /^\/steps\/0\/json\/a\/0 \$any stands for/],
    ],
    [step('    request: GET /a/$n'), [5, /\$n stands for nothing/]],
    [
      step('    request: GET /a\n    capture: { n: /a }'),
      [6, '/steps/0/capture/n $n has a meaning of its own'],
    ],
    [step('    request: GET /a\n    capture: { a: id }'), [6, /must be a JSON Pointer/]],
    [
      step('    request: GET /a\n    capture: { Big: /a }'),
      [6, '/steps/0/capture/Big is no name: a small letter, then letters and digits'],
    ],
    [
      step('    request: GET /a\n    expect:\n      body:\n        - { a: { $matches: "(" } }'),
      [8, '/steps/0/expect/body/0/a $matches needs a regular expression'],
    ],
    [step('    request: GET /a\n    expect: { body: { $count: few } }'), [6, /\$count needs a whole number/]],
    [
      step('    request: GET /a\n    expect: { body: { $count: $any } }'),
      [6, /\$count needs a whole number/],
    ],
    [step('    request: GET /a\n    expect: { body: { $count: $nme } }'), [6, /\$nme stands for nothing/]],
    [
      step(
        '    request: GET /a\n    json: { a: *none, b: &some 1 }\n    expect: { status: *some, body: *other }',
      ),
      [6, '*none stands for nothing: no &none comes before it'],
      [7, '*other stands for nothing: no &other comes before it'],
    ],
    [
      step('    request: GET /a\n    expect: { body: { $some: 1 } }'),
      [6, /\$some is no matcher; there are /],
    ],
    [step('    request: GET /a\n    expect: { body: { $not: 1, a: 2 } }'), [6, /\$not must stand alone/]],
    [
      step('    request: GET /a').replace('steps', 'values: { any: 1, b: $a, a: 2 }\nsteps'),
      [3, '/values/any $any has a meaning of its own'],
      [3, /^\/values\/b \$a stands for nothing/],
    ],
    [
      step('    request: GET /a').replace('steps', 'needs: { clock: 2026-02-30T00:00:00Z }\nsteps'),
      [3, /does not exist/],
    ],
    [
      step('    request: GET /a/$id\n    expct: {}\n    expect:\n      body: { $some: $nme }'),
      [5, /\$id stands for nothing/],
      [6, '/steps/0/expct is not a property that is known here'],
      [8, /\$nme stands for nothing/],
      [8, /\$some is no matcher/],
    ],
    [
      step('    requst: GET /a\n  - step: Two\n    request: 5\n    wait: soon\n  - null\n  - clock: []'),
      [5, '/steps/0/requst is not a property that is known here'],
      [7, '/steps/1/request must be string'],
      [8, '/steps/1/wait must be a duration such as PT5S'],
      [9, '/steps/2 must be object'],
      [10, '/steps/3/step is required'],
      [10, '/steps/3/clock must be object'],
    ],
    [
      step(
        '    request: GET /a/$first/$id\n    capture: { id: 7 }\n  - step: Two\n    request: GET /a/$id',
      ).replace('steps', 'values: { first: 1, Big: 2 }\nsteps'),
      [3, '/values/Big is no name: a small letter, then letters and digits'],
      [6, /\$id stands for nothing/],
      [7, '/steps/0/capture/id must be string'],
    ],
    [
      step('    request: GET /a').replace('steps', 'values: [1]\nneeds: 1\nsteps'),
      [3, /object/],
      [4, /object/],
    ],
    [
      step('    request: GET /a').replace('steps', 'needs: { settings: { PDS_CHEK: x } }\nsteps'),
      [3, /PDS_CHEK is not a property/],
    ],
    [`a: &a [1]\n${Array.from({ length: 200 }, (_, i) => `b${i}: [*a, *a]`).join('\n')}`, [1, /alias/]],
    ['x'.repeat(1_000_001), [1, /longer than/]],
  ]
  for (const [text, ...faults] of cases) t.match(faultsOf(text), faults, text.slice(0, 200))
  for (const [text, ...faults] of cases) t.equal(faultsOf(text).length, faults.length, text.slice(0, 200))
  const many = step(Array.from({ length: 30 }, (_, i) => `    x${i}: 1\n`).join(''))
  t.equal(faultsOf(many).length, 20, 'so many at once')
  t.end()
})

t.test('names stand for values, in texts and as what they are', (t) => {
  const values = { id: 'a/b', count: 2, list: [{ x: 1 }], n: 3 }
  t.strictSame(
    fillIn({ a: '$count', b: ['$list', `$count of $id, \${n}rd`], c: '$$5', d: '$unknown' }, values),
    {
      a: 2,
      b: [[{ x: 1 }], '2 of a/b, 3rd'],
      c: '$5',
      d: '$unknown',
    },
  )
  t.equal(textOf('/x/$id?y=$list$', values), '/x/a/b?y=[{"x":1}]$')
  t.strictSame(completeValues({ a: 'x', b: { c: '$a' }, d: '$b' }), { a: 'x', b: { c: 'x' }, d: { c: 'x' } })
  t.end()
})

t.test('a pointer leads to a value, or with a star to those of every element', (t) => {
  const body = { items: [{ id: 1 }, { id: 2 }, {}], 'a/b': { '~': 5 } }
  t.strictSame(
    ['/items/1/id', '/items/*/id', '/a~1b/~0', '/items/9/id', '/items/length', '/constructor', ''].map(
      (each) => pointedAt(body, each),
    ),
    [2, [1, 2], 5, undefined, undefined, undefined, body],
  )
  t.end()
})

t.test('an expectation lists what matters, and says where an answer differs', (t) => {
  const came = {
    outcome: 'accepted',
    counts: { added: 1, removed: 0 },
    list: [{ a: 1, b: 2 }, { a: 3 }],
    none: null,
  }
  const good: unknown[] = [
    {},
    { outcome: 'accepted', counts: { added: 1 } },
    { outcome: '$any', missing: '$absent', none: null },
    { outcome: { $matches: '^acc' }, list: { $count: 2 } },
    { list: [{ a: 1 }, { a: 3 }] },
    { list: { $contains: { a: 3 } }, counts: { $not: { added: 2 } } },
    { list: fillIn({ $count: '$two' }, { two: 2 }) },
    { none: { $not: 'accepted' }, outcome: { $not: '$absent' } },
    { counts: { $exactly: { added: 1, removed: 0 } }, list: { $exactly: [{ a: 1, b: '$any' }, { a: 3 }] } },
  ]
  const differences = (expected: unknown) => compare(meaningOf(expected), came, '')
  for (const expected of good) t.strictSame(differences(expected), [], JSON.stringify(expected))
  const bad: [expected: unknown, at: string, wanted: string, got: string][] = [
    [{ outcome: 'returned' }, '/outcome', '"returned"', '"accepted"'],
    [{ counts: { added: '1' } }, '/counts/added', '"1"', '1'],
    [{ missing: 1 }, '/missing', '1', 'nothing'],
    [{ toString: '$any' }, '/toString', 'anything', 'nothing'],
    [{ none: '$any' }, '/none', 'anything', 'null'],
    [{ none: '$absent' }, '/none', 'nothing', 'null'],
    [{ list: [{ a: 1 }] }, '/list', 'a list of 1', 'a list of 2'],
    [{ list: [{ a: 1 }, { 'a/~': 4 }] }, '/list/1/a~1~0', '4', 'nothing'],
    [{ list: { $count: 3 } }, '/list', 'a list of 3', 'a list of 2'],
    [{ list: { $count: '2' } }, '/list', 'a list of "2"', 'a list of 2'],
    [{ list: { $contains: { a: 5 } } }, '/list', 'a list that contains an object with a', 'a list of 2'],
    [
      { counts: { $exactly: { added: 1 } } },
      '/counts',
      'exactly an object with added',
      'an object with added, removed',
    ],
    [{ outcome: { $not: 'accepted' } }, '/outcome', 'anything but "accepted"', '"accepted"'],
    [{ missing: { $not: 'accepted' } }, '/missing', 'anything but "accepted"', 'nothing'],
    [{ missing: { $not: '$any' } }, '/missing', 'anything but $any', 'nothing'],
    [{ outcome: { $matches: 'x$' } }, '/outcome', 'a text that matches x$', '"accepted"'],
    [{ outcome: { $matches: '9990000018' } }, '/outcome', 'a text that matches (ten digits)', '"accepted"'],
    [{ outcome: { $matches: '(' } }, '/outcome', 'a text that matches (', '"accepted"'],
    [{ outcome: { a: 1 } }, '/outcome', 'an object', '"accepted"'],
    [{ list: { a: 1 } }, '/list', 'an object', 'a list of 2'],
  ]
  for (const [expected, at, wanted, got] of bad)
    t.strictSame(differences(expected), [{ at, expected: wanted, came: got }])
  t.end()
})

t.test('a value is shown in a few words, without an NHS number', (t) => {
  t.equal(shownValue('of 999 000 0018 and 9990000026'), '"of (ten digits) and (ten digits)"')
  t.equal(shownValue('x'.repeat(500)).length, 81)
  t.equal(shownValue({}), 'an object with nothing in it')
  t.end()
})

t.test('a scenario empties the hub, sets its clock, and uses what it has captured', async (t) => {
  const steps = `
  - step: A list
    request: POST /v1/lists/$code
    headers: { X-Number: 5 }
    json: { sequence: 1 }
    expect: { status: 201, headers: { Location: /l/1, x-on: true }, body: { id: 7 } }
    capture: { id: /id, all: /items/*/id, whole: body, where: header Location }
  - step: Another
    repeat: 2
    request: PUT $where/\${id}th
    json: { id: $id, all: $all, turn: $n }
    expect: { body: { $exactly: $whole } }
  - step: A text
    request: POST $address
    gzip: true
    headers: { content-type: text/csv }
    text: "a,$code"
`
  const head = HEAD.replace(
    'steps',
    'needs: { clock: 2026-11-24T09:30:00Z }\nvalues: { code: E06, address: "http://other/csv?a=b" }\nsteps',
  )
  const body = { id: 7, items: [{ id: 'a' }, { id: 'b' }] }
  const hub = scripted(
    json(201, body, { location: '/l/1', 'x-on': 'true' }),
    json(200, body),
    json(200, body),
  )
  t.strictSame((await runScenario(scenario(steps, head), hub.stage)).failure, null)
  t.strictSame(hub.paths(), [
    'POST /tester/reset',
    'PUT /tester/clock',
    'POST /v1/lists/E06',
    'PUT /l/1/7th',
    'PUT /l/1/7th',
    'POST /csv?a=b',
  ])
  t.strictSame(hub.bodies().slice(0, 5), [
    {},
    { now: '2026-11-24T09:30:00Z', frozen: true },
    { sequence: 1 },
    { id: 7, all: ['a', 'b'], turn: 1 },
    { id: 7, all: ['a', 'b'], turn: 2 },
  ])
  t.strictSame(hub.asked[2]?.headers, { 'content-type': 'application/json', 'x-number': '5' })
  t.equal(gunzipSync(hub.asked[5]?.body as Buffer).toString(), 'a,E06')
  t.strictSame(hub.asked[5]?.headers, { 'content-encoding': 'gzip', 'content-type': 'text/csv' })
})

t.test('controls are steps: clock, faults by name, seed and reset', async (t) => {
  const steps = `
  - { step: On, clock: { advance: PT1H, frozen: false } }
  - { step: Back, clock: { real: true } }
  - { step: Down, fault: { name: down, times: 2, do: { status: 503 } } }
  - { step: Up, removeFault: down }
  - { step: World, seed: { world: small } }
  - { step: Empty, reset: { authorityCode: E06000006 } }
`
  const hub = scripted(json(201, { id: 'f1' }))
  t.strictSame((await runScenario(scenario(steps), hub.stage)).failure, null)
  t.strictSame(hub.paths().slice(1), [
    'PUT /tester/clock',
    'DELETE /tester/clock',
    'POST /tester/faults',
    'DELETE /tester/faults/f1',
    'POST /tester/seed',
    'POST /tester/reset',
  ])
  t.strictSame(hub.bodies().slice(1), [
    { advance: 'PT1H', frozen: false },
    null,
    { times: 2, do: { status: 503 } },
    null,
    { world: 'small' },
    { authorityCode: 'E06000006' },
  ])
})

t.test('a failure names the step, its line, and what came', async (t) => {
  const fails = async (steps: string, ...answers: (Answer | typeof CUT | Error)[]) => {
    const { failure } = await runScenario(scenario(steps), scripted(...answers).stage)
    return failure && [failure.step, failure.line, failure.title, ...failure.differences]
  }
  const one = '  - step: One\n    request: GET /a\n'
  t.strictSame(
    await fails(`${one}  - step: Two\n    request: GET /a\n`, json(200, {}), json(409, { code: 'USED' })),
    [2, 6, 'Two', { at: 'status', expected: '2xx', came: '409 USED' }],
  )
  const returned = json(422, { findings: [{ code: 'EMPTY_DATASET', record: null }] })
  t.strictSame(await fails(`${one}    expect: { status: 201, body: { a: 1 } }`, returned), [
    1,
    4,
    'One',
    { at: 'status', expected: '201', came: '422 EMPTY_DATASET', says: ['EMPTY_DATASET'] },
  ])
  t.strictSame(await fails(`${one}    expect: { cut: true }`), [
    1,
    4,
    'One',
    { at: 'connection', expected: 'cut off', came: 'an answer with status 200' },
  ])
  t.equal(await fails(`${one}    expect: { cut: true }`, CUT), null)
  t.strictSame((await fails(one, CUT))?.[3], { at: 'connection', expected: 'an answer', came: 'cut off' })
  t.strictSame((await fails(one, new NoHub('Nobody.')))?.[3], {
    at: 'connection',
    expected: 'an answer',
    came: 'none',
    says: ['Nobody.'],
  })
  t.strictSame((await fails(`${one}    capture: { id: /id }`))?.[3], {
    at: 'capture id',
    expected: 'something at /id',
    came: 'nothing',
  })
  t.strictSame((await fails(`${one}    repeat: 3`, json(200, {}), json(404, {})))?.slice(3), [
    { at: 'repeat', expected: 'every turn', came: 'turn 2 fails' },
    { at: 'status', expected: '2xx', came: '404' },
  ])
  t.strictSame((await fails('  - { step: Off, restart: true }'))?.[3], {
    at: 'hub',
    expected: 'one that can be restarted',
    came: 'another',
  })
  const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x${i}`, 1]))
  t.equal((await fails(`${one}    expect: { body: ${JSON.stringify(wide)} }`))?.length, 3 + 10)
})

t.test('a refused step tells what the refusal says, the first of it, without NHS numbers', async (t) => {
  const says = async (body: unknown) => {
    const hub = scripted(json(400, body))
    const { failure } = await runScenario(scenario('  - { step: One, request: GET /a }'), hub.stage)
    return failure?.differences[0]?.says
  }
  t.equal(await says({ code: 'USED', errors: 'no list', findings: 5 }), undefined)
  const errors = Array.from({ length: 7 }, (_, i) => ({ pointer: `/do/${i}`, message: 'is required' }))
  t.same(
    await says({
      code: 'A',
      detail: 'Mend 9990000018.',
      errors: [{ pointer: '', message: 'must be object' }, ...errors],
    }),
    [
      'Mend (ten digits).',
      'the body must be object',
      ...[0, 1, 2, 3].map((i) => `/do/${i} is required`),
      '… and 3 more errors',
    ],
  )
  const finding = {
    authorityCode: 'E06000006',
    record: 3,
    field: 'nhsNumber',
    code: 'NHS_NUMBER_CHECK_DIGIT',
  }
  t.same(await says({ code: 'SEED_RETURNED', findings: [finding, ...Array(5).fill({ code: 'B' })] }), [
    'E06000006 records[3] nhsNumber: NHS_NUMBER_CHECK_DIGIT',
    ...Array(4).fill('B'),
    '… and 1 more finding',
  ])
  t.equal((await says({ detail: 'x'.repeat(1_000) }))?.[0]?.length, 301)
})

t.test('only the file says what is a word: a text that is filled in is itself', async (t) => {
  const run = async (body: string) => {
    const first = '  - step: One\n    request: GET /a\n    capture: { word: /word }\n'
    const steps = `${first}  - step: Two\n    request: GET /a\n    expect: { body: ${body} }`
    const answers = [json(200, { word: '$any' }), json(200, { name: 'Robin', odd: '$any' })]
    return (await runScenario(scenario(steps), scripted(...answers).stage)).failure?.differences
  }
  t.same(await run("{ name: '$$any' }"), [{ at: 'body/name', expected: '"$any"', came: '"Robin"' }])
  t.same(await run('{ name: $word }'), [{ at: 'body/name', expected: '"$any"', came: '"Robin"' }])
  t.same(await run("{ name: '$$absent' }"), [{ at: 'body/name', expected: '"$absent"', came: '"Robin"' }])
  t.equal(await run("{ odd: '$$any' }"), undefined)
  t.equal(await run('{ odd: $word, name: $any, none: $absent }'), undefined)
  t.equal(await run('{ odd: "$' + '{any}", none: "$' + '{absent}" }'), undefined)
})

t.test('a hub without tester controls is told so before the first step', async (t) => {
  const transport: Transport = { send: async () => json(404, { code: 'NOT_FOUND' }) }
  const { failure } = await runScenario(scenario('  - { step: One, request: GET /a }'), { transport })
  t.strictSame(failure, {
    step: 0,
    line: 1,
    title: 'The hub is made ready',
    differences: [
      { at: 'status', expected: '2xx', came: '404 NOT_FOUND' },
      { at: 'hub', expected: 'tester controls (TESTER_CONTROLS=true)', came: 'none' },
    ],
  })
})

t.test('a step that waits asks again until the answer is as expected, so long at most', async (t) => {
  const steps = '  - { step: Soon, request: GET /a, wait: PT1S, expect: { body: { done: true } } }'
  const clock = steppedClock()
  const pause = async (ms: number) => clock.block(ms)
  const stage = (hub: { stage: Stage }) => ({ ...hub.stage, machineClock: clock, pause })
  const slow = scripted(json(200, { done: false }), json(503, {}), json(200, { done: true }))
  t.strictSame((await runScenario(scenario(steps), stage(slow))).failure, null)
  t.equal(slow.paths().length, 4)
  const never = scripted()
  const { failure, durationMs } = await runScenario(scenario(steps), stage(never))
  t.match(failure?.differences, [{ at: 'body/done', came: 'nothing' }])
  t.equal(durationMs, 1_000)
  t.equal(never.paths().length, 12)
})

/** A server that does with each connection what a test wants, and where it listens. */
async function aServer(t: Test, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('over HTTP a connection that is cut is told from a hub that is not there', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/before') request.socket.destroy()
    else if (request.url === '/within') {
      response.writeHead(200, { 'content-length': 10 })
      response.write('half', () => request.socket.destroy())
    } else
      response.writeHead(201, { 'x-is': 'a' }).end(`${request.method} ${request.headers['content-length']}`)
  })
  const hub = overHttp(`${await aServer(t, server)}/`)
  const ask = (path: string) => hub.send({ method: 'PUT', path, headers: {}, body: 'é' })
  t.match(await ask('/whole'), { status: 201, headers: { 'x-is': 'a' }, text: 'PUT 2' })
  t.equal(await ask('/before'), CUT)
  t.equal(await ask('/within'), CUT)
  t.match(await ask('/x?a=é|b'), { status: 201 }, 'what a URL cannot hold is written as it can')
  const strange = { method: 'GET', path: '/', headers: { a: 'line\nbreak' } }
  await t.rejects(hub.send(strange), {
    name: 'NoHub',
    message: 'The request cannot be sent (ERR_INVALID_CHAR).',
  })
  const nobody = overHttp('http://127.0.0.1:1')
  await t.rejects(nobody.send({ method: 'GET', path: '/', headers: {} }), {
    name: 'NoHub',
    message: /^No hub answers/,
  })
})

t.test('an answer that never comes is given up', async (t) => {
  const clock = steppedClock()
  let asked = () => {}
  const server = createServer(() => asked())
  const hub = overHttp(await aServer(t, server), clock)
  const arrived = new Promise<void>((resolve) => {
    asked = resolve
  })
  const sent = hub.send({ method: 'GET', path: '/', headers: {} })
  await arrived
  clock.block(60_000)
  await t.rejects(sent, { name: 'NoHub', message: 'There was no answer within 60 s.' })
})

/** A hub within the process for one scenario alone, with the settings that it needs. */
async function openInProcess(t: Test, { needs }: Scenario): Promise<Stage> {
  const settings = Object.entries(needs?.settings ?? {}).map(([name, value]) => [name, String(value)])
  const config = readConfig(Object.fromEntries(settings))
  const options = {
    ...config,
    dataDir: aFolder(t),
    port: 0,
    logLevel: 'silent',
    testerControls: true,
  } as const
  let hub: Hub = await createHub(options)
  t.teardown(() => hub.close())
  const restart = async () => {
    await hub.close()
    hub = await createHub(options)
  }
  return { transport: inProcess(() => hub), restart }
}

t.test('at least thirty scenarios ship, numbered so that they read in order', (t) => {
  t.ok(shipped.length >= 30)
  for (const [i, file] of shipped.entries())
    t.match(file, new RegExp(`^${String(i + 1).padStart(2, '0')}-[a-z0-9-]+\\.yaml$`))
  const titles = shipped.map((file) => readShipped(file).title)
  t.equal(new Set(titles).size, shipped.length, 'each has a title of its own')
  t.end()
})

// One hub for all that need none of their own: between two scenarios there is the reset alone, as for everybody.
const common = await createHub()
t.teardown(() => common.close())
const commonUrl = await common.listen()

for (const file of shipped) {
  const read = readShipped(file)
  t.test(`${file} holds in process and over HTTP alike`, async (t) => {
    const isOwn = needsOwnHub(read)
    const within = isOwn ? await openInProcess(t, read) : { transport: inProcess(() => common) }
    t.strictSame((await runScenario(read, within)).failure, null, 'in process')
    const own = isOwn ? await openOwnHub(read.needs?.settings) : undefined
    t.teardown(() => own?.close())
    t.strictSame(
      (await runScenario(read, own ?? { transport: overHttp(commonUrl) })).failure,
      null,
      'over HTTP',
    )
  })
}

t.test(
  'the hub says why it refuses a fault or a seed of a scenario, and the report repeats it',
  async (t) => {
    const stage = { transport: overHttp(commonUrl) }
    const differences = async (steps: string) =>
      (await runScenario(scenario(steps), stage)).failure?.differences
    t.match(await differences('  - { step: Down, fault: { do: { status: 99 } } }'), [
      { came: '400 SCHEMA_VIOLATION', says: [/./, /^\/do/] },
    ])
    const plan = "{ authorityCode: E06000006, nhsNumber: '9990000027', planType: CPP, startDate: 2026-03-02 }"
    t.match(await differences(`  - { step: Fill, seed: { plans: [${plan}] } }`), [
      {
        came: '422 SEED_RETURNED',
        says: [/Mend them/, 'E06000006 records[0] nhsNumber: NHS_NUMBER_CHECK_DIGIT'],
      },
    ])
  },
)

t.test('the example of docs/scenarios.md holds', async (t) => {
  const [, example = ''] =
    /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/scenarios.md'), 'utf8')) ?? []
  const read = readScenario('docs/scenarios.md', example)
  t.strictSame((await runScenario(read, { transport: overHttp(commonUrl) })).failure, null)
})

const GOOD =
  'title: Good & <new>\nproves: It is up.\nsteps:\n  - { step: Ready, request: GET /health/ready }\n'
const BAD = `title: "Bad # one"\nproves: It is not.\nsteps:
  - step: Ready
    request: GET /health/ready
    expect: { body: { status: "less < \\"more\\"" } }\n`
const RESTARTED = 'title: Again\nproves: It comes back.\nsteps:\n  - { step: Off, restart: true }\n'

function written(t: Test): string {
  const folder = aFolder(t)
  writeFileSync(join(folder, '1-good.yaml'), GOOD)
  writeFileSync(join(folder, '2-bad.yaml'), BAD)
  writeFileSync(join(folder, '3-again.yml'), RESTARTED)
  return folder
}

t.test('scenarios list says what each proves', async (t) => {
  const [all, some] = await Promise.all([
    runCli(t, ['scenarios', 'list']),
    runCli(t, ['scenarios', 'list', '02', written(t), '--json']),
  ])
  t.equal(all.code, 0, all.stderr)
  for (const file of shipped) t.match(all.stdout, file.replace('.yaml', ''))
  const { scenarios } = JSON.parse(some.stdout)
  t.match(scenarios, [
    { title: readShipped('02-one-wrong-number.yaml').title },
    { title: 'Good & <new>' },
    {},
    {},
  ])
})

t.test('scenarios run reports for people and for machines, and fails when one fails', async (t) => {
  const folder = written(t)
  const own = await openOwnHub()
  t.teardown(() => own.close())
  const run = (format: string, ...more: string[]) =>
    runCli(t, ['scenarios', 'run', folder, '--format', format, ...more])
  const [pretty, tap, junit, asJson] = await Promise.all([
    run('pretty'),
    run('tap'),
    run('junit'),
    run('json'),
  ])
  t.strictSame(
    [pretty, tap, junit, asJson].map((each) => [each?.code, each?.stderr]),
    Array(4).fill([1, '']),
  )
  t.same(pretty?.stdout.trimEnd().split('\n'), [
    'ok      1-good  Good & <new>',
    'FAILED  2-bad  Bad # one',
    `          step 1 (${folder}/2-bad.yaml:4): Ready`,
    '            body/status: expected "less < \\"more\\"", came "ok"',
    'ok      3-again  Again',
    '',
    '3 scenarios: 2 passed, 1 failed, 0 skipped',
  ])
  const found = Parser.parse(tap?.stdout ?? '')
  const results = found
    .filter(([kind]) => kind === 'assert')
    .map(([, result]) => result as { ok: boolean; name: string; diag: object })
  t.strictSame(
    results.map(({ ok, name }) => [ok, name]),
    [
      [true, '1-good.yaml Good & <new>'],
      [false, '2-bad.yaml Bad # one'],
      [true, '3-again.yml Again'],
    ],
  )
  t.match(results[1]?.diag, { at: { line: 4, step: 1 }, differences: [{ at: 'body/status', came: '"ok"' }] })
  t.strictSame(tagsOf(junit?.stdout ?? ''), [
    'testsuites',
    'testsuite',
    'testcase',
    'testcase',
    'failure',
    'testcase',
  ])
  t.match(junit?.stdout, /tests="3" failures="1" errors="0" skipped="0"/)
  t.match(JSON.parse(asJson?.stdout ?? '').scenarios, [
    { state: 'passed' },
    { state: 'failed', failure: { line: 4 } },
    { state: 'passed' },
  ])
})

t.test('no report shows an NHS number, wherever in the file it stands', async (t) => {
  const folder = aFolder(t)
  const steps = `steps:
  - step: Ready
    request: GET /health/ready
    capture: { status: /status }
  - step: Of 999 000 0018
    request: GET /health/ready
    expect:
      body:
        status: { $matches: $robin }
        '9990000018': { $not: $robin }
        a: { $contains: { '9990000018': 1 } }
        b: { $exactly: { '9990000018': 1 } }\n`
  const head = `title: Of 9990000018\nproves: It fails.\nvalues: { robin: '9990000018' }\n`
  writeFileSync(join(folder, '1-fails.yaml'), head + steps)
  writeFileSync(
    join(folder, '2-lacks.yaml'),
    `${head}steps:\n  - { step: A, request: GET /health/ready, capture: { a: /9990000018 } }\n`,
  )
  const formats = ['pretty', 'tap', 'junit', 'json']
  const runs = await Promise.all(
    formats.map((format) => runCli(t, ['scenarios', 'run', folder, '--format', format])),
  )
  for (const [i, { code, stdout, stderr }] of runs.entries()) {
    t.match({ code, stdout }, { code: 1, stdout: /ten digits/ }, stderr)
    t.notMatch(stdout + stderr, /999[ -]?000[ -]?0018/, String(formats[i]))
  }
  const wrong = faultsOf(
    `${HEAD}  - step: One\n    request: GET /a\n    json: { '9990000018': $who }\n    capture: { '9990000018': /a }`,
  )
  t.equal(wrong.length, 2)
  for (const [, reason] of wrong) t.match(reason, 'ten digits')
})

t.test('against a given hub, what needs one of its own is skipped and said', async (t) => {
  const hub = await createHub()
  t.teardown(() => hub.close())
  const url = await hub.listen()
  const folder = written(t)
  const run = (format: string) =>
    runCli(t, ['scenarios', 'run', folder, '--base-url', url, '--format', format])
  const [pretty, tap, junit] = await Promise.all([run('pretty'), run('tap'), run('junit')])
  t.match(pretty?.stdout, 'skipped 3-again  Again (needs a hub of its own: run it without --base-url)')
  t.match(tap?.stdout, /^ok 3 - 3-again.yml Again # SKIP needs a hub/m)
  t.strictSame(tagsOf(junit?.stdout ?? '').slice(-2), ['testcase', 'skipped'])
})

t.test('settings that no hub takes are faults of the file, each at its line', async (t) => {
  const file = join(aFolder(t), 'set.yaml')
  const settings = [
    'PDS_CHECK: maybe',
    'COLLAPSE_HOURS: -1',
    'RETENTION_DAYS: 7',
    'FRESHNESS_HOURS: 9990000018',
  ]
  const needs = ['needs:', '  settings:', ...settings.map((each) => `    ${each}`), 'steps'].join('\n')
  writeFileSync(file, GOOD.replace('steps', needs))
  const { code, stdout, stderr } = await runCli(t, ['scenarios', 'run', file])
  t.same([code, stdout], [2, ''])
  const at = (line: number, name: string) => `${file}:${line}: /needs/settings/${name} must be`
  t.same(stderr.trimEnd().split('\n'), [
    `${at(5, 'PDS_CHECK')} equal to one of the allowed values: format, registered, not "maybe".`,
    `${at(6, 'COLLAPSE_HOURS')} a number, such as 24, not "-1".`,
    `${at(8, 'FRESHNESS_HOURS')} <= 87600, not "(ten digits)".`,
  ])
})

t.test('a file that is meant twice is run once', async (t) => {
  const file = join(SHIPPED, shipped[0] as string)
  const { stdout } = await runCli(t, [
    'scenarios',
    'list',
    '01',
    '01',
    relative(process.cwd(), file),
    '--json',
  ])
  t.equal(JSON.parse(stdout).scenarios.length, 1)
})

t.test('a hub that is not there is a sentence in the report', async (t) => {
  const run = await runCli(t, ['scenarios', 'run', '01', '--base-url', 'http://127.0.0.1:1'])
  t.match(run, {
    code: 1,
    stdout: /: expected an answer, came none\n +No hub answers at http:\/\/127\.0\.0\.1:1\.\n/,
  })
})

t.test('a wrong file runs nothing and exits 2; a wrong option exits 1', async (t) => {
  const folder = written(t)
  writeFileSync(join(folder, '4-wrong.yaml'), GOOD.replace('GET /health/ready', 'LOOK /health'))
  const [wrong, missing, url, format] = await Promise.all([
    runCli(t, ['scenarios', 'run', folder]),
    runCli(t, ['scenarios', 'run', 'nowhere.yaml']),
    runCli(t, ['scenarios', 'run', '01', '--base-url', 'localhost']),
    runCli(t, ['scenarios', 'run', '01', '--format', 'xml']),
  ])
  t.match(wrong, {
    code: 2,
    stdout: '',
    stderr: /4-wrong.yaml:4: \/steps\/0\/request must be a method and a path/,
  })
  t.match(missing, { code: 2, stdout: '', stderr: 'nowhere.yaml:1: There is no such file.' })
  t.match(url, { code: 1, stderr: '--base-url must look like http://127.0.0.1:8080.' })
  t.match(format, { code: 1, stderr: '--format must be pretty or tap or junit or json, not "xml".' })
})

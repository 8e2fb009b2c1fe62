import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { tableText } from '../src/cli/terminal.js'
import { openHub } from './helpers/hub.js'
import { runCli, startCli } from './helpers/process.js'
import {
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  WARRINGTON,
} from './helpers/seed.js'

const KENT = 'E10000016'
const TODAY = '2026-11-24'

/** A hub that listens, and a way to run commands against it. */
async function openListeningHub(t: Test) {
  const { hub, clock } = await openHub(t)
  const hubUrl = await hub.listen()
  const run = (args: string[], stdin?: string) => runCli(t, args, { hubUrl, ...(stdin && { stdin }) })
  return { hub, clock, hubUrl, run }
}

async function generated(t: Test, ...options: string[]): Promise<string> {
  const directory = t.testdir()
  const made = await runCli(t, ['generate', '--out', directory, '--today', TODAY, ...options])
  t.equal(made.code, 0, made.stderr)
  return directory
}

const CSV_HEAD = 'nhs_number,plan_type,start_date,local_id'

t.test('no command, or one that does not exist, shows the help and exits 1', async (t) => {
  const [none, unknown, half, help] = await Promise.all(
    [[], ['sumbit'], ['notifications'], ['--help']].map((args) => runCli(t, args)),
  )
  for (const result of [none, unknown, half, help]) t.match(result?.stdout, /notifications drain +Take/)
  t.same([none?.code, unknown?.code, half?.code, help?.code], [1, 1, 1, 0])
  t.match(unknown?.stderr, /^cpis-hub: there is no command "sumbit"\.\n$/)
  const groups = [
    ['rehearse'],
    ['conformance'],
    ['scenarios'],
    ['rehearse', 'organisation', '--code', 'RBN01'],
  ]
  const said = await Promise.all(groups.map((args) => runCli(t, args)))
  t.same(
    said.map(({ code, stderr }) => [code, stderr]),
    [
      '"rehearse" needs a second word: rehearse authority.',
      '"conformance" needs a second word: conformance authority or conformance organisation.',
      '"scenarios" needs a second word: scenarios list or scenarios run.',
      'there is no command "rehearse organisation"; there is rehearse authority.',
    ].map((line) => [1, `cpis-hub: ${line}\n`]),
  )
})

t.test(
  'a table cuts no id, however narrow the terminal, and one without a size has the room of a pipe',
  (t) => {
    const { columns } = process.stdout
    t.teardown(() => {
      process.stdout.columns = columns
    })
    const id = '01a21fed-044a-7dee-8112-f06000000001'
    const table = () =>
      tableText(
        ['Check', 'What it is'],
        [{ cells: ['a-check', `It has ${id} and more words`], below: [id, id] }],
      )
    process.stdout.columns = 30
    t.same(table().split('\n').slice(-2), [`      ${id}`, `      ${id}`])
    t.equal(table().split(id).length, 4, 'in a cell neither')
    process.stdout.columns = 0
    t.match(table(), `  a-check  It has ${id} and more words\n`)
    t.end()
  },
)

t.test('a wrong option is one clear line, without a stack trace, and exits 1', async (t) => {
  const cases: [args: string[], line: string][] = [
    [['freshness', '--josn'], 'Unknown option `--josn`'],
    [
      ['freshness', '--hub', 'localhost'],
      'The hub’s address (--hub or CPIS_HUB_URL) must look like http://127.0.0.1:8080.',
    ],
    [['generate'], '--out is needed.'],
    [['generate', '--out', ''], '--out needs a value.'],
    [['generate', '--out', 'x', '--scale', '0'], '--scale must be more than 0.'],
    [
      ['generate', '--out', 'x', '--seed', '1e3'],
      '--seed must be a whole number from 0 to 9007199254740991, not "1e3".',
    ],
    [
      ['generate', '--out', 'x', '--today', '2026-02-30'],
      '--today must be a date that exists, written YYYY-MM-DD, not "2026-02-30".',
    ],
    [['generate', '--out', 'x', '--format', 'xml'], '--format must be json or csv, not "xml".'],
    [['submit', 'x', '--sequence', '1', '--sequence', '2'], '--sequence was given twice.'],
    [['submit', 'there/is/nothing.csv'], 'there/is/nothing.csv: There is no such file.'],
    [
      ['notifications', 'drain', '--authority', 'Halton'],
      '--authority must be an ONS code such as E06000006, not "Halton". Halton is E06000006.',
    ],
  ]
  const results = await Promise.all(cases.map(([args]) => runCli(t, args)))
  cases.forEach(([[command], line], i) => {
    const { code, stdout, stderr } = results[i] as (typeof results)[number]
    t.equal(stderr.split('\n')[0], `cpis-hub: ${line}`)
    t.match(stderr.split('\n')[1], new RegExp(`^ {2}"cpis-hub ${command}.* --help" lists its options.$`))
    t.same([code, stdout, stderr.trimEnd().split('\n').length], [1, '', 2])
  })
})

t.test('a hub that cannot be reached, and one that is none, are one clear line', async (t) => {
  const other = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1')
  const port = await new Promise<number>((resolve) => {
    other.on('listening', () => resolve((other.address() as AddressInfo).port))
  })
  const none = await runCli(t, ['freshness', '--hub', `http://127.0.0.1:${port}`])
  await new Promise((resolve) => other.close(resolve))
  t.match(none, {
    code: 1,
    stdout: '',
    stderr: `cpis-hub: http://127.0.0.1:${port} answered with status 200, but not as a cpis-hub does.\n`,
  })
  t.match(await runCli(t, ['freshness'], { hubUrl: `http://127.0.0.1:${port}` }), {
    code: 1,
    stdout: '',
    stderr: `cpis-hub: No hub answers at http://127.0.0.1:${port}. Is it running? "cpis-hub serve" starts one.\n`,
  })
})

t.test('a hub that is busy is asked again, with the same idempotency key', async (t) => {
  const keys: unknown[] = []
  const miss = { nhsNumber: ROBIN, found: false, plans: [], accesses: [], access: null }
  const busy = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'])
    response.setHeader('x-simulated', 'true').setHeader('retry-after', '0')
    response.statusCode = keys.length < 3 ? 503 : 200
    response.setHeader('content-type', 'application/json').end(JSON.stringify(miss))
  }).listen(0, '127.0.0.1')
  t.teardown(() => busy.close())
  await new Promise((resolve) => busy.on('listening', resolve))
  const hubUrl = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`
  const result = await runCli(t, ['lookup', ROBIN, '--json'], { hubUrl })
  t.equal(result.code, 0)
  t.same(JSON.parse(result.stdout), miss)
  t.equal(keys.length, 3)
  t.equal(new Set(keys).size, 1)
})

t.test('all of England is generated, submitted and accepted; a second time changes nothing', async (t) => {
  const { run } = await openListeningHub(t)
  const directory = await generated(t, '--scale', '0.01')
  const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))
  t.match(manifest, { seed: 1, scale: 0.01, today: TODAY })
  t.equal(manifest.files.length, 153)
  t.same(readdirSync(directory).length, 155)

  const submitted = await run(['submit', directory])
  t.equal(submitted.code, 0, submitted.stderr)
  t.match(submitted.stdout, /^153 datasets: 153 accepted\.\nPlans: 1,\d{3} added, 0 changed/)
  const again = await run(['submit', directory, '--json'])
  const { datasets } = JSON.parse(again.stdout)
  t.equal(datasets.length, 153)
  t.ok(datasets.every((each: { repeated: boolean }) => each.repeated))
})

t.test(
  'a CSV dataset takes its own fields from its manifest or the command line, and findings name lines',
  async (t) => {
    const { run } = await openListeningHub(t)
    const directory = await generated(t, '--format', 'csv', '--authority', HALTON)
    const { files } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))
    const [{ recordCount, childrenInScope }] = files
    const extractedAt = '2026-11-24T00:00:01.000Z'
    const file = `${HALTON}.csv`
    t.same(files, [
      { file, authorityCode: HALTON, sequence: 1, extractedAt, recordCount, childrenInScope, format: 'csv' },
    ])
    const result = await run(['submit', join(directory, file), '--json'])
    t.equal(result.code, 0, result.stderr)
    t.match(JSON.parse(result.stdout).datasets[0].receipt, {
      authorityCode: HALTON,
      sequence: 1,
      extractedAt,
      outcome: 'accepted',
      recordCount,
      findingCount: 0,
    })

    const [other, elsewhere] = await Promise.all([
      run(['submit', join(directory, file), '--authority', WARRINGTON]),
      run(['submit', directory, '--authority', WARRINGTON]),
    ])
    t.match(other?.stderr, `${file} is ${HALTON}’s, its manifest says, not ${WARRINGTON}’s.`)
    t.match(elsewhere?.stderr, `has no dataset of ${WARRINGTON}.`)
    t.same([other?.code, elsewhere?.code], [1, 1])
    // Not in the manifest: what the command line says, or what follows from the hub and from the file.
    const own = join(directory, 'plans.csv')
    writeFileSync(
      own,
      `\ufeff${CSV_HEAD}\r\n\r\n${ROBIN},CPP,2026-03-02,"H, 1"\r\n${SASHA},LAC,2026-03-02,H2\r\n`,
    )
    const options = [own, '--authority', WARRINGTON, '--extracted-at', '2026-11-24T03:00:00+01:00', '--json']
    const first = await run(['submit', ...options])
    t.equal(first.code, 0, first.stderr)
    t.match(JSON.parse(first.stdout).datasets[0].receipt, {
      sequence: 1,
      outcome: 'accepted',
      recordCount: 2,
      extractedAt: '2026-11-24T02:00:00.000Z',
    })

    writeFileSync(own, `${CSV_HEAD}\n${ROBIN},CPP,2026-03-02,H1\n${SASHA},LAC,2026-02-30,H2\n`)
    const second = await run(['submit', own, '--authority', WARRINGTON])
    t.equal(second.code, 1)
    t.match(second.stdout, 'dataset 2: returned (CPF04)')
    t.match(second.stdout, /error {2}line 3 {2}H2 +startDate {2}DATE_NOT_REAL CPR07/)

    const reaching = { files: [{ ...files[0], file: '../elsewhere.csv' }] }
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify(reaching))
    const reached = await run(['submit', directory])
    t.equal(reached.code, 1)
    t.match(reached.stderr, 'manifest.json is not a manifest that "cpis-hub generate" wrote.')
  },
)

t.test(
  'a JSON file is read as strictly with --sequence as without, and one byte order mark is taken',
  async (t) => {
    const { run, hub } = await openListeningHub(t)
    const file = join(t.testdir(), 'halton.json')
    const submitAs = (bytes: string | Buffer, sequence: number) => {
      writeFileSync(file, bytes)
      return run(['submit', file, '--authority', HALTON, '--sequence', `${sequence}`])
    }
    const text = JSON.stringify(aDataset(1, [aRecord({ familyName: 'Müller' })]))
    const wrong: [bytes: string | Buffer, line: RegExp][] = [
      [text.replace('{', `{"sequence":9,`), /: A property stands twice in one object at byte \d+ \(line 1\)/],
      [text.replace('"nhsNumber"', `"nhsNumber":"${SASHA}","nhsNumber"`), /: A property stands twice/],
      [Buffer.from(text, 'latin1'), /: Send the body as UTF-8\.$/],
      [text.slice(0, -1), /: The body is not whole/],
      [`\ufeff\ufeff${text}`, /: The body is not well-formed JSON at byte 4/],
    ]
    for (const [bytes, line] of wrong) {
      const { code, stdout, stderr } = await submitAs(bytes, 1)
      t.same([code, stdout], [1, ''], String(line))
      t.match(stderr.split('\n')[0], line)
      t.notMatch(stderr, SASHA)
    }
    for (const other of [`[${text}]`, '"text"', 'null'])
      t.match((await submitAs(other, 1)).stdout, 'SCHEMA_VIOLATION', `${other.slice(0, 6)} goes as it is`)
    t.equal((await hub.app.inject(`/v1/authorities/${HALTON}/datasets`)).json().items.length, 0)
    const good = await submitAs(`\ufeff${text}`, 5)
    t.match([good.code, good.stdout], [0, 'dataset 5: accepted'], good.stderr)
  },
)

t.test('the people that generate writes are registered first, for a hub that checks them', async (t) => {
  const { hub } = await openHub(t, { pdsCheck: 'registered' })
  const hubUrl = await hub.listen()
  const directory = await generated(t, '--scale', '0.02')
  const submitWith = (...options: string[]) => runCli(t, ['submit', directory, ...options], { hubUrl })
  const dry = await submitWith('--dry-run', '--register-people')
  t.match(dry, {
    code: 1,
    stdout: '',
    stderr: /--register-people cannot stand beside --dry-run: a dry run changes/,
  })
  const unregistered = await submitWith('--authority', KENT)
  t.match(unregistered.stdout, 'PERSON_UNKNOWN CPR01')
  t.match(unregistered.stdout, /\n\nThis hub checks people .* cpis-hub submit DIR --register-people\n$/)
  t.equal(unregistered.stdout.match(/PERSON_UNKNOWN/g)?.length, 20, 'the first of many')
  t.match(
    unregistered.stdout,
    /… and \d+ more findings\. To read all: --json or GET \/v1\/authorities\/E10000016\/datasets\//,
  )
  const done = await submitWith('--register-people')
  t.equal(done.code, 0, done.stderr)
  t.match(done.stdout, /^153 datasets: 153 accepted\.\nPlans: 2,\d{3} added/)

  const { people } = JSON.parse(readFileSync(join(directory, 'people.json'), 'utf8'))
  t.match(people[0], {
    nhsNumber: /^999\d{7}$/,
    familyName: /^[A-Z]/,
    birthDate: /^20/,
    gender: /^(fe)?male$/,
  })
  t.equal(new Set(people.map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber)).size, people.length)
  const file = join(directory, `${HALTON}.json`)
  const nowhere = await runCli(t, ['submit', file, '--register-people'], { hubUrl })
  t.equal(nowhere.code, 1)
  t.match(
    nowhere.stderr,
    `--register-people needs the directory that "cpis-hub generate" wrote; ${file} is a file.`,
  )
  t.match(nowhere.stderr, `submit ${directory} --authority CODE`)
  const { hub: plain } = await openHub(t, { testerControls: false })
  const refused = await runCli(t, ['submit', directory, '--register-people'], {
    hubUrl: await plain.listen(),
  })
  t.equal(refused.code, 1)
  t.match(refused.stderr, 'Start it with TESTER_CONTROLS=true.')
})

t.test('generate writes the same bytes for the same seed and day, and one authority alone', async (t) => {
  const directory = t.testdir()
  const options = [
    '--today',
    TODAY,
    '--scale',
    '0.1',
    '--authority',
    HALTON,
    '--seed',
    '7',
    '--sequence',
    '3',
  ]
  const outs = ['first', 'second'].map((name) => join(directory, name))
  await Promise.all(outs.map((out) => runCli(t, ['generate', '--out', out, ...options])))
  const [first, second] = outs.map((out) =>
    readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]),
  )
  t.same(
    first?.map(([name]) => name),
    [`${HALTON}.json`, 'manifest.json', 'people.json'],
  )
  t.same(first, second)
  t.equal(JSON.parse(first?.[0]?.[1] ?? '').sequence, 3)
})

t.test(
  'submit shows a returned dataset with each finding, a refused one with what to do, and exits 1',
  async (t) => {
    const { run, hub } = await openListeningHub(t)
    const dataset = aDataset(1, [
      aRecord({ localId: 'H1' }),
      aRecord({ nhsNumber: '9990000027', localId: 'H2' }),
      aRecord({ nhsNumber: SASHA, planType: 'CP', localId: 'H3' }),
    ])
    const directory = t.testdir()
    const file = join(directory, 'halton.json')
    writeFileSync(file, JSON.stringify(dataset))
    const shown = await run(['submit', file, '--authority', HALTON])
    t.equal(shown.code, 1)
    t.equal(shown.stderr, '')
    t.match(shown.stdout, 'Halton (E06000006), dataset 1: returned (CPF04)')
    t.match(shown.stdout, '3 records, all handed back.')
    t.match(shown.stdout, 'Returned to: Data steward, Halton, cp-is@halton.example')
    t.match(
      shown.stdout,
      /error {2}records\[1\] {2}H2 +nhsNumber {2}NHS_NUMBER_CHECK_DIGIT CPR01: The last digit/,
    )
    t.match(
      shown.stdout,
      /error {2}records\[2\] {2}H3 +planType +PLAN_TYPE_UNKNOWN CPR07: The plan type must be/,
    )
    t.notMatch(shown.stdout, '9990000027', 'no number on the screen')
    const json = await run(['submit', file, '--authority', HALTON, '--json'])
    t.equal(json.code, 1)
    t.match(JSON.parse(json.stdout), {
      datasets: [
        { file, authorityCode: HALTON, repeated: false, receipt: { outcome: 'returned', findingCount: 2 } },
      ],
    })
    t.equal((await lookUp(hub, ROBIN)).json().found, false)

    const [good, bad] = [join(directory, 'good.json'), join(directory, 'bad.json')]
    const { extractedAt: _, ...broken } = aDataset(1, [aRecord()], { recordcount: 1 })
    writeFileSync(bad, JSON.stringify(broken))
    writeFileSync(good, JSON.stringify(aDataset(1, [aRecord()])))
    const result = await run(['submit', bad, good, '--authority', HALTON])
    t.equal(result.code, 1)
    t.same(result.stdout.split('\n'), [
      `Halton (E06000006), ${bad}: refused`,
      '  The request does not fit its schema (SCHEMA_VIOLATION)',
      '  The dataset’s own fields have faults; its records were not looked at.',
      '  /extractedAt is required',
      '  /recordcount is not a property that is known here',
      '',
      '2 datasets: 1 accepted, 1 refused.',
      'Plans: 1 added, 0 changed, 0 ended, 0 removed, 0 unchanged.',
      '',
    ])
    const nobodys = await run(['submit', good])
    t.equal(nobodys.code, 1)
    t.match(nobodys.stderr, `Whose is ${good}? Say --authority CODE.`)
  },
)

t.test(
  'submit --dry-run shows what would change and changes nothing; --confirm-shrink is passed on',
  async (t) => {
    const { run, hub } = await openListeningHub(t)
    const file = join(t.testdir(), 'halton.json')
    writeFileSync(file, JSON.stringify(aDataset(1, [aRecord()])))
    const dry = await run(['submit', file, '--authority', HALTON, '--dry-run'])
    t.equal(dry.code, 0)
    t.match(dry.stdout, 'A dry run: this is what would have happened. Nothing was changed.')
    t.match(dry.stdout, 'Plans: 1 added')
    t.equal((await lookUp(hub, ROBIN)).json().found, false)

    t.equal((await run(['submit', file, '--authority', HALTON])).code, 0)
    t.equal((await lookUp(hub, ROBIN)).json().found, true)
    writeFileSync(file, JSON.stringify(aDataset(2, [])))
    const empty = await run(['submit', file, '--authority', HALTON])
    t.equal(empty.code, 1)
    t.match(empty.stdout, /error {2}whole file +EMPTY_DATASET/)
    t.equal((await run(['submit', file, '--authority', HALTON, '--confirm-shrink'])).code, 0)
    t.equal((await lookUp(hub, ROBIN)).json().found, false)
  },
)

t.test('lookup shows plans, whom to ring, and who was told; a miss, a silent read and stdin', async (t) => {
  const { run, hub } = await openListeningHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const hit = await run([
    'lookup',
    '999 000 0018',
    '--user',
    '007',
    '--ods',
    'RBN01',
    '--organisation',
    'Whiston',
    '--user-name',
    'Jo Bright',
  ])
  t.equal(hit.code, 0, hit.stderr)
  t.same(hit.stdout.split('\n'), [
    '999 000 0018: 1 plan',
    '',
    '  Child protection plan, active: since 2026-03-02',
    '    Halton: 01632 960005 in office hours, 01632 960405 at other times',
    '    Known as of 24 Nov 2026, 09:30',
    '',
    '  Who looked, newest first (at most 25):',
    '  When                Organisation  Who',
    '  24 Nov 2026, 09:30  Whiston       Jo Bright',
    '',
    '  Recorded at 24 Nov 2026, 09:30. Told of it: Halton (E06000006).',
    '',
  ])
  const [silent, miss, bad, stdin] = await Promise.all([
    run(['lookup', '--scheduled', '--json', ROBIN]),
    run(['lookup', NOBODY]),
    run(['lookup', '9990000019']),
    run(['lookup', '--json', '--scheduled', '-'], `${ROBIN}\n`),
  ])
  const seen = JSON.parse(silent?.stdout ?? '')
  t.match(seen, { nhsNumber: ROBIN, found: true, access: null })
  const typed = { id: '007', name: 'Jo Bright', roleName: 'Integration tester' }
  t.same(seen.accesses[0].user, typed, 'an id stays the text that was typed')
  t.equal(seen.accesses.length, 1, 'a silent read leaves no trace')
  t.equal(miss?.code, 0)
  t.match(miss?.stdout, /^999 000 0042: no plan on the index\./)
  t.equal(bad?.code, 1)
  t.match(bad?.stderr, /^cpis-hub: The NHS number is not valid \(INVALID_NHS_NUMBER\)\n {2}\S/)
  t.same(JSON.parse(stdin?.stdout ?? '').nhsNumber, ROBIN)
})

/** A hub on which Halton has notifications waiting: one for each of these users. */
async function openHubWithQueue(t: Test, users: number) {
  const world = await openListeningHub(t)
  await submit(world.hub, HALTON, aDataset(1, [aRecord({ localId: 'H1' })]))
  for (let user = 1; user <= users; user += 1) {
    const requester = {
      organisation: { odsCode: 'RBN01', name: 'Whiston' },
      user: { id: `u${user}`, name: 'Jo Bright', roleName: 'Nurse' },
    }
    await lookUp(world.hub, ROBIN, { requester })
  }
  const ofState = async (state: string) => {
    const url = `/v1/authorities/${HALTON}/notifications?state=${state}&limit=500`
    const { items } = (await world.hub.app.inject({ url })).json()
    return items.map(({ id }: { id: string }) => id) as string[]
  }
  return { ...world, ofState }
}

t.test(
  'drain writes each notification to a file of its own, for its owner alone, then acknowledges',
  async (t) => {
    const { run, ofState } = await openHubWithQueue(t, 103)
    const inbox = join(t.testdir(), 'new', 'inbox')
    const ids = await ofState('queued')
    const drained = await run(['notifications', 'drain', '--authority', HALTON, '--out', inbox])
    t.equal(drained.code, 0, drained.stderr)
    t.equal(drained.stdout, `Halton (E06000006): 103 notifications written to ${inbox}, then acknowledged.\n`)
    t.same(readdirSync(inbox).sort(), ids.map((id) => `${id}.json`).sort())
    t.equal(statSync(join(inbox, `${ids[0]}.json`)).mode & 0o777, 0o600)
    t.equal(statSync(inbox).mode & 0o777, 0o700)
    t.match(JSON.parse(readFileSync(join(inbox, `${ids[0]}.json`), 'utf8')), {
      id: ids[0],
      kind: 'access',
      nhsNumber: ROBIN,
      localIds: ['H1'],
      access: { user: { id: 'u1' } },
    })
    t.same((await ofState('acknowledged')).sort(), ids.sort())
    const again = await run(['notifications', 'drain', '--authority', HALTON, '--out', inbox, '--json'])
    t.same(JSON.parse(again.stdout), { authorityCode: HALTON, acknowledged: 0, directory: inbox, files: [] })
  },
)

t.test('drain acknowledges nothing that it could not write, and gives it back', async (t) => {
  const { run, ofState, hub } = await openHubWithQueue(t, 2)
  const directory = t.testdir({ occupied: 'a file', inbox: {} })
  const ids = await ofState('queued')
  const drain = (out: string) =>
    run(['notifications', 'drain', '--authority', HALTON, '--out', join(directory, out)])

  const noDirectory = await drain('occupied')
  t.same([noDirectory.code, noDirectory.stdout], [1, ''])
  t.match(noDirectory.stderr, /^cpis-hub: Cannot write to \S+occupied \(EEXIST\)\.\n$/)

  // The second of the two cannot be put in its place.
  mkdirSync(join(directory, 'inbox', `${ids[1]}.json`))
  const half = await drain('inbox')
  t.same([half.code, half.stdout], [1, ''])
  t.match(
    half.stderr,
    /Cannot write to \S+inbox \(EISDIR\)\. 2 notifications not acknowledged; the hub keeps them/,
  )
  t.same(await ofState('acknowledged'), [])
  t.same(readdirSync(join(directory, 'inbox')).length, 2, 'no half-written file is left')
  const { notifications } = (await lease(hub, HALTON)).json()
  t.same(
    notifications.map((each: { id: string }) => each.id),
    ids,
    'they can be had again at once',
  )
})

t.test('drain without a directory prints, and acknowledges only what was taken from it', async (t) => {
  const { run, ofState, hub, hubUrl } = await openHubWithQueue(t, 2)
  const unread = startCli(t, ['notifications', 'drain', '--authority', HALTON], { hubUrl })
  unread.stopReading()
  t.equal((await unread.ended).code, 1)
  t.same(await ofState('acknowledged'), [])
  t.equal((await ofState('queued')).length, 2)

  const printed = await run(['notifications', 'drain', '--authority', HALTON, '--json'])
  const document = JSON.parse(printed.stdout)
  t.same([document.authorityCode, document.acknowledged], [HALTON, 2])
  t.same(
    document.notifications.map((each: { id: string }) => each.id),
    await ofState('acknowledged'),
  )
  const nothing = await run(['notifications', 'drain', '--authority', HALTON, '--json'])
  t.same(JSON.parse(nothing.stdout), { authorityCode: HALTON, notifications: [], acknowledged: 0 })

  await lookUp(hub, ROBIN, {
    requester: {
      organisation: { odsCode: 'RBN01', name: 'Whiston' },
      user: { id: 'u9', name: 'Max\u00a0Field', roleName: 'Nurse' },
    },
  })
  const people = await run(['notifications', 'drain', '--authority', HALTON])
  t.same(people.stdout.split('\n'), [
    'access of 24 Nov 2026, 09:30',
    `  NHS number ${ROBIN}, here H1`,
    '  Child protection plan, active, since 2026-03-02',
    '  Max\u00a0Field (Nurse), Whiston (RBN01)',
    '',
    'Halton (E06000006): 1 notification acknowledged.',
    '',
  ])
})

t.test(
  'freshness lists who is overdue first, at the hub that CPIS_HUB_URL names unless --hub does',
  async (t) => {
    const { run, hub, clock, hubUrl } = await openListeningHub(t)
    await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
    clock.set('2026-11-25T12:00:00Z')
    await submit(hub, HALTON, aDataset(1, [aRecord({ startDate: '2026-04-01' })]))
    clock.set('2026-11-25T12:01:00Z')
    await submit(hub, HALTON, aDataset(2, [aRecord({ nhsNumber: '1' })]))
    const shown = await run(['freshness'])
    t.equal(shown.code, 0, shown.stderr)
    const [head, warrington, halton, blank, total] = shown.stdout.split('\n')
    t.match(head, /^ {2}Code +Authority +Last dataset +Queued +Remarks$/)
    t.match(warrington, /^ {2}E06000007 {2}Warrington +27 hours ago +0 +overdue, was due 25 Nov 2026, 09:30$/)
    t.match(halton, /^ {2}E06000006 {2}Halton +60 s ago +0 +dataset 2 was returned$/)
    t.same([blank, total], ['', '1 authority is overdue; 151 authorities have never sent a dataset.'])
    const json = JSON.parse((await run(['freshness', '--json'])).stdout)
    t.same(json, (await hub.app.inject({ url: '/v1/freshness' })).json())

    const codeWith = (url: string, ...args: string[]) => {
      return runCli(t, ['freshness', ...args], { env: { CPIS_HUB_URL: url } }).then(({ code }) => code)
    }
    const nowhere = 'http://127.0.0.1:1'
    const codes = [codeWith(hubUrl), codeWith(nowhere), codeWith(nowhere, '--hub', hubUrl)]
    t.same(await Promise.all(codes), [0, 1, 0])
  },
)

t.test(
  'demo tells the whole loop, with --keep stays up until it is told to end, and closes its hub',
  async (t) => {
    const demo = startCli(t, ['demo', '--scale', '0.01', '--keep'])
    const [, url] = await demo.says(/stays up on (http:\S+)/)
    t.equal((await fetch(`${url}/health/ready`)).status, 200)
    for (const told of [
      '153 of 153 datasets accepted',
      'Halton (E06000006), dataset 2: accepted (CPF02)',
      'Halton (E06000006), dataset 3: returned (CPF04)',
      'Told of it: Halton (E06000006) and Warrington (E06000007).',
      'no new event',
      'nothing was recorded and nobody was told',
      'no plan on the index',
      '2 notifications acknowledged; 0 left for Halton.',
      '153 of 153 authorities have data younger than 24 hours',
    ]) {
      t.match(demo.stdout, told)
    }
    demo.kill('SIGINT')
    t.equal((await demo.ended).code, 0)
  },
)

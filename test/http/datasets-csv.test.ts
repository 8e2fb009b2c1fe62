import { gzipSync } from 'node:zlib'
import t from 'tap'
import { briefly, get, putAuthority, stateOf, submitCsv } from '../helpers/calls.js'
import { NOW, openHub } from '../helpers/hub.js'
import { aDataset, aRecord, HALTON, ROBIN, SASHA, submit, syntheticNumber, TAYLOR } from '../helpers/seed.js'

const COLUMNS =
  'nhs_number,plan_type,start_date,end_date,expected_delivery_date,deleted,local_id,family_name,given_names,birth_date'
const HEADER = 'nhs_number,plan_type,start_date'
const NO_CHANGES = { added: 0, changed: 0, ended: 0, removed: 0, unchanged: 0 }
const plansUrl = `/v1/authorities/${HALTON}/plans?limit=500`
const plansNow = async (hub: Parameters<typeof get>[0]) =>
  (await get(hub, plansUrl)).items.map(({ id: _, ...plan }: { id: string }) => plan)

t.test(
  'a CSV says the same as the JSON of the same plans, in any order of columns and either line end',
  async (t) => {
    const { hub } = await openHub(t)
    const records = [
      aRecord({
        localId: 'H1',
        familyName: 'Ashdown, "Ash"',
        givenNames: ['Robin', 'Lee'],
        birthDate: '2015-06-01',
      }),
      aRecord({
        nhsNumber: SASHA,
        planType: 'UCPP',
        expectedDeliveryDate: '2027-02-14',
        endDate: '2026-10-30',
      }),
      aRecord({ nhsNumber: TAYLOR, planType: 'LAC', deleted: false }),
    ]
    t.equal((await submit(hub, HALTON, aDataset(1, records))).statusCode, 201)
    const asJson = await plansNow(hub)
    const csv = [
      'birth_date,given_names,family_name,local_id,deleted,expected_delivery_date,end_date,start_date,plan_type,nhs_number',
      `2015-06-01,Robin  Lee,"Ashdown, ""Ash""",H1,,,,2026-03-02,CPP,${ROBIN}`,
      `,,,,false,2027-02-14,2026-10-30,2026-03-02,UCPP,${SASHA}`,
      `,,,,,,,2026-03-02,"LAC",${TAYLOR}`,
    ]
    const forms = [csv.join('\n'), `\ufeff${csv.join('\r\n')}\r\n`, `${csv.join('\n\n')}\n\n`]
    for (const [i, form] of forms.entries()) {
      const reply = await submitCsv(hub, HALTON, i + 2, form, { recordCount: 3 })
      t.equal(reply.statusCode, 201)
      t.strictSame([reply.json().changes, reply.json().findings], [{ ...NO_CHANGES, unchanged: 3 }, []])
    }
    const fewer = `${HEADER}\n${ROBIN},CPP,2026-03-02\n`
    const optional = await submitCsv(hub, HALTON, 5, fewer, {
      recordCount: 1,
      mode: 'full',
      childrenInScope: 1,
    })
    t.equal(optional.statusCode, 201, 'optional columns may be missing')
    t.strictSame(optional.json().changes, { ...NO_CHANGES, changed: 1, removed: 2 })
    t.not((await plansNow(hub)).length, asJson.length)
  },
)

t.test(
  'a CSV’s receipt is that of JSON, with its own fields from the query string, and a retry gets it again',
  async (t) => {
    const { hub } = await openHub(t)
    const csv = `${HEADER}\n${ROBIN},CPP,2026-03-02\n`
    const fields = { recordCount: 1, mode: 'delta', childrenInScope: 12 }
    const first = await submitCsv(hub, HALTON, 3, csv, fields)
    t.equal(first.statusCode, 201)
    t.match(first.headers['content-type'], /^application\/json/)
    const { id: _, contentDigest, ...receipt } = first.json()
    t.strictSame(receipt, {
      authorityCode: HALTON,
      sequence: 3,
      outcome: 'accepted',
      fileCode: 'CPF02',
      mode: 'delta',
      dryRun: false,
      receivedAt: NOW,
      extractedAt: '2026-11-24T02:00:00.003Z',
      recordCount: 1,
      acceptedCount: 1,
      returnedCount: 0,
      changes: { ...NO_CHANGES, added: 1 },
      findingCount: 0,
      findings: [],
      returnedTo: null,
      nextDueAt: '2026-11-25T09:30:00.000Z',
    })
    t.equal((await get(hub, `/v1/authorities/${HALTON}`)).childrenInScope, 12)
    const zipped = await submitCsv(hub, HALTON, 3, gzipSync(csv), fields, {
      'content-type': 'text/csv; charset=utf-8',
      'content-encoding': 'gzip',
    })
    t.strictSame(
      [zipped.statusCode, zipped.json()],
      [200, first.json()],
      'gzip or not, it is the same content',
    )
    const other = await submitCsv(hub, HALTON, 3, csv, { ...fields, childrenInScope: 13 })
    t.strictSame(
      [other.statusCode, other.json().code],
      [409, 'OUT_OF_SEQUENCE'],
      'its own fields are content too',
    )
    const dry = await submitCsv(hub, HALTON, 1, csv, { ...fields, dryRun: true })
    t.strictSame(
      [dry.statusCode, dry.json().id, dry.json().contentDigest === contentDigest],
      [200, null, false],
    )
  },
)

t.test(
  'faults of the query string are problems; a record’s faults are findings with the line it starts on',
  async (t) => {
    const { hub } = await openHub(t)
    const csv = `${HEADER}\n${ROBIN},CPP,2026-03-02\n`
    const wrong: [fields: Record<string, string | number>, pointer: string][] = [
      [{ recordCount: 1, sequence: 0 }, '/sequence'],
      [{ recordCount: 1, sequence: '1.0' }, '/sequence'],
      [{ recordCount: 1, sequence: 'one' }, '/sequence'],
      [{ recordCount: 1, extractedAt: 'today' }, '/extractedAt'],
      [{ recordCount: 1, extractedAt: '2026-02-30T00:00:00Z' }, '/extractedAt'],
      [{ recordCount: 1, mode: 'whole' }, '/mode'],
      [{}, '/recordCount'],
      [{ recordCount: -1 }, '/recordCount'],
      [{ recordCount: 1, confirmshrink: 'true' }, '/confirmshrink'],
      [{ recordCount: 1, dryRun: '1' }, '/dryRun'],
    ]
    for (const [fields, pointer] of wrong) {
      const reply = await submitCsv(hub, HALTON, 1, csv, fields)
      t.equal(reply.statusCode, 400, pointer)
      t.match(reply.headers['content-type'], /^application\/problem\+json/)
      t.match(reply.json(), { code: 'SCHEMA_VIOLATION', errors: [{ pointer }] })
    }
    const twice = await hub.app.inject({
      method: 'POST',
      url: `/v1/authorities/${HALTON}/datasets?sequence=1&sequence=2&extractedAt=2026-11-24T02:00:00Z&recordCount=1`,
      headers: { 'content-type': 'text/csv' },
      payload: csv,
    })
    t.match([twice.statusCode, twice.json()], [400, { errors: [{ pointer: '/sequence' }] }])
    t.strictSame((await get(hub, `/v1/authorities/${HALTON}/datasets`)).items, [])
  },
)

const ROW_FAULTS: [row: string, code: string, recordCode: string, field: string][] = [
  [',CPP,2026-03-02,,,,,,,', 'NHS_NUMBER_MISSING', 'CPR04', 'nhsNumber'],
  ['999000001,CPP,2026-03-02,,,,,,,', 'NHS_NUMBER_FORMAT', 'CPR04', 'nhsNumber'],
  ['ABCD12345,CPP,2026-03-02,,,,,,,', 'NHS_NUMBER_OLD_STYLE', 'CPR04', 'nhsNumber'],
  ['9990000019,CPP,2026-03-02,,,,,,,', 'NHS_NUMBER_CHECK_DIGIT', 'CPR01', 'nhsNumber'],
  ['#,,2026-03-02,,,,,,,', 'PLAN_TYPE_UNKNOWN', 'CPR07', 'planType'],
  ['#,CP,2026-03-02,,,,,,,', 'PLAN_TYPE_UNKNOWN', 'CPR07', 'planType'],
  ['#,CPP,,,,,,,,', 'START_DATE_MISSING', 'CPR07', 'startDate'],
  ['#,CPP,02/03/2026,,,,,,,', 'DATE_FORMAT', 'CPR07', 'startDate'],
  ['#,CPP,2026-03-02,2026-02-30,,,,,,', 'DATE_NOT_REAL', 'CPR07', 'endDate'],
  ['#,CPP,2026-11-25,,,,,,,', 'START_IN_FUTURE', 'CPR07', 'startDate'],
  ['#,CPP,2026-03-02,2026-03-01,,,,,,', 'END_BEFORE_START', 'CPR07', 'endDate'],
  ['#,UCPP,2026-03-02,,,,,,,', 'EXPECTED_DELIVERY_DATE_MISSING', 'CPR07', 'expectedDeliveryDate'],
  ['#,CPP,2026-03-02,,,TRUE,,,,', 'FIELD_TYPE', 'CPR07', 'deleted'],
  [`#,CPP,2026-03-02,,,,${'x'.repeat(65)},,,`, 'FIELD_TOO_LONG', 'CPR07', 'localId'],
  ['#,CPP,2026-03-02,,,,,Ash\tdown,,', 'FIELD_CHARACTERS', 'CPR07', 'familyName'],
  ['#,CPP,2026-03-02,,,,,,"Robin\nLee",', 'FIELD_CHARACTERS', 'CPR07', 'givenNames'],
  ['#,CPP,2026-03-02,,,,,"Ash\r\ndown",,', 'FIELD_CHARACTERS', 'CPR07', 'familyName'],
  ['#,CPP,2026-03-02,,,,,"Ash\n\n\ndown",,', 'FIELD_CHARACTERS', 'CPR07', 'familyName'],
]

t.test('every error of a row is a finding with the physical line on which the row starts', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  const before = await stateOf(hub, [HALTON], [ROBIN])
  const rows = ROW_FAULTS.map(([row], i) => row.replace('#', syntheticNumber(10 + i)))
  const twin = `${syntheticNumber(200)},CPP,2026-03-02,,,,TWICE,,,`
  const lines = [COLUMNS, '', ...rows.slice(0, 5), '', '', ...rows.slice(5), '', twin, twin]
  let line = 1
  const lineOf = new Map<string, number>()
  for (const text of lines) {
    lineOf.set(text, line)
    line += text.split('\n').length
  }
  const reply = await submitCsv(hub, HALTON, 2, `${lines.join('\n')}\n`, { recordCount: rows.length + 2 })
  t.equal(reply.statusCode, 422)
  const error = (record: number, row: string, code: string, recordCode: string, field: string | null) => ({
    record,
    line: lineOf.get(row),
    localId: null,
    field,
    severity: 'error',
    code,
    recordCode,
  })
  t.strictSame(briefly(reply.json()), [
    ...ROW_FAULTS.map(([, code, recordCode, field], i) =>
      error(i, rows[i] as string, code, recordCode, field),
    ),
    { ...error(rows.length + 1, twin, 'DUPLICATE_RECORD', 'CPR07', null), localId: 'TWICE' },
  ])
  t.strictSame([reply.json().fileCode, reply.json().recordCount], ['CPF04', rows.length + 2])
  const after = await stateOf(hub, [HALTON], [ROBIN])
  t.strictSame(
    [after.authorities[0]?.plans, after.seen, after.authorities[0]?.notifications],
    [before.authorities[0]?.plans, before.seen, before.authorities[0]?.notifications],
  )
})

t.test('with CRLF and with a byte order mark the lines are the same', async (t) => {
  const { hub } = await openHub(t)
  const rows = [COLUMNS, '', '#,CPP,2026-03-02,,,,,"Ash\r\n\r\ndown",,', '', ',CPP,2026-03-02,,,,,,,']
  const text = rows.join('\r\n').replace('#', ROBIN)
  for (const csv of [text, `\ufeff${text}\r\n`]) {
    const reply = await submitCsv(hub, HALTON, 1, csv, { recordCount: 2 })
    t.strictSame(
      briefly(reply.json()).map(({ record, line, code }) => [record, line, code]),
      [
        [0, 3, 'FIELD_CHARACTERS'],
        [1, 7, 'NHS_NUMBER_MISSING'],
      ],
    )
  }
})

t.test(
  'warnings and file-level findings of a CSV have their lines, and `deleted` is true, false or empty',
  async (t) => {
    const { hub } = await openHub(t)
    const csv = [
      'nhs_number,plan_type,start_date,end_date,deleted,birth_date,local_id',
      '9999999999,CPP,2026-03-02,,,,',
      `${syntheticNumber(10)},CPP,2025-01-01,2025-11-23,false,,`,
      `${syntheticNumber(11)},CPP,2026-03-02,,true,,GONE`,
      `${syntheticNumber(12)},CPP,2026-03-02,,,2008-11-24,`,
    ]
    const reply = await submitCsv(hub, HALTON, 1, csv.join('\n'), { recordCount: 4 })
    t.equal(reply.statusCode, 201)
    const warning = (
      line: number,
      code: string,
      field: string,
      recordCode: string,
      localId: string | null = null,
    ) => ({
      record: line - 2,
      line,
      localId,
      field,
      severity: 'warning',
      code,
      recordCode,
    })
    t.strictSame(briefly(reply.json()), [
      warning(2, 'NHS_NUMBER_REPEATED_DIGIT', 'nhsNumber', 'CPR06'),
      warning(3, 'END_OVER_365_DAYS', 'endDate', 'CPR07'),
      warning(4, 'DELETE_UNKNOWN', 'deleted', 'CPR07', 'GONE'),
      warning(5, 'OVER_18', 'birthDate', 'CPR07'),
    ])
    const gone = await submitCsv(hub, HALTON, 2, `${HEADER},deleted\n9999999999,CPP,2026-03-02,true\n`, {
      recordCount: 1,
      mode: 'delta',
      extractedAt: '2026-11-24T01:00:00Z',
    })
    t.strictSame(gone.json().changes, { ...NO_CHANGES, removed: 1 })
    const fileLevel = (code: string, field: string | null, severity = 'error') => ({
      record: null,
      localId: null,
      field,
      severity,
      code,
      recordCode: null,
    })
    const codes = async (sequence: number, text: string, fields: Record<string, string | number | boolean>) =>
      briefly((await submitCsv(hub, HALTON, sequence, text, fields)).json())
    const one = `${HEADER}\n${ROBIN},CPP,2026-03-02\n`
    t.strictSame(await codes(3, one, { recordCount: 2 }), [fileLevel('RECORD_COUNT_MISMATCH', 'recordCount')])
    t.strictSame(await codes(3, `${HEADER}\n`, { recordCount: 0 }), [fileLevel('EMPTY_DATASET', null)])
    t.strictSame(await codes(5, one, { recordCount: 1, extractedAt: '2026-11-24T01:00:00Z' }), [
      fileLevel('SEQUENCE_GAP', 'sequence', 'warning'),
      fileLevel('EXTRACT_NOT_NEWER', 'extractedAt', 'warning'),
    ])
    t.strictSame(await codes(6, `${HEADER}\n`, { recordCount: 0, confirmShrink: true }), [])
    const many = Array.from({ length: 21 }, (_, i) => `${syntheticNumber(i)},CPP,2026-03-02`)
    t.strictSame(await codes(7, [HEADER, ...many].join('\n'), { recordCount: 21 }), [])
    t.strictSame(
      await codes(
        8,
        many
          .map((row) => `${row},true`)
          .join('\n')
          .replace(/^/, `${HEADER},deleted\n`),
        {
          recordCount: 21,
          mode: 'delta',
        },
      ),
      [fileLevel('SHRINK_GUARD', null)],
    )
  },
)

t.test('a file with semicolons is told so', async (t) => {
  const { hub } = await openHub(t)
  const text = `${HEADER.replaceAll(',', ';')}\n${ROBIN};CPP;2026-03-02\n`
  const { fileCode, findings } = (await submitCsv(hub, HALTON, 1, text, { recordCount: 1 })).json()
  t.equal(fileCode, 'CPF01')
  t.match(findings, [{ code: 'CSV_MALFORMED', line: 1, message: /semicolons; separate them by commas/ }])
  t.equal(findings.length, 1)
})

t.test('a line of spaces is a blank line', async (t) => {
  const { hub } = await openHub(t)
  const text = ` \n${HEADER}\n  \t\n${ROBIN},CPP,2026-03-02\n \n${SASHA},XX,2026-03-02\n   `
  const receipt = (await submitCsv(hub, HALTON, 1, text, { recordCount: 2 })).json()
  t.equal(receipt.recordCount, 2)
  t.match(receipt.findings, [{ record: 1, line: 6, code: 'PLAN_TYPE_UNKNOWN' }])
})

t.test('what cannot be read ends the reading with its line; what was read before is checked', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, HALTON, { acceptance: 'partial' })
  const good = `${ROBIN},CPP,2026-03-02`
  const cases: [name: string, csv: string, line: number, recordCount: number][] = [
    ['a column twice', `${HEADER},plan_type\n${good},CPP\n`, 1, 0],
    ['a header that does not come first', `\n\n${HEADER},plan_type\n${good},CPP\n`, 3, 0],
    ['a short row', `${HEADER}\n${good}\n\n${SASHA},CPP\n${TAYLOR},CPP,2026-03-02\n`, 4, 1],
    ['a long row', `${HEADER}\n${good}\n${SASHA},CPP,2026-03-02,\n`, 3, 1],
    [
      'a short row after a quoted line break',
      `${HEADER}\n"9990\n000018",CPP,2026-03-02\n\n${SASHA},CPP\n`,
      5,
      1,
    ],
    ['a short row with a quoted line break', `${HEADER}\n${good}\n"999\n000",CPP\n`, 3, 1],
    ['an unclosed quote', `${HEADER}\n${good}\n"${SASHA},CPP,2026-03-02\n${TAYLOR},CPP,2026-03-02\n`, 3, 1],
    ['an unclosed quote after blank lines', `${HEADER}\n${good}\n\n\n${SASHA},"CPP,2026-03-02\n\n`, 5, 1],
    [
      'an unclosed quote after CRLF blank lines',
      `${HEADER}\r\n${good}\r\n\r\n"${SASHA},CPP,2026-03-02\r\n`,
      4,
      1,
    ],
    ['an unclosed quote in the header', `\n"${HEADER}\n${good}\n`, 2, 0],
    ['a quote closed too early', `${HEADER}\n\n${good}\n\n"${SASHA}"1,CPP,2026-03-02\n`, 5, 1],
    ['a stray quote', `${HEADER}\n${good}\n\n${SASHA},C"PP,2026-03-02\n`, 4, 1],
    [
      'a stray quote after a quoted line break',
      `${HEADER}\n"9\n0",CPP,2026-03-02\n"x\ny",C"PP,2026-03-02\n`,
      4,
      1,
    ],
  ]
  for (const [name, csv, line, recordCount] of cases) {
    const reply = await submitCsv(hub, HALTON, 1, csv, { recordCount: 3 })
    t.equal(reply.statusCode, 422, name)
    const receipt = reply.json()
    t.strictSame([receipt.fileCode, receipt.recordCount], ['CPF01', recordCount], name)
    t.strictSame(
      briefly(receipt).filter(({ record }) => record === null),
      [
        {
          record: null,
          line,
          localId: null,
          field: null,
          severity: 'error',
          code: 'CSV_MALFORMED',
          recordCode: null,
        },
      ],
      name,
    )
  }
  t.strictSame(await plansNow(hub), [])
})

t.test(
  'column names are exact: missing and unknown ones are named, and nothing of a row is repeated',
  async (t) => {
    const { hub } = await openHub(t)
    const column = (code: string, field: string | null) => ({
      record: null,
      line: 1,
      localId: null,
      field,
      severity: 'error',
      code,
      recordCode: null,
    })
    const findings = async (csv: string, recordCount: number) => {
      const reply = await submitCsv(hub, HALTON, 1, csv, { recordCount })
      t.strictSame([reply.statusCode, reply.json().fileCode], [422, 'CPF01'])
      return briefly(reply.json())
    }
    const good = `${ROBIN},CPP,2026-03-02`
    t.strictSame(await findings('nhs_number,plan_type\n1,2\n', 1), [
      column('CSV_COLUMN_MISSING', 'startDate'),
    ])
    const all = ['nhsNumber', 'planType', 'startDate'].map((field) => column('CSV_COLUMN_MISSING', field))
    t.strictSame(await findings('', 0), all)
    t.strictSame(await findings('\n\n', 0), all)
    t.strictSame(await findings(`${HEADER},surname\n${good},x\n,CPP,2026-03-02,x\n`, 2), [
      column('CSV_COLUMN_UNKNOWN', null),
      {
        record: 1,
        line: 3,
        localId: null,
        field: 'nhsNumber',
        severity: 'error',
        code: 'NHS_NUMBER_MISSING',
        recordCode: 'CPR04',
      },
    ])
    for (const header of ['NHS_NUMBER,plan_type,start_date', 'nhs_number ,plan_type,start_date'])
      t.strictSame(await findings(`${header}\n${good}\n`, 1), [
        column('CSV_COLUMN_UNKNOWN', null),
        column('CSV_COLUMN_MISSING', 'nhsNumber'),
      ])
    const headless = await submitCsv(hub, HALTON, 1, `${good}\n`, { recordCount: 1 })
    t.equal(headless.statusCode, 422)
    t.notOk(headless.body.includes(ROBIN), 'without a header row, the first row’s values are not repeated')
    t.equal((await submitCsv(hub, HALTON, 1, `${HEADER}\n${good}\n`, { recordCount: 1 })).statusCode, 201)
  },
)

t.test('a CSV is taken in part like a JSON, and line ends may be mixed', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, HALTON, { acceptance: 'partial' })
  const csv = `${HEADER}\r\n${ROBIN},CPP,2026-03-02\n${SASHA},CPP,2026-03-02\r\n9990000019,CPP,2026-03-02\n`
  const reply = await submitCsv(hub, HALTON, 1, csv, { recordCount: 3 })
  t.strictSame([reply.statusCode, reply.json().fileCode], [201, 'CPF03'])
  t.strictSame(
    briefly(reply.json()).map(({ record, line, code }) => [record, line, code]),
    [[2, 4, 'NHS_NUMBER_CHECK_DIGIT']],
  )
  t.equal((await plansNow(hub)).length, 2)
})

t.test('a row that no dataset has ends the reading with its line, before it is built', async (t) => {
  const { hub } = await openHub(t)
  await putAuthority(hub, HALTON, { acceptance: 'partial' })
  const good = `${ROBIN},CPP,2026-03-02`
  const columns = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`).join()
  const cases: [name: string, csv: string, line: number, recordCount: number, why: RegExp][] = [
    ['a thousand columns', `\n${HEADER},${columns(1000)}\n${good}\n`, 2, 0, /more than 100 columns/],
    ['a million columns', `${HEADER}\n${good}\n${','.repeat(1_000_000)}\n${good}\n`, 3, 1, /100 columns/],
    ['a million columns, no header', ','.repeat(1_000_000), 1, 0, /100 columns/],
    ['a cell of 10 MiB', `${HEADER}\n${good}\n${'9'.repeat(10_485_760)},CPP,\n`, 3, 1, /65536 bytes/],
    ['a quoted one', `${HEADER}\n\n${good}\n"${'\n9'.repeat(5_242_880)}",CPP,\n`, 4, 1, /65536 bytes/],
    ['an open quote', `${HEADER}\n${good}\n"${`${good}\n`.repeat(10_000)}`, 3, 1, /65536 bytes/],
  ]
  for (const [name, csv, line, recordCount, why] of cases) {
    const reply = await submitCsv(hub, HALTON, 1, csv, { recordCount: 3 })
    const { fileCode, findings, ...receipt } = reply.json()
    t.strictSame([reply.statusCode, fileCode, receipt.recordCount], [422, 'CPF01', recordCount], name)
    t.equal(findings.length, 1, name)
    t.match(findings, [{ code: 'CSV_MALFORMED', record: null, line, message: why }], name)
  }
  const many = await submitCsv(hub, HALTON, 1, `${HEADER},${columns(97)}\n`, { recordCount: 0 })
  t.equal(
    many.json().findings.filter(({ code }: { code: string }) => code === 'CSV_COLUMN_UNKNOWN').length,
    97,
    'a hundred are looked at one by one',
  )
  const quotes = `"${'""'.repeat(140)}"`
  const names = `"${Array(20).fill('é'.repeat(140)).join(' ')}"`
  const long = `${HEADER},family_name,given_names\n${good},${quotes},${names}\n`
  t.equal(
    (await submitCsv(hub, HALTON, 1, long, { recordCount: 1 })).statusCode,
    201,
    'the longest names fit',
  )
})

t.test('a formula is refused where a code stands, and kept where a name stands', async (t) => {
  const { hub } = await openHub(t)
  const header = `${HEADER},local_id,family_name,given_names`
  const row = (localId: string, name: string) => `${ROBIN},CPP,2026-03-02,${localId},${name},${name}`
  for (const code of ['=1+1', '+1', '-1', '@SUM(A1)']) {
    const { findings } = (
      await submitCsv(hub, HALTON, 1, `${header}\n${row(code, 'x')}\n`, { recordCount: 1 })
    ).json()
    t.match(findings, [{ line: 2, localId: null, field: 'localId', code: 'FIELD_CHARACTERS' }])
    t.notOk(findings[0].message.includes(code))
  }
  const names = await submitCsv(hub, HALTON, 1, `${header}\n${row('H1', '=Ashdown')}\n`, { recordCount: 1 })
  t.equal(names.statusCode, 201)
  const same = aRecord({ localId: 'H1', familyName: '=Ashdown', givenNames: ['=Ashdown'] })
  const again = await submit(hub, HALTON, aDataset(2, [same]))
  t.strictSame(again.json().changes, { ...NO_CHANGES, unchanged: 1 }, 'as it was written')
})

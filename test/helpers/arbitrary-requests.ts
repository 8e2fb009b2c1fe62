import fc from 'fast-check'
import { OPERATIONS, type Operation, resolved, type Schema } from './openapi.js'
import { HALTON, NOBODY, ROBIN, SASHA, WARRINGTON } from './seed.js'

/** A request to one of the operations of openapi.yaml, more or less as it should be. */
export interface FuzzedRequest {
  operation: Operation
  url: string
  headers: Record<string, string>
  body: string | Buffer | undefined
}

const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  '\u202e',
  '\ud800',
  '＀',
  'null',
  '../..',
  '%00',
  "' or 1=1 --",
  '9'.repeat(300),
]
const aText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...ODD_TEXTS, ROBIN, SASHA, NOBODY, HALTON, '2026-02-30', '2026-11-24T09:00:00Z'),
)
const aJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(0, -1, 1e308, 0.1, 2 ** 53, true, null, [], {}, [[[[]]]], ''),
)

/** Mostly what a schema allows, and now and then anything. */
function aValue(given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolved(given)
  const fitting = aFitting(schema, depth)
  return fc.oneof({ weight: 14, arbitrary: fitting }, { weight: 1, arbitrary: aJson })
}

function aFitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { type, enum: values, examples = [], minimum = -5, maximum = 1_000 } = schema
  if (values !== undefined) return fc.constantFrom(...values)
  const [first] = [type].flat()
  const example = examples.length > 0 ? [fc.constantFrom(...examples)] : []
  if (first === 'integer' || first === 'number') {
    return fc.oneof(...example, fc.integer({ min: minimum - 1, max: Math.min(maximum, 10_000) + 1 }))
  }
  if (first === 'boolean') return fc.boolean()
  if (first === 'array') {
    return fc.oneof(...example, fc.array(aValue(schema.items ?? {}, depth + 1), { maxLength: 4 }))
  }
  if (first === 'object' && depth < 6) return anObject(schema, depth)
  return fc.oneof(...example, ...example, aText)
}

function anObject({ properties = {}, required = [] }: Schema, depth: number): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, aValue(schema, depth + 1)]),
  )
  const whole = fc.record(model, { requiredKeys: required })
  const more = fc.dictionary(
    fc.oneof(fc.constantFrom('__proto__', 'constructor', ROBIN), fc.string()),
    aJson,
    {
      maxKeys: 2,
    },
  )
  return fc.oneof(
    { weight: 12, arbitrary: whole },
    { weight: 1, arbitrary: fc.record(model, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.tuple(whole, more).map(([own, others]) => ({ ...own, ...others })) },
  )
}

const CSV_ROW = `${ROBIN},CPP,2026-03-02\n`
const aCsv = fc.oneof(
  fc.constantFrom(
    '',
    'nhs_number,plan_type,start_date\n',
    `nhs_number,plan_type,start_date\n${CSV_ROW}`,
    '"',
  ),
  fc.string().map((text) => `nhs_number,plan_type,start_date\n${CSV_ROW}${text}`),
)

function textOf(type: string, schema: Schema): fc.Arbitrary<string> {
  if (type === 'text/csv') return aCsv
  if (type === 'application/x-www-form-urlencoded') return aValue(schema).map(formOf)
  return aValue(schema).map((value) => JSON.stringify(value) ?? '')
}

function formOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, each]) => `${encoded(name)}=${encoded(String(each))}`)
    .join('&')
}

function aBody({
  bodies,
}: Operation): fc.Arbitrary<[type: string | undefined, body: string | Buffer | undefined]> {
  const types = Object.entries(bodies)
  if (types.length === 0) return fc.constant([undefined, undefined])
  const asTyped = types.map(([type, { schema }]) =>
    textOf(type, schema).map((body): [string, string | Buffer] => [type, body]),
  )
  const broken = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('{"a":1,"a":2}', '{"nhsNumber":', '['.repeat(2_000), ' '.repeat(17_000), '\ufeff{}'),
  )
  return fc.oneof(
    { weight: 10, arbitrary: fc.oneof(...asTyped) },
    { weight: 1, arbitrary: broken.map((body): [string, string | Buffer] => ['application/json', body]) },
    { weight: 1, arbitrary: fc.tuple(fc.option(anOddType, { nil: undefined }), broken) },
  )
}

const anOddType = fc.constantFrom(
  'text/plain',
  'application/json; charset=latin1',
  'text/csv; charset=utf-16',
  'x',
  '',
)
// As Node lets a client send: any byte but controls.
const aHeaderText = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) }),
)
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined, freq: 1, depthSize: 'max' })
const headers = fc.record(
  {
    host: fc.oneof(
      { weight: 30, arbitrary: fc.constant('localhost:80') },
      { weight: 1, arbitrary: aHeaderText },
    ),
    origin: aHeaderText,
    'x-request-id': aHeaderText,
    'idempotency-key': fc.oneof(fc.constantFrom('a', 'b', 'c'), aHeaderText),
    'content-encoding': fc.constantFrom('identity', 'gzip', 'br', 'GZIP', ''),
    'accept-encoding': aHeaderText,
    accept: aHeaderText,
    'accept-version': aHeaderText,
    'transfer-encoding': fc.constantFrom('chunked', 'gzip, chunked', 'identity'),
  },
  { requiredKeys: ['host'] },
)
const fewHeaders = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Partial<Record<string, string>>>({ host: 'localhost:80' }) },
  { weight: 1, arbitrary: headers },
)

/** Percent-encoded, but for the halves of characters, which have no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '?'))
}

function aSegment(name: string): fc.Arbitrary<string> {
  const good = name === 'authorityCode' ? fc.constantFrom(HALTON, WARRINGTON, 'E06999999') : fc.uuid()
  const odd = fc.oneof(aText, fc.string()).map((text) => encoded(text))
  return fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant('%zz') },
  )
}

function aQuery(parameters: Operation['parameters']): fc.Arbitrary<string> {
  const pairs = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) => seldom(aValue(schema).map((value) => `${name}=${encoded(String(value))}`)))
  const other = seldom(fc.oneof(aText, fc.string()).map((text) => encoded(text)))
  return fc
    .tuple(
      fc.tuple(...pairs),
      fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: other }),
    )
    .map(([own, more]) => [...own, more].filter((each) => each !== undefined).join('&'))
}

/** The headers that an operation has of its own. */
function ownHeaders(parameters: Operation['parameters']): fc.Arbitrary<Partial<Record<string, string>>> {
  const own = parameters
    .filter((parameter) => parameter.in === 'header')
    .map(({ name, schema }) => [
      name,
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...((schema.examples ?? ['a']) as string[])) },
        { weight: 1, arbitrary: aHeaderText },
      ),
    ])
  return fc.record(Object.fromEntries(own), { requiredKeys: [] })
}

function aRequestTo(operation: Operation): fc.Arbitrary<FuzzedRequest> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
  return fc
    .tuple(
      fc.tuple(...names.map(aSegment)),
      aQuery(operation.parameters),
      fewHeaders,
      ownHeaders(operation.parameters),
      aBody(operation),
    )
    .map(([segments, query, few, own, [type, body]]) => {
      let path = operation.path
      names.forEach((name, i) => {
        path = path.replace(`{${name}}`, () => segments[i] as string)
      })
      const named = Object.entries({ ...own, ...few, ...(type !== undefined && { 'content-type': type }) })
      const headers = Object.fromEntries(named.filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >
      return { operation, url: query === '' ? path : `${path}?${query}`, headers, body }
    })
}

const isTesters = ({ path }: Operation) => path.startsWith('/tester/')

/** To the product alone: what testers ask would break it, or set its clock, for all that comes after. */
export const aRequest: fc.Arbitrary<FuzzedRequest> = fc.oneof(
  ...OPERATIONS.filter((operation) => !isTesters(operation)).map(aRequestTo),
)

/** To the controls of testers, but for the live view, which has no end. */
export const aTestersRequest: fc.Arbitrary<FuzzedRequest> = fc.oneof(
  ...OPERATIONS.filter((operation) => isTesters(operation) && operation.path !== '/tester/events').map(
    aRequestTo,
  ),
)

/** The bytes of a request, of which some are lost, changed or put in. */
const spoiltBytes: fc.Arbitrary<Buffer> = fc
  .tuple(
    aRequest,
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        remove: fc.integer({ min: 0, max: 5 }),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
          fc.constantFrom(
            '\r\n',
            '\n',
            '\0',
            ' ',
            ':',
            'host: x\r\n',
            'content-length: 3\r\n',
            'HTTP/1.1',
            '\r\n\r\n',
          ),
        ),
      }),
      { maxLength: 4 },
    ),
  )
  .map(([request, changes]) => {
    let bytes = rawRequest(request)
    for (const { at, remove, insert } of changes) {
      const place = Math.floor(at * bytes.length)
      bytes = Buffer.concat([
        bytes.subarray(0, place),
        Buffer.from(insert, 'latin1'),
        bytes.subarray(place + remove),
      ])
    }
    return bytes
  })

const CONNECT = Buffer.from('CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n')

/** Bytes that are hardly a request; some of them stand before or behind a CONNECT. */
export const someBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 12, arbitrary: spoiltBytes },
  { weight: 1, arbitrary: spoiltBytes.map((bytes) => Buffer.concat([CONNECT, bytes])) },
  { weight: 1, arbitrary: aRequest.map((request) => Buffer.concat([rawRequest(request), CONNECT])) },
)

function rawRequest({ operation, url, headers, body = '' }: FuzzedRequest): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`${operation.method} ${url} HTTP/1.1`, ...lines, `content-length: ${Buffer.byteLength(body)}`]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)])
}

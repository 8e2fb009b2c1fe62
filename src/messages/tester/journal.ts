import type { Static } from 'typebox'
import {
  CountSchema,
  closed,
  IdSchema,
  InstantSchema,
  NhsNumberSchema,
  nullable,
  oneOf,
  ref,
} from '../common.js'
import { ProblemSchema } from '../problem.js'
import { Type } from '../type.js'
import { DurationSchema } from './clock.js'

const texts = (description: string) =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    description,
  })

const HEADERS = 'In lower case. *** in the place of the value of any that is not known to be harmless.'

const bodyFields = {
  body: Type.Unknown({
    description: 'JSON as JSON where the hub would read it as such, else the text; or null.',
  }),
  bodyBytes: nullable(
    Type.Integer({
      description: 'Of the whole body, as announced where it was not read; null when unknown.',
    }),
  ),
  bodyTruncated: Type.Boolean({ description: 'Only its first bytes are kept (TESTER_BODY_MAX_BYTES).' }),
}

const requestExample = {
  id: 7,
  at: '2026-11-24T09:30:00.000Z',
  method: 'POST',
  route: '/v1/lookups',
  caller: 'RBN01',
  requestId: '019b2c1e-0000-7000-8000-000000000001',
  status: 200,
  durationMs: 1.4,
  fault: null,
  request: {
    path: '/v1/lookups',
    query: {},
    headers: { 'content-type': 'application/json' },
    body: { nhsNumber: '9990000018' },
    bodyBytes: 26,
    bodyTruncated: false,
  },
  response: {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: { found: false },
    bodyBytes: 15,
    bodyTruncated: false,
  },
}

export const RequestShownSchema = closed(
  {
    id: Type.Integer({ minimum: 1, description: 'Counts the requests of this run of the hub.' }),
    at: InstantSchema({ description: 'When it came, by the hub’s clock.' }),
    method: nullable(Type.String(), { description: 'Null of what could not be read as a request.' }),
    route: nullable(Type.String(), { description: 'The pattern of this document; null when it met none.' }),
    caller: nullable(Type.String(), {
      description:
        'The authority of the path, or the ODS code of whoever asks; null where an NHS number stands there.',
    }),
    requestId: IdSchema,
    status: nullable(Type.Integer(), {
      description: 'Null when the connection was cut before anything of the answer had left.',
    }),
    durationMs: Type.Number({ description: 'By the machine’s clock.' }),
    fault: nullable(Type.String(), { description: 'The id of the fault rule that fired.' }),
    request: closed({
      path: nullable(Type.String(), {
        description:
          'Without its host, and without what could be an NHS number where it is no route of the hub’s own.',
      }),
      query: texts(
        'Empty where the path is no route of the hub’s own: it could hold an NHS number. *** in the place of the value of what is no parameter of the route.',
      ),
      headers: texts(HEADERS),
      ...bodyFields,
    }),
    response: Type.Unsafe<{
      headers: Record<string, string>
      body: unknown
      bodyBytes: number | null
      bodyTruncated: boolean
    } | null>({
      ...closed({ headers: texts(HEADERS), ...bodyFields }),
      type: ['object', 'null'],
      description: 'What was answered, or was meant to be; null when it had not come to that.',
    }),
  },
  {
    $id: 'RequestShown',
    title: 'RequestShown',
    description: 'A request as the journal has it.',
    examples: [requestExample],
  },
)
export type RequestShown = Static<typeof RequestShownSchema>

export const REQUESTS_LIMIT_DEFAULT = 100
const REQUESTS_LIMIT_MAX = 1_000

const filterFields = {
  method: Type.Optional(Type.String({ pattern: '^[A-Z]{1,20}$', examples: ['POST'] })),
  route: Type.Optional(
    Type.String({
      pattern: '^/[A-Za-z0-9_./{}*-]*$',
      maxLength: 200,
      description: 'A path of this document.',
      examples: ['/v1/lookups'],
    }),
  ),
  caller: Type.Optional(
    Type.String({
      pattern: '^[A-Z0-9]{1,12}$',
      description: 'An authority’s code, or an ODS code.',
      examples: ['E06000006'],
    }),
  ),
  status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
  since: Type.Optional(InstantSchema({ description: 'By the hub’s clock, inclusive.' })),
  until: Type.Optional(InstantSchema({ description: 'By the hub’s clock, inclusive.' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: REQUESTS_LIMIT_MAX, default: REQUESTS_LIMIT_DEFAULT }),
  ),
}

export const RequestQuerySchema = closed(filterFields)

const NumberSought = Type.Optional({
  ...NhsNumberSchema,
  description:
    'By itself somewhere in what was asked or answered, as much as is kept of it, bare or written 3-3-4.',
} as typeof NhsNumberSchema)

export const RequestFilterSchema = closed(
  { ...filterFields, nhsNumber: NumberSought },
  {
    $id: 'RequestFilter',
    title: 'RequestFilter',
    description: 'Which requests are meant; what is left out fits any.',
    examples: [{ method: 'POST', route: '/v1/lookups', caller: 'RBN01' }],
  },
)
export type RequestFilterBody = Static<typeof RequestFilterSchema>

const items = Type.Array(ref(RequestShownSchema), {
  description: 'Newest first, up to `limit` and to 8 MiB of what is kept of them, but one at least.',
})

export const RequestListSchema = closed({
  items,
  dropped: CountSchema('Requests that the journal no longer has, since it was emptied.'),
  more: Type.Optional(
    Type.Boolean({
      description: 'Only there when true: more of them fit than are shown. Narrow the filter to see those.',
    }),
  ),
})

const requestCount = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description }))

export const ExpectationSchema = closed(
  {
    filter: ref(RequestFilterSchema),
    count: requestCount('So many and no more; answered as soon as there are so many.'),
    atLeast: requestCount('Answered as soon as there are so many.'),
    atMost: requestCount('Answered at the end of `within`.'),
    within: Type.Optional(
      DurationSchema('How long to wait, by the machine’s clock: at most PT60S; left out, not at all.', [
        'PT5S',
      ]),
    ),
  },
  {
    $id: 'Expectation',
    title: 'Expectation',
    description: 'Exactly one of count, atLeast and atMost.',
    examples: [{ filter: { route: '/v1/lookups' }, atLeast: 1, within: 'PT5S' }],
  },
)
export type ExpectationBody = Static<typeof ExpectationSchema>

const matched = CountSchema('How many there have been, also those that the journal no longer has.')

export const ExpectationMetSchema = closed({ matched, items })

export const ExpectationNotMetSchema = Type.Object(
  {
    ...ProblemSchema.properties,
    matched,
    items,
    nearMisses: Type.Array(
      closed({
        request: ref(RequestShownSchema),
        differs: Type.Array(
          oneOf(['method', 'route', 'caller', 'status', 'since', 'until', 'nhsNumber'] as const),
          { description: 'The fields of the filter that it does not fit.' },
        ),
      }),
      { description: 'What came instead, closest first, ten at most.' },
    ),
  },
  {
    $id: 'ExpectationNotMet',
    title: 'ExpectationNotMet',
    description: 'A Problem, with what came instead.',
    examples: [
      {
        type: 'urn:cpis-hub:problem:EXPECTATION_NOT_MET',
        title: 'What was expected did not arrive',
        status: 417,
        detail: 'Look at `differs` of the first near miss.',
        code: 'EXPECTATION_NOT_MET',
        instance: '019b2c1e-0000-7000-8000-000000000001',
        matched: 0,
        items: [],
        nearMisses: [{ request: requestExample, differs: ['caller'] }],
      },
    ],
  },
)

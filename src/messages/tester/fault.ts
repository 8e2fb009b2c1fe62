import type { Static } from 'typebox'
import { AuthorityCodeSchema, BareNhsNumberSchema, CountSchema, closed, oneOf, text } from '../common.js'
import { Type } from '../type.js'

const COUNT_MAX = 1_000_000
const DELAY_MS_MAX = 60_000
const RETRY_AFTER_SECONDS_MAX = 86_400
const BYTES_MAX = 1_073_741_824

const delay = { minimum: 0, maximum: DELAY_MS_MAX }
const DelaySchema = Type.Unsafe<number | { min: number; max: number }>({
  type: ['integer', 'object'],
  ...delay,
  properties: { min: { type: 'integer', ...delay }, max: { type: 'integer', ...delay } },
  required: ['min', 'max'],
  additionalProperties: false,
  description: 'Before anything else happens, in milliseconds of the machine’s clock; a range is drawn from.',
  examples: [1_500, { min: 100, max: 2_000 }],
})

/** Its being there is all that it says. */
const Asked = (description: string) => Type.Unsafe<true>({ type: 'boolean', enum: [true], description })

const EffectSchema = closed(
  {
    status: Type.Optional(
      Type.Integer({
        minimum: 400,
        maximum: 599,
        description: 'The request is answered so, in the form of its route, and nothing is done.',
      }),
    ),
    code: Type.Optional(
      Type.String({
        pattern: '^[A-Z][A-Z0-9_]{0,63}$',
        description: 'Beside status. Left out, what the hub itself means by it, or HTTP_ and the status.',
      }),
    ),
    retryAfterSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: RETRY_AFTER_SECONDS_MAX, description: 'Beside status.' }),
    ),
    drop: Type.Optional(
      oneOf(['before', 'after'], {
        description:
          'The connection is cut without an answer: before the work is done, or after it, so that the reply is lost.',
      }),
    ),
    truncate: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: BYTES_MAX,
        description: 'The head promises the whole answer; so many bytes of it come, and then the cut.',
      }),
    ),
    deliverTwice: Type.Optional(
      Asked('The notifications of this lease are handed out once more, also when they are acknowledged.'),
    ),
    leaseExpiresAtOnce: Type.Optional(Asked('This lease runs out the moment that it is given.')),
    storageFull: Type.Optional(
      Asked(
        'There is no room for what this request would write: 503 STORAGE_FULL. What writes nothing is answered.',
      ),
    ),
    personalDemographicsDown: Type.Optional(
      Asked('The simulated register of people is not there for this request.'),
    ),
    delayMs: Type.Optional(DelaySchema),
  },
  { description: 'One effect, with delayMs or without; or delayMs alone.' },
)

const MatchSchema = closed(
  {
    method: Type.Optional(oneOf(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])),
    route: Type.Optional(
      text(200, {
        description: 'As openapi.yaml writes it.',
        examples: ['/v1/authorities/{authorityCode}/datasets'],
      }),
    ),
    authorityCode: Type.Optional(
      Type.Unsafe<string>({
        ...AuthorityCodeSchema,
        maxLength: 40,
        description: 'In the path, such as E06000006.',
      }),
    ),
    caller: Type.Optional(
      text(64, { description: 'The authority of the path, or the requester’s ODS code.' }),
    ),
    nhsNumber: Type.Optional(
      Type.Unsafe<string>({
        ...BareNhsNumberSchema,
        pattern: '^\\d{10}$',
        description:
          'Ten bare digits, a good number or not, which stand by themselves in the body or the URL, bare or written 3-3-4.',
      }),
    ),
    header: Type.Optional(
      closed({
        // RFC 9110 section 5.6.2: a token.
        name: Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$" }),
        value: Type.Optional(
          text(255, {
            minLength: 0,
            description: 'The whole of it, which may be nothing; left out, any. Not of a credential.',
          }),
        ),
      }),
    ),
  },
  { description: 'What a request must be like; what is left out may be anything.' },
)

const ruleFields = {
  match: Type.Optional(MatchSchema),
  after: Type.Optional(
    Type.Integer({ minimum: 0, maximum: COUNT_MAX, description: 'So many matching requests pass first.' }),
  ),
  times: Type.Optional(
    Type.Integer({ minimum: 1, maximum: COUNT_MAX, description: 'It fires so often; left out, always.' }),
  ),
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  seed: Type.Optional(
    Type.Unsafe<string | number>({
      type: ['string', 'integer'],
      minLength: 1,
      maxLength: 64,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Of probability and of a range of delays: the same seed gives the same run. Default: 1.',
      examples: [1],
    }),
  ),
  do: EffectSchema,
}

const ruleExample = {
  match: { method: 'POST', route: '/v1/authorities/{authorityCode}/datasets' },
  times: 2,
  do: { status: 503, retryAfterSeconds: 30 },
}

export const FaultRuleSchema = closed(ruleFields, {
  $id: 'FaultRule',
  title: 'FaultRule',
  description: 'What happens to which requests. The first rule that matches and fires is the only one.',
  examples: [ruleExample],
})
export type FaultRuleBody = Static<typeof FaultRuleSchema>

export const FaultSchema = closed(
  { id: Type.String(), hits: CountSchema('How often it has fired.'), ...ruleFields },
  { $id: 'Fault', title: 'Fault', examples: [{ id: 'fault-1', hits: 0, ...ruleExample }] },
)

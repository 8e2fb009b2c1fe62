import type { Static, TSchema, TSchemaOptions } from 'typebox'
import { closed, InstantSchema, text } from './common.js'
import { DurationSchema } from './tester/clock.js'
import { Type } from './type.js'

export const SCENARIO_STEPS_MAX = 500

/** The name of a value: in a text, `$name` or `${name}` stands for it. */
const NAME_PATTERN = '^[a-z][A-Za-z0-9]{0,39}$'

/** An object whose keys the author chooses. */
function mapOf<S extends TSchema>(value: S, options: TSchemaOptions = {}) {
  return Type.Unsafe<Record<string, Static<S>>>({
    type: 'object',
    maxProperties: 100,
    additionalProperties: value,
    ...options,
  })
}

const namesOf = <S extends TSchema>(value: S, description: string) =>
  Type.Optional(mapOf(value, { propertyNames: { type: 'string', pattern: NAME_PATTERN }, description }))

/** Something that is said, or left out. */
const yes = (description: string) =>
  Type.Optional(Type.Unsafe<true>({ type: 'boolean', enum: [true], description }))

const setting = (description: string) =>
  Type.Optional(
    Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'], description }),
  )

const NeedsSchema = closed(
  {
    clock: Type.Optional(
      InstantSchema({ description: 'Where the hub’s clock stands, frozen, when the first step begins.' }),
    ),
    settings: Type.Optional(
      closed(
        {
          PDS_CHECK: setting('format or registered.'),
          AUTHORITIES_START_AS: setting('live or registered.'),
          DATASET_MAX_BYTES: setting('Of one dataset, inflated.'),
          DATASET_MAX_RECORDS: setting('Of one dataset.'),
          FRESHNESS_HOURS: setting('How long a dataset counts as fresh.'),
          FRESHNESS_GRACE_HOURS: setting('How much longer before the authority is overdue.'),
          COLLAPSE_HOURS: setting('Within which the same user and number are one access.'),
          RETENTION_DAYS: setting('How long accesses outlive their number’s last plan.'),
          SHRINK_GUARD_RATIO: setting('The share of visible plans that a dataset may withdraw unasked.'),
        },
        {
          description: 'Settings of the hub, by their environment variables: it is run on a hub of its own.',
        },
      ),
    ),
  },
  { description: 'What must be so before the first step.' },
)

const ClockSchema = closed(
  {
    now: Type.Optional(text(60, { description: 'The moment to which it is set.' })),
    advance: Type.Optional(DurationSchema('How far it is moved on.', ['PT25H'])),
    frozen: Type.Optional(Type.Boolean({ description: 'Whether it stands still from now on.' })),
    real: yes('Back to real time.'),
  },
  { description: 'Sets the hub’s clock.' },
)

const FaultSchema = closed(
  {
    name: Type.Optional(
      Type.String({ pattern: NAME_PATTERN, description: 'By which a later step removes it.' }),
    ),
    match: Type.Optional(
      mapOf(Type.Unknown(), { description: 'Which requests it hits; all when left out.' }),
    ),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'So many pass first.' })),
    times: Type.Optional(Type.Integer({ minimum: 1, description: 'So often it fires.' })),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    seed: Type.Optional(Type.Unknown()),
    do: mapOf(Type.Unknown(), { description: 'What happens, as POST /tester/faults takes it.' }),
  },
  { description: 'Makes something go wrong from here on.' },
)

const ExpectSchema = closed(
  {
    status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
    headers: Type.Optional(mapOf(Type.Unknown(), { description: 'Those that matter, by name.' })),
    body: Type.Optional(
      Type.Unknown({ description: 'The part that matters; what is not listed may be as it likes.' }),
    ),
    cut: yes('The connection ends before a whole answer has come.'),
  },
  { description: 'What must come back; without it, any success (2xx) will do.' },
)

const StepSchema = closed({
  step: text(200, { description: 'What happens, in words; it stands in the report.' }),
  request: Type.Optional(
    text(2_000, { description: 'A method and a path.', examples: ['POST /v1/lookups'] }),
  ),
  headers: Type.Optional(
    mapOf(Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] }), {
      description: 'Headers of the request.',
    }),
  ),
  json: Type.Optional(Type.Unknown({ description: 'The body, sent as JSON.' })),
  text: Type.Optional(
    Type.String({
      maxLength: 1_000_000,
      description: 'The body as it is, such as CSV; its type is a header.',
    }),
  ),
  gzip: Type.Optional(Type.Boolean({ description: 'Send the body compressed.' })),
  repeat: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: 'So often; $n is 1 the first time.' }),
  ),
  wait: Type.Optional(
    DurationSchema('Ask again until the answer is as expected, so long at most.', ['PT5S']),
  ),
  clock: Type.Optional(ClockSchema),
  fault: Type.Optional(FaultSchema),
  removeFault: Type.Optional(text(40, { description: 'The name of a fault that ends here.' })),
  seed: Type.Optional(
    mapOf(Type.Unknown(), { description: 'Fills the hub, as POST /tester/seed takes it.' }),
  ),
  reset: Type.Optional(
    mapOf(Type.Unknown(), { description: 'Empties the hub, as POST /tester/reset takes it.' }),
  ),
  restart: yes('Stops the hub and starts it on the same data: it is run on a hub of its own.'),
  expect: Type.Optional(ExpectSchema),
  capture: namesOf(
    text(500, { examples: ['/notifications/0/id', 'header location', 'body'] }),
    'Values of the answer for later steps: a JSON Pointer into the body, in which * is every element; a header; or body for all of it.',
  ),
})

/** One scenario file: what it proves, and the steps that prove it. docs/scenarios.md tells how to write one. */
export const ScenarioSchema = closed(
  {
    title: text(120, { description: 'What happens, in a line.' }),
    proves: text(400, { description: 'The promise or the trap, in a sentence.' }),
    needs: Type.Optional(NeedsSchema),
    values: namesOf(Type.Unknown(), 'Values that steps use by name.'),
    steps: Type.Array(StepSchema, { minItems: 1, maxItems: SCENARIO_STEPS_MAX }),
  },
  {
    $id: 'Scenario',
    title: 'Scenario',
    description: 'A story of requests and what must come back, with the hub’s clock and faults in hand.',
    examples: [
      {
        title: 'A child on a plan is found',
        proves: 'A lookup finds the plan that the authority has sent.',
        needs: { clock: '2026-11-24T09:30:00Z' },
        values: { robin: '9990000018' },
        steps: [
          {
            step: 'Halton sends its list',
            request: 'POST /v1/authorities/E06000006/datasets',
            json: {
              sequence: 1,
              extractedAt: '2026-11-24T02:00:00Z',
              recordCount: 1,
              records: [{ nhsNumber: '$robin', planType: 'CPP', startDate: '2026-03-02' }],
            },
            expect: { status: 201, body: { outcome: 'accepted' } },
            capture: { receiptId: '/id' },
          },
        ],
      },
    ],
  },
)
export type ScenarioBody = Static<typeof ScenarioSchema>
export type StepBody = ScenarioBody['steps'][number]
export type ExpectBody = NonNullable<StepBody['expect']>

import type { Static } from 'typebox'
import { SNAPSHOT_NAME_PATTERN } from '../../domain/snapshot-name.js'
import { WORLD_NAMES } from '../../domain/world-name.js'
import { AuthorityCodeSchema, CountSchema, closed, InstantSchema, oneOf, ref } from '../common.js'
import { findingExample } from '../examples.js'
import { ProblemSchema } from '../problem.js'
import { FindingSchema } from '../receipt.js'
import { Type } from '../type.js'

const SnapshotNameSchema = Type.String({
  pattern: SNAPSHOT_NAME_PATTERN,
  description: 'Small letters, digits and hyphens, at most 40.',
  examples: ['before-the-night'],
})

export const SnapshotParams = closed({ name: SnapshotNameSchema })

const snapshotExample = { name: 'before-the-night', createdAt: '2026-11-24T09:30:00.000Z', bytes: 147_456 }

export const SnapshotSchema = closed(
  {
    name: SnapshotNameSchema,
    createdAt: InstantSchema({
      description: 'By the hub’s clock as it was then; of a damaged one, when its file was last written.',
    }),
    bytes: CountSchema('Of its file in the data directory.'),
    damaged: Type.Optional(
      Type.Boolean({
        description:
          'Only there when true: its file cannot be read. It counts until it is deleted or replaced.',
      }),
    ),
  },
  { $id: 'Snapshot', title: 'Snapshot', examples: [snapshotExample] },
)

export const SnapshotListSchema = closed({ items: Type.Array(ref(SnapshotSchema)) })

export const ResetSchema = closed(
  {
    authorityCode: Type.Optional(AuthorityCodeSchema),
  },
  {
    $id: 'Reset',
    title: 'Reset',
    description: 'Without an authority: everything but the snapshots.',
    examples: [{}, { authorityCode: 'E06000006' }],
  },
)
export type ResetBody = Static<typeof ResetSchema>

export const SEED_PLANS_MAX = 5_000

const worldExample = { world: 'small' }

/** Of a seed as JSON, sent or given in process. */
export const SEED_BYTES_MAX = 1_048_576

export const SeedSchema = closed(
  {
    world: Type.Optional(
      oneOf(WORLD_NAMES, {
        description:
          'halton: one authority with all its children. small: three authorities and thirteen people, each trap of the domain once. england: all 153, some 136,000 plans.',
      }),
    ),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Of a world; 1 if left out.',
      }),
    ),
    plans: Type.Optional(
      Type.Array(Type.Object({ authorityCode: AuthorityCodeSchema }, { additionalProperties: true }), {
        minItems: 1,
        maxItems: SEED_PLANS_MAX,
        description:
          'Records as in a dataset, each with its authority; all of one authority are its whole list. Faults are findings, as in a dataset.',
      }),
    ),
  },
  {
    $id: 'Seed',
    title: 'Seed',
    description: 'Either a world, with a seed or without, or plans.',
    examples: [
      worldExample,
      {
        plans: [
          { authorityCode: 'E06000006', nhsNumber: '9990000018', planType: 'CPP', startDate: '2026-03-02' },
        ],
      },
    ],
  },
)
export type SeedBody = Static<typeof SeedSchema>

const findingsOfSeed = (description: string) =>
  Type.Array(closed({ authorityCode: AuthorityCodeSchema, ...FindingSchema.properties }), {
    description: `${description}; \`record\` is the place in the plans that were given, or in the list of a world.`,
  })

export const SeededSchema = closed(
  {
    authorities: CountSchema('Whose lists were replaced.'),
    plans: CountSchema('That stand on the index; what is deleted, or ended too long ago, does not.'),
    people: CountSchema('Of its records, in the register now; also of those that put nothing on the index.'),
    findings: Type.Optional(findingsOfSeed('Of what authorities with partial acceptance handed back')),
  },
  { $id: 'Seeded', title: 'Seeded', examples: [{ authorities: 3, plans: 15, people: 13 }] },
)

export const SeedProblemSchema = Type.Object(
  {
    ...ProblemSchema.properties,
    findings: findingsOfSeed('Every finding'),
  },
  {
    $id: 'SeedProblem',
    title: 'SeedProblem',
    description: 'At least one dataset of the seed would be returned; nothing was changed.',
    examples: [
      {
        type: 'urn:cpis-hub:problem:SEED_RETURNED',
        title: 'A dataset of the seed would be returned',
        status: 422,
        detail: 'Each fault is listed in findings. Mend them and seed again; nothing was changed.',
        code: 'SEED_RETURNED',
        findings: [{ authorityCode: 'E06000006', ...findingExample }],
      },
    ],
  },
)

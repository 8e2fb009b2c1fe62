import type { FastifyInstance } from 'fastify'
import { refuse } from '../../domain/problem.js'
import { ref } from '../../messages/common.js'
import {
  type ResetBody,
  ResetSchema,
  type SeedBody,
  SeededSchema,
  SeedProblemSchema,
  SeedSchema,
} from '../../messages/tester/state.js'
import type { TesterControls } from '../../tester/controls.js'
import { resetAll, resetAuthority } from '../../tester/reset.js'
import { type SeedWish, seed } from '../../tester/seed.js'
import { PROBLEM_TYPE } from '../problems.js'
import { JSON_BODY_PROBLEMS, NO_CONTENT, responses } from '../responses.js'

const SEED_BODY_MAX_BYTES = 1_048_576

export function registerState(app: FastifyInstance, controls: TesterControls): void {
  app.post<{ Body: ResetBody }>(
    '/tester/reset',
    {
      preValidation: async (request) => {
        request.body ??= {}
      },
      schema: {
        tags: ['tester'],
        operationId: 'reset',
        summary: 'Forget everything, or what one authority sent and was told',
        description:
          'Everything: plans, receipts, accesses, queues, settings of authorities, clock, faults, journal and what callers have shown, but not the snapshots.',
        body: ref(ResetSchema),
        response: responses(
          NO_CONTENT,
          ...JSON_BODY_PROBLEMS,
          'AUTHORITY_UNKNOWN',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async ({ body: { authorityCode } }, reply) => {
      await (authorityCode === undefined ? resetAll(controls) : resetAuthority(controls, authorityCode))
      return reply.code(204).send()
    },
  )

  app.post<{ Body: SeedBody }>(
    '/tester/seed',
    {
      bodyLimit: SEED_BODY_MAX_BYTES,
      schema: {
        tags: ['tester'],
        operationId: 'seed',
        summary: 'Fill the index with a world, or with these plans',
        description:
          'Through the intake, as each authority’s next full dataset, which replaces its list. All of it or nothing: one dataset that would be returned is 422 with every finding. The dates of a world count from the hub’s today.',
        body: ref(SeedSchema),
        response: {
          ...responses(
            { 200: ref(SeededSchema) },
            ...JSON_BODY_PROBLEMS,
            'AUTHORITY_UNKNOWN',
            'AUTHORITY_NOT_ONBOARDED',
            'AUTHORITY_SUSPENDED',
            'STORAGE_FULL',
            'STORE_UNAVAILABLE',
          ),
          422: {
            description: 'SEED_RETURNED',
            content: { [PROBLEM_TYPE]: { schema: ref(SeedProblemSchema) } },
          },
        },
      },
    },
    async (request) => seed(controls, wishOf(request.body), request.id),
  )
}

function wishOf({ world, seed: number, plans }: SeedBody): SeedWish {
  if (world !== undefined && plans === undefined)
    return { world, ...(number !== undefined && { seed: number }) }
  if (plans !== undefined && world === undefined && number === undefined) return { plans }
  const fault = { pointer: '', message: 'must have either world, with seed or without, or plans' }
  throw refuse('SCHEMA_VIOLATION', 'A seed is a world or plans; errors says more.', [fault])
}

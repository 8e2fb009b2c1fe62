import type { FastifyInstance } from 'fastify'
import { ref } from '../../messages/common.js'
import {
  type ResetBody,
  ResetSchema,
  SEED_BYTES_MAX,
  type SeedBody,
  SeededSchema,
  SeedProblemSchema,
  SeedSchema,
} from '../../messages/tester/state.js'
import type { TesterControls } from '../../tester/controls.js'
import { reset } from '../../tester/reset.js'
import { seed } from '../../tester/seed.js'
import { seedWishOf } from '../../tester/wishes.js'
import { PROBLEM_TYPE } from '../problems.js'
import { JSON_BODY_PROBLEMS, NO_CONTENT, responses } from '../responses.js'

export function registerState(app: FastifyInstance, controls: TesterControls): void {
  app.post<{ Body: ResetBody }>(
    '/tester/reset',
    {
      preValidation: async (request) => {
        // `null` is a body, and no reset.
        if (request.body === undefined) request.body = {}
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
    async (request, reply) => {
      await reset(controls, request.body)
      return reply.code(204).send()
    },
  )

  app.post<{ Body: SeedBody }>(
    '/tester/seed',
    {
      bodyLimit: SEED_BYTES_MAX,
      schema: {
        tags: ['tester'],
        operationId: 'seed',
        summary: 'Fill the index with a world, or with these plans',
        description:
          'Through the intake, as each authority’s next full dataset, which replaces its list. All of it or nothing: a dataset that would be returned is 422 with every finding. The dates of a world count from the hub’s today.',
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
    async (request) => seed(controls, seedWishOf(request.body), request.id),
  )
}

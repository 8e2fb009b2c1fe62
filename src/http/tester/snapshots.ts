import type { FastifyInstance } from 'fastify'
import { ref } from '../../messages/common.js'
import { SnapshotListSchema, SnapshotParams, SnapshotSchema } from '../../messages/tester/state.js'
import type { TesterControls } from '../../tester/controls.js'
import { keepSnapshot, listSnapshots, removeSnapshot, restoreSnapshot } from '../../tester/snapshots.js'
import { NO_CONTENT, responses } from '../responses.js'

const PATH = '/tester/snapshots'

interface Named {
  Params: { name: string }
}

export function registerSnapshots(app: FastifyInstance, controls: TesterControls): void {
  app.get(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'listSnapshots',
        summary: 'The states that were kept, by name',
        response: responses({ 200: SnapshotListSchema }),
      },
    },
    async () => ({ items: await listSnapshots(controls) }),
  )

  app.post<Named>(
    `${PATH}/:name`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'keepSnapshot',
        summary: 'Keep the state of the hub under a name',
        description:
          'All that the hub remembers, its clock setting and its faults, in a file of the data directory. A taken name is replaced.',
        params: SnapshotParams,
        response: responses(
          { 201: ref(SnapshotSchema) },
          'TESTER_LIMIT',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => reply.code(201).send(await keepSnapshot(controls, request.params.name)),
  )

  app.put<Named>(
    `${PATH}/:name/restore`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'restoreSnapshot',
        summary: 'Bring a state back',
        description: 'Every later answer is as it would have been then, but for new ids and moments.',
        params: SnapshotParams,
        response: responses(
          NO_CONTENT,
          'SNAPSHOT_UNKNOWN',
          'SNAPSHOT_DAMAGED',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => {
      await restoreSnapshot(controls, request.params.name)
      return reply.code(204).send()
    },
  )

  app.delete<Named>(
    `${PATH}/:name`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'removeSnapshot',
        summary: 'Forget a state',
        params: SnapshotParams,
        response: responses(NO_CONTENT, 'SNAPSHOT_UNKNOWN', 'STORE_UNAVAILABLE'),
      },
    },
    async (request, reply) => {
      await removeSnapshot(controls, request.params.name)
      return reply.code(204).send()
    },
  )
}

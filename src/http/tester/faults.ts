import type { FastifyInstance } from 'fastify'
import { closed, ref, text } from '../../messages/common.js'
import { type FaultRuleBody, FaultRuleSchema, FaultSchema } from '../../messages/tester/fault.js'
import { Type } from '../../messages/type.js'
import { checkFault } from '../../tester/check-fault.js'
import type { TesterControls } from '../../tester/controls.js'
import { JSON_BODY_PROBLEMS, responses } from '../responses.js'

interface OfFault {
  Params: { faultId: string }
}

const PATH = '/tester/faults'
const FaultParams = closed({ faultId: text(40) })
const gone = { 204: { description: 'Gone.', type: 'null' } }

export function registerFaults(app: FastifyInstance, { faults, again }: TesterControls): void {
  const fault = ref(FaultSchema)

  app.post<{ Body: FaultRuleBody }>(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'setFault',
        summary: 'Let something go wrong',
        description:
          'For the requests that match, from the next one on, and until it is deleted; no fault happens to /tester or /health. A rule that matches and does not fire (after, times, probability) leaves the request to the next one.',
        body: ref(FaultRuleSchema),
        response: responses({ 201: fault }, ...JSON_BODY_PROBLEMS, 'TESTER_LIMIT'),
      },
    },
    async (request, reply) => {
      checkFault(request.body, faults.routes)
      return reply.code(201).send(faults.add(request.body))
    },
  )

  app.get(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'listFaults',
        summary: 'Every fault, in the order in which they are tried',
        response: responses({ 200: closed({ items: Type.Array(fault) }) }),
      },
    },
    async () => ({ items: faults.list() }),
  )

  app.delete(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'deleteFaults',
        summary: 'Let all go well again',
        description: 'What deliverTwice still has to hand out goes too.',
        response: responses(gone),
      },
    },
    async (_request, reply) => {
      faults.clear()
      again.clear()
      return reply.code(204).send()
    },
  )

  app.get<OfFault>(
    `${PATH}/:faultId`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'getFault',
        summary: 'One fault, and how often it has fired',
        params: FaultParams,
        response: responses({ 200: fault }, 'FAULT_UNKNOWN'),
      },
    },
    async (request) => faults.get(request.params.faultId),
  )

  app.delete<OfFault>(
    `${PATH}/:faultId`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'deleteFault',
        summary: 'Let this one go',
        params: FaultParams,
        response: responses(gone, 'FAULT_UNKNOWN'),
      },
    },
    async (request, reply) => {
      faults.remove(request.params.faultId)
      return reply.code(204).send()
    },
  )
}

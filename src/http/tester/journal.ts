import type { FastifyInstance } from 'fastify'
import { refuse, stopping } from '../../domain/problem.js'
import { ref } from '../../messages/common.js'
import {
  type ExpectationBody,
  ExpectationMetSchema,
  ExpectationNotMetSchema,
  ExpectationSchema,
  REQUESTS_LIMIT_DEFAULT,
  type RequestFilterBody,
  RequestFilterSchema,
  RequestListSchema,
  RequestQuerySchema,
} from '../../messages/tester/journal.js'
import { Type } from '../../messages/type.js'
import type { TesterControls } from '../../tester/controls.js'
import { expectRequests } from '../../tester/expect-requests.js'
import type { RequestFilter } from '../../tester/request-filter.js'
import { goneSignal } from '../gone-signal.js'
import { PROBLEM_TYPE, problemOf } from '../problems.js'
import { JSON_BODY_PROBLEMS, responses } from '../responses.js'
import { boundOf, filterOf, withinMsOf } from './request-wishes.js'
import { shownRequest } from './shown-requests.js'

const PATH = '/tester/requests'

export function registerJournal(app: FastifyInstance, controls: TesterControls, closing: AbortSignal): void {
  const { journal } = controls
  const list = (filter: RequestFilter, limit: number) => {
    const { shown, more } = journal.find(filter, limit)
    return { items: shown.map(shownRequest), dropped: journal.dropped, ...(more && { more }) }
  }

  app.get<{ Querystring: RequestFilterBody }>(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'listRequests',
        summary: 'What arrived, and what was answered',
        description: 'The latest requests but those under /tester, newest first; in memory alone.',
        querystring: RequestQuerySchema,
        response: responses({ 200: RequestListSchema }, 'SCHEMA_VIOLATION'),
      },
    },
    async ({ query }) => list(filterOf(query, journal.routes), query.limit ?? REQUESTS_LIMIT_DEFAULT),
  )

  app.post<{ Body: RequestFilterBody }>(
    `${PATH}/search`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'searchRequests',
        summary: 'The same by a filter that may name an NHS number, which no URL should',
        body: ref(RequestFilterSchema),
        response: responses({ 200: RequestListSchema }, ...JSON_BODY_PROBLEMS, 'INVALID_NHS_NUMBER'),
      },
    },
    async ({ body }) => list(filterOf(body, journal.routes), body.limit ?? REQUESTS_LIMIT_DEFAULT),
  )

  app.delete(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'forgetRequests',
        summary: 'Empty the journal',
        response: { ...responses({}), 204: Type.Unsafe<null>({ type: 'null', description: 'It is empty.' }) },
      },
    },
    async (_request, reply) => {
      journal.clear()
      return reply.code(204).send()
    },
  )

  app.post<{ Body: ExpectationBody }>(
    `${PATH}/expect`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'expectRequests',
        summary: 'Wait until so many requests have come',
        description:
          'Those that are in the journal count as well. 417 as soon as it can no longer be met, or when the time is over.',
        body: ref(ExpectationSchema),
        response: {
          ...responses(
            { 200: ExpectationMetSchema },
            ...JSON_BODY_PROBLEMS,
            'INVALID_NHS_NUMBER',
            'OVERLOADED',
          ),
          417: {
            description: 'EXPECTATION_NOT_MET',
            content: { [PROBLEM_TYPE]: { schema: ref(ExpectationNotMetSchema) } },
          },
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      const expectation = {
        filter: filterOf(body.filter, journal.routes, '/filter'),
        bound: boundOf(body),
        limit: body.filter.limit ?? REQUESTS_LIMIT_DEFAULT,
        withinMs: withinMsOf(body),
      }
      const stop = AbortSignal.any([closing, goneSignal(reply)])
      const { isMet, matched, items, nearMisses } = await expectRequests(controls, expectation, stop)
      if (closing.aborted) throw stopping()
      const found = { matched, items: items.map(shownRequest) }
      if (isMet) return found
      return reply
        .code(417)
        .type(PROBLEM_TYPE)
        .send({
          ...problemOf(notMet(), request.id),
          ...found,
          nearMisses: nearMisses.map(({ entry, differs }) => ({ request: shownRequest(entry), differs })),
        })
    },
  )
}

function notMet() {
  return refuse(
    'EXPECTATION_NOT_MET',
    'Look at `matched`, and at what came instead: `differs` of a near miss names the fields that do not fit.',
  )
}

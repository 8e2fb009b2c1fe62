import type { FastifyInstance } from 'fastify'
import { londonDate } from '../clock.js'
import type { AuthorityCode } from '../domain/local-authority.js'
import { refuse } from '../domain/problem.js'
import { getAuthority, saveAuthority } from '../hub/authorities.js'
import type { HubContext } from '../hub/context.js'
import { type AuthorityChangeBody, AuthorityChangeSchema, AuthoritySchema } from '../messages/authority.js'
import { AuthorityParams, closed, PAGE_LIMIT_DEFAULT, ref } from '../messages/common.js'
import { HeldPlanPage, HeldPlanQuery } from '../messages/plan.js'
import { Type } from '../messages/type.js'
import { hubFor } from './hub-for.js'
import { authorityReply, heldPlanReply } from './replies.js'
import { JSON_BODY_PROBLEMS, responses } from './responses.js'

interface OfAuthority {
  Params: { authorityCode: string }
}

// Unitary authorities, metropolitan districts, London boroughs and counties (domain.md section 8).
const GSS_CODE = /^E(06|08|09|10)\d{6}$/

export function registerAuthorities(app: FastifyInstance, hub: HubContext): void {
  const authority = ref(AuthoritySchema)

  app.get(
    '/v1/authorities',
    {
      schema: {
        tags: ['authorities'],
        operationId: 'listAuthorities',
        summary: 'Every local authority',
        response: responses({ 200: closed({ items: Type.Array(authority) }) }, 'SCHEMA_VIOLATION'),
      },
    },
    async () => {
      const now = hub.clock()
      const authorities = await hub.store.listAuthorities()
      return { items: authorities.map((each) => authorityReply(each, now, hub.rules.freshness)) }
    },
  )

  app.get<OfAuthority>(
    '/v1/authorities/:authorityCode',
    {
      schema: {
        tags: ['authorities'],
        operationId: 'getAuthority',
        summary: 'One local authority',
        params: AuthorityParams,
        response: responses({ 200: authority }, 'SCHEMA_VIOLATION', 'AUTHORITY_UNKNOWN'),
      },
    },
    async (request) =>
      authorityReply(await getAuthority(hub, request.params.authorityCode), hub.clock(), hub.rules.freshness),
  )

  app.put<OfAuthority & { Body: AuthorityChangeBody }>(
    '/v1/authorities/:authorityCode',
    {
      schema: {
        tags: ['authorities'],
        operationId: 'saveAuthority',
        summary: 'Create an authority or change it',
        params: AuthorityParams,
        body: ref(AuthorityChangeSchema),
        response: responses(
          { 200: authority, 201: authority },
          ...JSON_BODY_PROBLEMS,
          'GO_LIVE_GATE',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => {
      const code = getCode(request.params.authorityCode, request.body.code)
      const { code: _, lastDataset: __, freshness: ___, force = false, ...change } = request.body
      const saved = await saveAuthority(hubFor(request, hub), code, change, force)
      return reply
        .code(saved.created ? 201 : 200)
        .send(authorityReply(saved.authority, hub.clock(), hub.rules.freshness))
    },
  )

  app.get<OfAuthority & { Querystring: HeldPlanQuery }>(
    '/v1/authorities/:authorityCode/plans',
    {
      schema: {
        tags: ['authorities'],
        operationId: 'listPlans',
        summary: 'What the hub holds for an authority',
        description: 'Its own plans only, and whether health sees each today.',
        params: AuthorityParams,
        querystring: HeldPlanQuery,
        response: responses({ 200: HeldPlanPage }, 'SCHEMA_VIOLATION', 'CURSOR', 'AUTHORITY_UNKNOWN'),
      },
    },
    async (request) => {
      const { code } = await getAuthority(hub, request.params.authorityCode)
      const { limit = PAGE_LIMIT_DEFAULT, after, visible } = request.query
      const today = londonDate(hub.clock())
      const page = await hub.store.listPlans(code, { limit, after, visible, today })
      return { items: page.items.map((held) => heldPlanReply(held, today)), next: page.next }
    },
  )
}

function getCode(inPath: string, inBody: string | undefined): AuthorityCode {
  const fault = (pointer: string, message: string) =>
    refuse('SCHEMA_VIOLATION', 'The authority’s code cannot be used.', [{ pointer, message }])
  if (!GSS_CODE.test(inPath)) {
    throw fault('/authorityCode', 'must be an ONS GSS code that begins with E06, E08, E09 or E10')
  }
  if (inBody !== undefined && inBody !== inPath) throw fault('/code', 'must be the code of the path')
  return inPath as AuthorityCode
}

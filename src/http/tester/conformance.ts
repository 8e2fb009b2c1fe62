import type { FastifyInstance } from 'fastify'
import { getAuthority } from '../../hub/authorities.js'
import { AuthorityParams, ref } from '../../messages/common.js'
import { ConformanceSchema, OrganisationParams } from '../../messages/tester/conformance.js'
import type { TesterControls } from '../../tester/controls.js'
import { responses } from '../responses.js'

const PATH = '/tester/conformance'

export function registerConformance(app: FastifyInstance, { hub, conformance }: TesterControls): void {
  app.get<{ Params: { authorityCode: string } }>(
    `${PATH}/authorities/:authorityCode`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'checkAuthority',
        summary: 'What an authority’s system has shown that it can do',
        description: 'By what it has sent since the hub was started or reset; in memory alone.',
        params: AuthorityParams,
        response: responses({ 200: ref(ConformanceSchema) }, 'SCHEMA_VIOLATION', 'AUTHORITY_UNKNOWN'),
      },
    },
    async ({ params }) => {
      const { code } = await getAuthority(hub, params.authorityCode)
      return { caller: code, checks: conformance.ofAuthority(code, hub.clock()) }
    },
  )

  app.get<{ Params: { odsCode: string } }>(
    `${PATH}/organisations/:odsCode`,
    {
      schema: {
        tags: ['tester'],
        operationId: 'checkOrganisation',
        summary: 'What a health system has shown that it can do',
        description:
          'The same of a health organisation, through either door; of one that nobody knows, nothing.',
        params: OrganisationParams,
        response: responses({ 200: ref(ConformanceSchema) }, 'SCHEMA_VIOLATION'),
      },
    },
    async ({ params: { odsCode } }) => ({
      caller: odsCode,
      checks: conformance.ofOrganisation(odsCode, hub.clock()),
    }),
  )
}

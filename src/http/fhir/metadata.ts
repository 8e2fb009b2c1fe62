import type { FastifyInstance } from 'fastify'
import { capabilityStatementOf, type FhirRoute } from '../../fhir/capability-statement.js'
import type { HubContext } from '../../hub/context.js'
import { ref } from '../../messages/common.js'
import { CapabilityStatementSchema } from '../../messages/fhir/resources.js'
import { VERSION } from '../../version.js'
import { baseUrlOf, FHIR_BASE, FHIR_TYPE } from './base.js'
import { documentedFormat, documentedHeaders } from './documented.js'
import { fhirResponses } from './outcomes.js'

/** Notes the routes of the FHIR side from here on. */
export function collectRoutes(app: FastifyInstance): readonly FhirRoute[] {
  const routes: FhirRoute[] = []
  app.addHook('onRoute', ({ method, url, config, schema }) => {
    if (schema?.hide || typeof method !== 'string' || method === 'HEAD') return
    routes.push({ method, path: url.slice(FHIR_BASE.length), parameters: config?.parameters })
  })
  return routes
}

/** `GET /metadata`: what this hub can do, as a CapabilityStatement. */
export function registerMetadata(
  app: FastifyInstance,
  hub: HubContext,
  routes: readonly FhirRoute[],
  publicUrl: string | undefined,
): void {
  app.get(
    '/metadata',
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['fhir'],
        operationId: 'readCapabilityStatement',
        summary: 'What this FHIR interface can do',
        headers: documentedHeaders(),
        querystring: documentedFormat,
        response: fhirResponses(200, 'The CapabilityStatement.', ref(CapabilityStatementSchema)),
      },
    },
    async (request, reply) => {
      reply.type(FHIR_TYPE)
      const { startedAt } = hub
      return capabilityStatementOf(routes, {
        url: baseUrlOf(request, publicUrl),
        version: VERSION,
        startedAt,
      })
    },
  )
}

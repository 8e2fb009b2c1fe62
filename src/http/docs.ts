import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'

/** Registers the named schemas and collects the routes; before the routes themselves. */
export async function registerContract(
  app: FastifyInstance,
  schemas: readonly TSchema[],
  version: string,
): Promise<void> {
  for (const schema of schemas) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'cpis-hub',
        version,
        description:
          'A simulated national hub for CP-IS (Child Protection - Information Sharing, England). For tests and rehearsals with synthetic people: not a medical device, not for real people’s data.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The hub that serves this document' }],
      // Nobody is authenticated yet; who may reach the hub is decided by where it listens.
      security: [],
      tags: [
        { name: 'authorities', description: 'Local authorities and what the hub holds of theirs' },
        { name: 'datasets', description: 'An authority’s nightly submission and its receipt' },
        { name: 'lookups', description: 'A health organisation asks about one NHS number' },
        { name: 'attendances', description: 'A health organisation reports a visit' },
        { name: 'notifications', description: 'An authority leases and acknowledges what it is told' },
        {
          name: 'fhir',
          description: 'The national CP-IS FHIR R4 API, for clients that were built for it',
        },
        {
          name: 'personal-demographics',
          description:
            'The Personal Demographics Service (PDS FHIR), simulated, for clients that trace a person first',
        },
        { name: 'operations', description: 'Freshness, health and metrics' },
        {
          name: 'tester',
          description:
            'Controls for whoever tests against the hub: its clock, its state, faults on demand, what arrived. There only when they are on (TESTER_CONTROLS)',
        },
      ],
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, i) => (schema.$id as string | undefined) ?? `def-${i}`,
    },
  })
}

/** `/openapi.json` and `/docs`. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  // Written once: it is large, and callers who do not read would each keep one of their own in memory.
  let document: Buffer | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(app.swagger()))
    return reply.type('application/json; charset=utf-8').send(document)
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
}

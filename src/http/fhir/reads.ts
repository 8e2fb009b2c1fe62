import type { FastifyInstance } from 'fastify'
import type { FhirResource } from 'fhir/r4.js'
import type { TSchema } from 'typebox'
import { resourceNotFound } from '../../fhir/refusal.js'
import { FHIR_TYPE } from './base.js'
import { documentedHeaders, documentedRead } from './documented.js'
import { fhirResponses } from './outcomes.js'

interface ReadRoute {
  type: string
  operationId: string
  summary: string
  schema: TSchema
  read(id: string): Promise<FhirResource | undefined>
}

/** Registers `GET /Type/{id}`, for what a bundle referred to. */
export function registerRead(
  app: FastifyInstance,
  { type, operationId, summary, schema, read }: ReadRoute,
): void {
  app.get<{ Params: { id: string } }>(
    `/${type}/:id`,
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['fhir'],
        operationId,
        summary,
        description: 'Records nothing. An id is good for as long as what it names is shown.',
        headers: documentedHeaders(),
        ...documentedRead,
        response: fhirResponses(200, `The ${type}.`, schema),
      },
    },
    async (request, reply) => {
      const resource = await read(request.params.id)
      if (resource === undefined) throw resourceNotFound(`There is no ${type} of this id, or no longer.`)
      reply.type(FHIR_TYPE)
      return resource
    },
  )
}

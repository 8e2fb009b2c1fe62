import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FhirResource } from 'fhir/r4.js'
import type { TSchema } from 'typebox'
import { refuse } from '../../domain/problem.js'
import { readSearch, type Search, type SearchParameter } from '../../fhir/search.js'
import { searchset } from '../../fhir/searchset.js'
import { Type } from '../../messages/type.js'
import { baseUrlOf, FHIR_TYPE } from './base.js'
import { documentedHeaders, documentedSearch } from './documented.js'
import { fhirResponses } from './outcomes.js'
import { FORM_TYPE } from './parameters.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a FHIR search can be asked for; the capability statement says so. */
    parameters?: readonly SearchParameter[]
  }
}

export interface Found {
  matches: readonly FhirResource[]
  includes?: readonly FhirResource[]
}

interface SearchRoute {
  type: string
  parameters: readonly SearchParameter[]
  /** The name of the operation; that of the form has `ByForm` behind it. */
  operationId: string
  summary: string
  description: string
  headers: [string, TSchema][]
  bundle: TSchema
  /** Whether it can be asked with a form as well. */
  byForm: boolean
  find(search: Search, request: FastifyRequest, reply: FastifyReply): Promise<Found>
}

/** Registers a search: `GET /Type?…`, and `POST /Type/_search` with a form, so that no NHS number need be in a URL. */
export function registerSearch(
  app: FastifyInstance,
  publicUrl: string | undefined,
  route: SearchRoute,
): void {
  const { type, parameters, operationId, summary, description } = route
  const schema = {
    tags: ['fhir'],
    summary,
    description,
    headers: documentedHeaders(...route.headers),
    response: fhirResponses(200, 'A searchset; without entries when nothing is known.', route.bundle),
  }
  const search = async (request: FastifyRequest, reply: FastifyReply) => {
    const asked = readSearch(request.parameters, parameters, isLenient(request))
    const { matches, includes } = await route.find(asked, request, reply)
    const base = baseUrlOf(request, publicUrl)
    reply.type(FHIR_TYPE)
    return searchset(base, selfLink(request, `${base}/${type}`, asked), matches, includes)
  }

  app.get(
    `/${type}`,
    {
      // It would record what it does not answer.
      exposeHeadRoute: false,
      config: { parameters },
      schema: { ...schema, operationId, querystring: documentedSearch(parameters) },
    },
    search,
  )
  if (!route.byForm) return
  const form = documentedSearch(parameters)
  app.post(
    `/${type}/_search`,
    {
      config: { parameters },
      // Read as the parameters of a URL are, and refused in the same words.
      validatorCompiler: () => (value) => ({ value }),
      schema: {
        ...schema,
        operationId: `${operationId}ByForm`,
        querystring: documentedSearch(parameters),
        body: { content: { [FORM_TYPE]: { schema: Type.Object(form.properties) } } },
      },
    },
    search,
  )
  // Else `_search` would be taken for an id.
  app.get(`/${type}/_search`, { exposeHeadRoute: false, schema: { hide: true } }, (_request, reply) => {
    reply.header('allow', 'POST')
    throw refuse('METHOD_NOT_ALLOWED', 'This path takes POST.')
  })
}

const IS_LENIENT = /(?:^|[,;\s])handling\s*=\s*"?lenient"?(?:$|[,;\s])/i

/** `Prefer: handling=lenient`; RFC 7240. */
function isLenient({ headers }: FastifyRequest): boolean {
  return IS_LENIENT.test([headers.prefer ?? ''].flat().join(','))
}

/** The search as it was understood; of a form without its parameters. */
function selfLink({ method }: FastifyRequest, url: string, { understood }: Search): string {
  if (method === 'POST') return url
  return `${url}?${understood.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
}

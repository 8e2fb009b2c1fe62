import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  examples?: unknown[]
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  items?: Schema
  required?: string[]
  properties?: Record<string, Schema>
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

export interface Operation {
  method: string
  path: string
  parameters: { name: string; in: 'path' | 'query' | 'header'; schema: Schema }[]
  bodies: Record<string, { schema: Schema }>
  responses: Record<string, Content>
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      { parameters?: Operation['parameters']; requestBody?: Content; responses: Record<string, Content> }
    >
  >
  components: { schemas: Record<string, Schema> }
}

const document = parse(readFileSync('openapi.yaml', 'utf8')) as Document

/** Every operation of openapi.yaml. */
export const OPERATIONS: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
    method: method.toUpperCase(),
    path,
    parameters,
    bodies: requestBody?.content ?? {},
    responses,
  })),
)

/** The schema that a reference means. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')]
  if (found === undefined) throw new Error(`openapi.yaml has no ${schema.$ref}`)
  return found
}

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false })
ajv.addSchema(document, 'openapi.yaml')
const checks = new Map<string, ValidateFunction>()

function checkOf(schema: Schema): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi.yaml#/components')
  const check = checks.get(text) ?? ajv.compile(JSON.parse(text))
  checks.set(text, check)
  return check
}

export interface Reply {
  status: number
  contentType: string | undefined
  body: string
}

/** What the document does not know of this answer; undefined when it is one that it knows. */
export function unknownIn(responses: Record<string, Content>, { status, contentType = '', body }: Reply) {
  const known = responses[String(status)]
  if (known === undefined) return `no status ${status}`
  const type = contentType.replace(/;.*/, '')
  if (known.content === undefined) return body === '' && type === '' ? undefined : `a body with ${status}`
  const content = known.content?.[type]
  if (content === undefined) return `no ${type || 'empty body'} with ${status}`
  if (type === 'text/plain') return undefined
  const check = checkOf(content.schema)
  return check(JSON.parse(body)) ? undefined : `a ${status} whose ${JSON.stringify(check.errors?.[0])}`
}

/** What is answered where there is no operation: problems alone. */
export const PROBLEMS_ALONE: Record<string, Content> = Object.fromEntries(
  ['400', '403', '404', '405', '408', '413', '415', '421', '431', '503'].map((status) => [
    status,
    {
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        'application/fhir+json': { schema: { $ref: '#/components/schemas/OperationOutcome' } },
      },
    },
  ]),
)

/** What any of these answers, each status with all of its content types. */
export function allTogether(all: Record<string, Content>[]): Record<string, Content> {
  const together: Record<string, Content> = {}
  for (const responses of all) {
    for (const [status, { content }] of Object.entries(responses)) {
      together[status] = { content: { ...together[status]?.content, ...content } }
    }
  }
  return together
}

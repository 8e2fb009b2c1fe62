import type { Static, TObject, TSchema, TSchemaOptions } from 'typebox'
import { Type } from './type.js'

// Only keywords that mean the same in JSON Schema draft-07, which the routes' Ajv speaks, and in 2020-12,
// in which the published schemas are written. `format` does not, so dates and instants are patterns.

/** A closed object: a property that is not listed is an error that names it. */
export function closed<P extends Record<string, TSchema>>(
  properties: P,
  options: TSchemaOptions = {},
): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

type Nullable<S extends TSchema> = Static<S> | null

/** The same schema, or null. */
export function nullable<S extends TSchema>(schema: S, options: TSchemaOptions = {}) {
  const { type, enum: values, ...rest } = schema as S & { type?: string; enum?: unknown[] }
  const widened = { ...rest, ...options, type: [type, 'null'], ...(values && { enum: [...values, null] }) }
  return Type.Unsafe<Nullable<S>>(widened)
}

/** One of a few texts. */
export function oneOf<const V extends readonly string[]>(values: V, options: TSchemaOptions = {}) {
  return Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...options })
}

/** A named schema, by reference; the name becomes a component of openapi.yaml and a file of schemas/. */
export function ref<S extends TSchema>(schema: S & { $id?: string }) {
  return Type.Unsafe<Static<S>>({ $ref: `${schema.$id}#` })
}

// No control character, lone surrogate or mark that changes the reading direction.
// Written out, since not every supplier's regular expressions know \p{Cc}.
export const TEXT_PATTERN =
  '^[^\\u0000-\\u001F\\u007F-\\u009F\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069\\uD800-\\uDFFF]*$'

// The same, but for the line breaks and tabs of a text of several lines.
const LINES_PATTERN = TEXT_PATTERN.replace('\\u0000-\\u001F', '\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F')

export function lines(lengthMax: number, options: TSchemaOptions = {}) {
  return Type.String({ minLength: 1, maxLength: lengthMax, pattern: LINES_PATTERN, ...options })
}

/** Those of texts, whose own words would be of no help to anybody. */
export const TEXT_PATTERNS: readonly string[] = [TEXT_PATTERN, LINES_PATTERN]

const TEXT = new RegExp(TEXT_PATTERN)

/** The same for what comes outside of a schema, in a header or a claim, and not blank. */
export function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= lengthMax && TEXT.test(value)
}

export function text(lengthMax: number, options: TSchemaOptions = {}) {
  return Type.String({ minLength: 1, maxLength: lengthMax, pattern: TEXT_PATTERN, ...options })
}

export const InstantSchema = (options: TSchemaOptions = {}) =>
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$',
    maxLength: 40,
    examples: ['2026-11-24T02:15:00.000Z'],
    ...options,
  })

export const DateSchema = (options: TSchemaOptions = {}) =>
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-03-02'], ...options })

export const NhsNumberSchema = Type.String({
  description: 'Ten digits, bare or written 3-3-4 with spaces or hyphens; the last one fits by modulus 11.',
  maxLength: 40,
  examples: ['9990000018'],
})

export const BareNhsNumberSchema = Type.String({
  description: 'The NHS number, ten bare digits.',
  examples: ['9990000018'],
})

export const AuthorityCodeSchema = Type.String({
  description: 'ONS GSS code of the local authority.',
  examples: ['E06000006'],
})

export const IdSchema = Type.String({
  description: 'Opaque.',
  examples: ['019b2c1e-0000-7000-8000-000000000001'],
})

export const CountSchema = (description: string) => Type.Integer({ minimum: 0, description })

/** Where the next page begins; sent back as `after`. */
export const CursorSchema = Type.String({ maxLength: 200, description: 'The `next` of the page before.' })

export const PAGE_LIMIT_MAX = 500
export const PAGE_LIMIT_DEFAULT = 50

export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_LIMIT_MAX,
      default: PAGE_LIMIT_DEFAULT,
      description: 'Items a page.',
    }),
  ),
  after: Type.Optional(CursorSchema),
}

export function pageOf<S extends TSchema>(item: S) {
  return closed({
    items: Type.Array(item),
    next: nullable(Type.String(), {
      description: 'Send it as `after` for the next page; null on the last one.',
    }),
  })
}

export const AuthorityParams = closed({ authorityCode: AuthorityCodeSchema })

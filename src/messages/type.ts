import type { Type as TypeBox } from 'typebox'

type Builders = Pick<
  typeof TypeBox,
  'Array' | 'Boolean' | 'Integer' | 'Number' | 'Object' | 'Optional' | 'String' | 'Unknown' | 'Unsafe'
>

const OPTIONAL = Symbol('optional')

/**
 * TypeBox's builders of JSON Schema, as many as the messages need, with its types. Its own come with four hundred
 * modules, whose loading was a fifth of the time that a hub took to start.
 */
export const Type = {
  Array: (items: object, options?: object) => ({ type: 'array', items, ...options }),
  Boolean: (options?: object) => ({ type: 'boolean', ...options }),
  Integer: (options?: object) => ({ type: 'integer', ...options }),
  Number: (options?: object) => ({ type: 'number', ...options }),
  Object(properties: Record<string, object>, options?: object) {
    const required = Object.keys(properties).filter((name) => !(OPTIONAL in (properties[name] ?? {})))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  Optional: (schema: object) => ({ ...schema, [OPTIONAL]: true }),
  String: (options?: object) => ({ type: 'string', ...options }),
  Unknown: (options?: object) => ({ ...options }),
  Unsafe: (schema: object) => ({ ...schema }),
  // What TypeScript cannot see is that these make what TypeBox's make; the contract's drift check does.
} as unknown as Builders

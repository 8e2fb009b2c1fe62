import { Type } from './type.js'

/** Open, since a request has many headers; what a key may be is checked where it is read. */
export const idempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        '1 to 255 visible ASCII characters, kept 24 hours for each caller and route: a retry with the same key and body has no second effect.',
      examples: ['5b1f0a52-5f0e-4b5e-9d7e-0b6f0c5f5d11'],
    }),
  ),
})

import type { Static } from 'typebox'
import { closed, InstantSchema, oneOf } from '../common.js'
import { Type } from '../type.js'

const clockExample = {
  now: '2026-11-25T10:30:00.000Z',
  real: '2026-11-24T09:30:00.000Z',
  mode: 'offset',
} as const

/** What a duration of weeks, days and time looks like; domain/duration reads it. */
export const DurationSchema = (description: string, examples: string[]) =>
  Type.String({ maxLength: 60, description, examples })

export const ClockSchema = closed(
  {
    now: InstantSchema({ description: 'The hub’s clock, which every rule reads.' }),
    real: InstantSchema({ description: 'The time as it would be unset.' }),
    mode: oneOf(['real', 'offset', 'frozen'], {
      description: 'offset runs with the real time, ahead of it or behind; frozen stands still.',
    }),
  },
  { $id: 'Clock', title: 'Clock', examples: [clockExample] },
)

export const ClockWishSchema = closed(
  {
    now: Type.Optional(InstantSchema({ description: 'Where the clock shall be. Not beside advance.' })),
    advance: Type.Optional(
      DurationSchema('How much later it shall be: weeks, days (of 24 hours) and time.', ['PT25H', 'P1D']),
    ),
    frozen: Type.Optional(
      Type.Boolean({ description: 'Whether it stands still there; left out, as it was. May stand alone.' }),
    ),
  },
  { $id: 'ClockWish', title: 'ClockWish', examples: [{ advance: 'PT25H' }] },
)
export type ClockWishBody = Static<typeof ClockWishSchema>

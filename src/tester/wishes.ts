import { parseInstant } from '../clock.js'
import { refuse } from '../domain/problem.js'
import type { WorldName } from '../domain/world-name.js'
import type { SeededPlan, SeedWish } from './seed.js'
import type { ClockWish } from './set-clock.js'

interface SeedFields {
  world?: WorldName
  seed?: number
  plans?: readonly SeededPlan[]
}

// What comes in, from a request or in process, has been checked against its schema.

/** Refuses SCHEMA_VIOLATION unless it is either a world or plans. */
export function seedWishOf({ world, seed, plans }: SeedFields): SeedWish {
  if (world !== undefined && plans === undefined) return { world, ...(seed !== undefined && { seed }) }
  if (plans !== undefined && world === undefined && seed === undefined) return { plans }
  const fault = { pointer: '', message: 'must have either world, with seed or without, or plans' }
  throw refuse('SCHEMA_VIOLATION', 'A seed is a world or plans; errors says more.', [fault])
}

interface ClockFields {
  now?: string
  advance?: string
  frozen?: boolean
}

/** Refuses SCHEMA_VIOLATION for a moment that there is not. */
export function clockWishOf({ now: text, ...rest }: ClockFields): ClockWish {
  if (text === undefined) return rest
  const now = parseInstant(text)
  if (now !== undefined) return { now, ...rest }
  const fault = { pointer: '/now', message: 'must be a real RFC 3339 date and time with its offset' }
  throw refuse('SCHEMA_VIOLATION', '`now` is not a moment that exists.', [fault])
}

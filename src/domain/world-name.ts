/** The ready-made worlds that a tester can seed a hub with. */
export const WORLD_NAMES = ['halton', 'small', 'england'] as const
export type WorldName = (typeof WORLD_NAMES)[number]

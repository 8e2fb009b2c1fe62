import { HALTON, syntheticNumber, WARRINGTON } from '../helpers/seed.js'

/** The authorities that send, and the children whom every one of their datasets holds. */
export const AUTHORITIES = [HALTON, WARRINGTON]

const NUMBERS = Array.from({ length: 506 }, (_, n) => syntheticNumber(n))
const MOVING = NUMBERS.slice(6)
const STEP = 25

/** Looked up while datasets come and go; who holds each of them never changes. */
export const CHILDREN = NUMBERS.slice(0, 6).map((nhsNumber, n) => ({
  nhsNumber,
  holders: AUTHORITIES.filter((_, authority) => n % 3 === 2 || n % 3 === authority),
}))

/**
 * The nth dataset of an authority: the children who stay, their local ids new each time, and fifty plans of which
 * half are new and half were there before. No two of them show the same index, and no mixture of two shows either.
 */
export function datasetOf(authority: string, sequence: number) {
  const staying = CHILDREN.filter(({ holders }) => holders.includes(authority))
  const moving = Array.from({ length: 2 * STEP }, (_, n) => ({
    nhsNumber: MOVING[(sequence * STEP + n) % MOVING.length] as string,
  }))
  const records = [...staying, ...moving].map(({ nhsNumber }) => ({
    nhsNumber,
    planType: 'CPP',
    startDate: '2021-03-02',
    localId: `${sequence}-${nhsNumber.slice(-4)}`,
  }))
  const extractedAt = new Date(Date.UTC(2021, 3, 1, 2, sequence)).toISOString()
  const body = { sequence, extractedAt, recordCount: records.length, records }
  return { body, visible: records.map(shown) }
}

/** A phone number, from the range kept for invention, that stands for a value of the profile. */
export function phoneOf(value: number): string {
  return `01632 960006 extension ${value}`
}

export function profileOf(phone: string): number {
  return Number(/ extension (\d+)$/.exec(phone)?.[1] ?? 0)
}

export function shown(plan: {
  nhsNumber: string
  planType: string
  startDate: string
  localId: string | null
}): string {
  return [plan.nhsNumber, plan.planType, plan.startDate, plan.localId].join(' ')
}

import type { Instant } from '../clock.js'
import type { CalendarDate } from '../domain/calendar.js'
import type { EnglishAuthority } from '../reference/england.js'
import { SYNTHETIC_NUMBERS_MAX, syntheticNhsNumbers } from './nhs-numbers.js'
import { PeopleMaker, type SyntheticRecord } from './people.js'
import { Random } from './random.js'

// The department publishes no figure below these; an authority without one has a few children all the same.
const SUPPRESSED_ON_PLAN = 3
const SUPPRESSED_LOOKED_AFTER = 5
const UNBORN_SHARE = 0.02
const BOTH_SHARE = 0.03
const ENDED_SHARE = 0.04

/** A dataset in the form in which it is posted. */
export interface SyntheticDataset {
  sequence: number
  extractedAt: Instant
  mode: 'full'
  recordCount: number
  childrenInScope: number
  records: SyntheticRecord[]
}

export interface SyntheticEnglandWish {
  seed: number
  /** 1 is the real volume: about 131,000 open plans in all of England. */
  scale: number
  today: CalendarDate
  sequence: number
  extractedAt: Instant
  authorities: readonly EnglishAuthority[]
  /** Make only the dataset of this authority, exactly as it is among all the others. */
  only?: string
}

/** One dataset for each authority. The same wish gives the same bytes; nobody in it exists. */
export function* syntheticEngland(
  wish: SyntheticEnglandWish,
): Generator<{ authority: EnglishAuthority; dataset: SyntheticDataset }> {
  const headcounts = wish.authorities.map((authority) => headcountOf(authority, wish.scale))
  refuseTooMany(headcounts, wish.scale)
  const numbers = syntheticNhsNumbers(new Random(`${wish.seed}`))
  for (const [i, authority] of wish.authorities.entries()) {
    const headcount = headcounts[i] as Headcount
    if (wish.only === undefined || wish.only === authority.code) {
      yield { authority, dataset: datasetOf(wish, authority, headcount, numbers) }
    } else {
      for (let skipped = 0; skipped < headcount.people; skipped += 1) numbers.next()
    }
  }
}

interface Headcount {
  onPlan: number
  lookedAfter: number
  /** How many of these are on a plan and looked after. */
  both: number
  unborn: number
  ended: number
  people: number
}

/** Fixed by the volumes alone, so that one authority's share of the NHS numbers is known without the others. */
function headcountOf(authority: EnglishAuthority, scale: number): Headcount {
  const plans = Math.round((authority.onPlan ?? SUPPRESSED_ON_PLAN) * scale)
  const unborn = Math.round(plans * UNBORN_SHARE)
  const onPlan = plans - unborn
  const inCare = Math.round((authority.lookedAfter ?? SUPPRESSED_LOOKED_AFTER) * scale)
  // Nobody at all would be an empty dataset, which a hub returns.
  const lookedAfter = plans + inCare === 0 ? 1 : inCare
  const both = Math.min(onPlan, Math.round(lookedAfter * BOTH_SHARE))
  const ended = Math.round((plans + lookedAfter) * ENDED_SHARE)
  return { onPlan, lookedAfter, both, unborn, ended, people: plans + lookedAfter - both + ended }
}

function refuseTooMany(headcounts: Headcount[], scale: number): void {
  const people = headcounts.reduce((sum, headcount) => sum + headcount.people, 0)
  if (people <= SYNTHETIC_NUMBERS_MAX) return
  const count = (n: number) => n.toLocaleString('en-GB')
  const most = Math.floor(((10 * scale * SYNTHETIC_NUMBERS_MAX) / people) * 0.999) / 10
  throw new RangeError(
    `A scale of ${scale} needs ${count(people)} synthetic NHS numbers, and the range 999 has only ${count(SYNTHETIC_NUMBERS_MAX)}. Take ${most} or less.`,
  )
}

function datasetOf(
  wish: SyntheticEnglandWish,
  authority: EnglishAuthority,
  headcount: Headcount,
  numbers: Iterator<string>,
): SyntheticDataset {
  const random = new Random(`${wish.seed} ${authority.code}`)
  const people = new PeopleMaker(random, wish.today, numbers, localPrefix(authority.name))
  const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
  const { onPlan, lookedAfter, both, unborn, ended, people: all } = headcount
  const records = [
    ...times(both, () => people.childOn('CPP', 'LAC')).flat(),
    ...times(onPlan - both, () => people.childOn('CPP')).flat(),
    ...times(lookedAfter - both, () => people.childOn('LAC')).flat(),
    ...times(unborn, () => people.mother()),
    ...times(ended, (i) => people.childFormerlyOn(i % 2 === 0 ? 'CPP' : 'LAC')),
  ]
  return {
    sequence: wish.sequence,
    extractedAt: wish.extractedAt,
    mode: 'full',
    recordCount: records.length,
    childrenInScope: all - ended,
    records,
  }
}

/** `HAL` for Halton. */
function localPrefix(name: string): string {
  return name
    .replace(/[^A-Za-z]/g, '')
    .slice(0, 3)
    .toUpperCase()
}

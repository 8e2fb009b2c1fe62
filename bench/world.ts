import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addMs, DAY_MS, londonDate, systemClock } from '../src/clock.js'
import { ENGLAND } from '../src/reference/england.js'
import { datasetJson } from '../src/synthetic/dataset-text.js'
import { type SyntheticDataset, syntheticEngland } from '../src/synthetic/england.js'

/** One authority's dataset of one night, on disk. */
export interface DatasetFile {
  code: string
  file: string
}

/** Nights of England on disk, and children who are on a plan in all of them. */
export interface World {
  nights: DatasetFile[][]
  /** NHS numbers with just one open plan, from all over the country. */
  children: string[]
  /** Ten times as many, for lookups that leave something behind with each child. */
  manyChildren: string[]
}

/** Writes two nights of England, as they are on two days one after the other: about half a per cent changes. */
export function writeEngland(folder: string): World {
  const now = systemClock()
  const days = [addMs(now, -DAY_MS), now].map(londonDate)
  const plans = new Map<string, number>()
  const nights = days.map((today, night) =>
    writeNight(
      join(folder, `night-${night + 1}`),
      datasetsOf({ seed: 1, scale: 1, today, sequence: night + 1 }),
      plans,
    ),
  )
  return { nights, ...childrenOf(plans, nights.length) }
}

/**
 * Writes one night of ten times England's plans. There are only some 909,000 synthetic NHS numbers, so two
 * Englands of five times the size share them, and a child may be on a plan of two authorities.
 */
export function writeTenEnglands(folder: string): World {
  const wish = { scale: 5, today: londonDate(systemClock()), sequence: 1 }
  const plans = new Map<string, number>()
  const both = [datasetsOf({ ...wish, seed: 1 }), datasetsOf({ ...wish, seed: 2 })] as const
  return { nights: [writeNight(folder, merged(...both), plans)], ...childrenOf(plans, 1) }
}

type Dated = { code: string; dataset: SyntheticDataset }

function* datasetsOf(wish: {
  seed: number
  scale: number
  today: ReturnType<typeof londonDate>
  sequence: number
}): Generator<Dated> {
  const extractedAt = addMs(systemClock(), wish.sequence)
  for (const { authority, dataset } of syntheticEngland({ ...wish, extractedAt, authorities: ENGLAND })) {
    yield { code: authority.code, dataset }
  }
}

function* merged(first: Generator<Dated>, second: Generator<Dated>): Generator<Dated> {
  for (const { code, dataset } of first) {
    const other = second.next().value as Dated
    const known = new Set(dataset.records.map(({ nhsNumber }) => nhsNumber))
    const records = [
      ...dataset.records,
      ...other.dataset.records.filter(({ nhsNumber }) => !known.has(nhsNumber)),
    ]
    yield { code, dataset: { ...dataset, records, recordCount: records.length } }
  }
}

/** Counts in `plans` how often each number is written with an open plan. */
function writeNight(folder: string, datasets: Iterable<Dated>, plans: Map<string, number>): DatasetFile[] {
  mkdirSync(folder, { recursive: true })
  const files: DatasetFile[] = []
  for (const { code, dataset } of datasets) {
    const file = join(folder, `${code}.json`)
    writeFileSync(file, datasetJson(dataset))
    files.push({ code, file })
    for (const { nhsNumber, endDate } of dataset.records) {
      if (endDate === undefined) plans.set(nhsNumber, (plans.get(nhsNumber) ?? 0) + 1)
    }
  }
  return files
}

const CHILDREN = 6_400

function childrenOf(plans: Map<string, number>, nights: number): Pick<World, 'children' | 'manyChildren'> {
  const once = [...plans].flatMap(([nhsNumber, count]) => (count === nights ? [nhsNumber] : []))
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => once[Math.floor((i * once.length) / count)] as string)
  return { children: some(CHILDREN), manyChildren: some(CHILDREN * 10) }
}

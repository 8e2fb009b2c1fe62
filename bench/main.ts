import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MINUTE_MS, waitMs } from '../src/clock.js'
import { printFigure, printMachine } from './figures.js'
import {
  compareRates,
  countQueued,
  giveHistory,
  type LookupKind,
  measureLookups,
  SCHEDULED,
  SILENT_CARE_TEAMS,
  type Turns,
  UNSCHEDULED,
} from './lookups.js'
import { measureNightLatency, measureNights, sendNight } from './nights.js'
import { startHub } from './processes.js'
import { measureStarts } from './starts.js'
import { type World, writeEngland, writeTenEnglands } from './world.js'

// npm run bench -- [--only scheduled,night] [--turns 3] [--seconds 5]

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    turns: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
  },
})
const turns: Turns = { turns: Number(values.turns), seconds: Number(values.seconds) }

const FIGURES: Record<string, (england: World, folder: string) => Promise<void>> = {
  scheduled: (england, folder) => measureSilent(SCHEDULED, england, folder),
  fhir: (england, folder) => measureSilent(SILENT_CARE_TEAMS, england, folder),
  unscheduled: (england, folder) => measureUnscheduled(england, folder),
  controls: (england, folder) => measureControls(england, folder),
  night: (england, folder) => measureNights(england, turns, folder),
  latency: (england, folder) => measureNightLatency(england, turns, folder),
  ten: (england, folder) => measureTenEnglands(england, folder),
  start: (england, folder) => measureStarts(england, turns, folder),
  memory: (england, folder) => measureMemory(england, folder),
}

async function measureSilent(kind: LookupKind, england: World, folder: string): Promise<void> {
  const hub = await startHub(mkdtempSync(join(folder, 'silent-')))
  await sendNight(hub, england, 1)
  await giveHistory(hub, england.children)
  await measureLookups(hub, england.children, kind, turns, folder)
  await hub.kill('SIGTERM')
}

/** Without the collapse, so that each is an event of its own; with more children, so that none comes to have many. */
async function measureUnscheduled(england: World, folder: string): Promise<void> {
  const hub = await startHub(join(folder, 'unscheduled'), { COLLAPSE_HOURS: '0' })
  await sendNight(hub, england, 1)
  const answered = await measureLookups(hub, england.manyChildren, UNSCHEDULED, turns, folder)
  const queued = await countQueued(hub)
  if (queued < answered) throw new Error(`${answered} hits were answered, and ${queued} notifications queued`)
  await hub.kill('SIGTERM')
}

/** What the controls of testers cost, journal included: the same hub with them and without. */
async function measureControls(england: World, folder: string): Promise<void> {
  const start = async (name: string, settings: Record<string, string>) => {
    const hub = await startHub(join(folder, name), { COLLAPSE_HOURS: '0', ...settings })
    await sendNight(hub, england, 1)
    return { hub, children: england.manyChildren }
  }
  const plain = await start('plain', {})
  const controlled = await start('controlled', { TESTER_CONTROLS: 'true' })
  for (const kind of [SCHEDULED, UNSCHEDULED]) {
    const rates = await compareRates(plain, controlled, turns, kind)
    printFigure({
      name: `${kind.name}, with the controls on`,
      unit: 'requests/s',
      hub: rates.second,
      baseline: rates.first,
      aim: '>= 0.8',
    })
  }
  for (const { hub } of [plain, controlled]) await hub.kill('SIGTERM')
}

async function measureTenEnglands(england: World, folder: string): Promise<void> {
  const ten = writeTenEnglands(join(folder, 'ten'))
  const hubs = [await startHub(join(folder, 'one-data')), await startHub(join(folder, 'ten-data'))] as const
  await sendNight(hubs[0], england, 1)
  await sendNight(hubs[1], ten, 1)
  const rates = await compareRates(
    { hub: hubs[0], children: england.children },
    { hub: hubs[1], children: ten.children },
    turns,
  )
  printFigure({
    name: 'ten times England, rate of scheduled lookups',
    unit: 'requests/s',
    hub: rates.second,
    baseline: rates.first,
    aim: '>= 0.7',
  })
  for (const hub of hubs) await hub.kill('SIGTERM')
}

async function measureMemory(england: World, folder: string): Promise<void> {
  const hub = await startHub(join(folder, 'memory'))
  const before = hub.residentMib()
  await sendNight(hub, england, 1)
  const after = hub.residentMib()
  await waitMs(MINUTE_MS)
  const text = [before, after, hub.residentMib()].map((mib) => mib.toFixed(0)).join(', ')
  console.log(`resident MiB: at start, after England, a minute later: ${text}; aim < 150\n`)
  await hub.kill('SIGTERM')
}

const folder = mkdtempSync(join(tmpdir(), 'cpis-hub-bench-'))
try {
  printMachine()
  const england = writeEngland(join(folder, 'england'))
  const names = values.only?.split(',') ?? Object.keys(FIGURES)
  for (const name of names) {
    const measure = FIGURES[name]
    if (measure === undefined)
      throw new Error(`There is no figure ${name}; there are ${Object.keys(FIGURES)}.`)
    await measure(england, folder)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { median, printFigure } from './figures.js'
import type { SentRequest } from './load.js'
import { load, SCHEDULED, startBareRoute, type Turns } from './lookups.js'
import { runJob, type Server, startHub } from './processes.js'
import type { World } from './world.js'

/** Sends one night to a hub, as the datasets of this sequence, and answers the milliseconds. */
export function sendNight(hub: Server, world: World, sequence: number): Promise<number> {
  const files = world.nights[(sequence - 1) % world.nights.length]
  return runJob<number>('send-night', { url: hub.url, files, sequence })
}

function bareNight(world: World, database: string, night: number): Promise<number> {
  return runJob<number>('bare-night', { database, files: world.nights[night] })
}

const NIGHT_NAMES = ['national night', 'second night, 0.5 % changed']
const NIGHT_AIMS = ['<= 2', '<= 1.5']

/** Both nights, each turn on a new hub and a new file. */
export async function measureNights(world: World, { turns }: Turns, folder: string): Promise<void> {
  const times = NIGHT_NAMES.map(() => ({ hub: [] as number[], baseline: [] as number[] }))
  for (let turn = 0; turn < turns; turn += 1) {
    const database = join(folder, 'bare.sqlite')
    const dataDir = join(folder, 'night-data')
    for (const file of [database, `${database}-wal`, `${database}-shm`, dataDir])
      rmSync(file, { recursive: true, force: true })
    const hub = await startHub(dataDir)
    for (const [night, { hub: ours, baseline }] of times.entries()) {
      baseline.push(await bareNight(world, database, night))
      ours.push(await sendNight(hub, world, night + 1))
    }
    await hub.kill('SIGTERM')
  }
  for (const [night, both] of times.entries()) {
    printFigure({ name: NIGHT_NAMES[night] as string, unit: 'ms', ...both, aim: NIGHT_AIMS[night] as string })
  }
}

const STEADY_RATE = 200
const STEADY_SECONDS = 10

/**
 * The 99th percentile of scheduled lookups at a steady rate, as a multiple of what it is at rest, while nights are sent
 * one after the other without a pause. The baseline is a bare route beside bare nights.
 */
export async function measureNightLatency(world: World, { turns }: Turns, folder: string): Promise<void> {
  const ratios = { hub: [] as number[], baseline: [] as number[] }
  const requests = world.children.map(SCHEDULED.requestOf)
  for (let turn = 0; turn < turns; turn += 1) {
    const hub = await startHub(join(folder, `latency-${turn}`))
    await sendNight(hub, world, 1)
    const bare = await startBareRoute(hub, requests[0] as SentRequest, folder)
    const database = join(folder, `latency-${turn}.sqlite`)
    const p99 = async (server: Server) => (await load(server, requests, STEADY_SECONDS, STEADY_RATE)).p99Ms
    const besides = async (server: Server, work: (night: number) => Promise<unknown>) => {
      const busy = { until: p99(server).finally(() => (busy.over = true)), over: false }
      for (let night = 1; !busy.over; night += 1) await work(night)
      return busy.until
    }
    const rest = { baseline: await p99(bare), hub: await p99(hub) }
    const night = {
      baseline: await besides(bare, (n) => bareNight(world, database, (n - 1) % world.nights.length)),
      hub: await besides(hub, (n) => sendNight(hub, world, n + 1)),
    }
    for (const side of ['hub', 'baseline'] as const) ratios[side].push(night[side] / rest[side])
    await Promise.all([hub.kill('SIGTERM'), bare.kill('SIGKILL')])
  }
  const aim = Math.max(3, 2 * median(ratios.baseline))
  printFigure({
    name: 'p99 of lookups in the night',
    unit: 'times at rest',
    ...ratios,
    aim: `hub <= ${aim.toFixed(1)}`,
  })
}

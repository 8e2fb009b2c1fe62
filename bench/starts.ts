import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { median, printFigure } from './figures.js'
import type { Turns } from './lookups.js'
import { sendNight } from './nights.js'
import { startBare, startHub } from './processes.js'
import type { World } from './world.js'

/** From the start of the process until `/health/ready` is answered; in an empty directory, and with England after kill -9. */
export async function measureStarts(world: World, { turns }: Turns, folder: string): Promise<void> {
  const empty = { hub: [] as number[], baseline: [] as number[] }
  const england = { hub: [] as number[], baseline: [] as number[] }
  const held = join(folder, 'start-england')
  const first = await startHub(held)
  await sendNight(first, world, 1)
  await first.kill('SIGKILL')
  for (let turn = 0; turn < turns * 2; turn += 1) {
    const fresh = join(folder, 'start-empty')
    const bareFile = join(folder, 'start-bare.sqlite')
    for (const path of [fresh, bareFile]) rmSync(path, { recursive: true, force: true })
    for (const { times, dataDir } of [
      { times: empty, dataDir: fresh },
      { times: england, dataDir: held },
    ]) {
      const bare = await startBare('bare-start', [bareFile])
      times.baseline.push(bare.readyMs)
      await bare.kill('SIGKILL')
      const hub = await startHub(dataDir)
      times.hub.push(hub.readyMs)
      await hub.kill('SIGKILL')
    }
  }
  const aim = (ms: number, baseline: number[]) => `hub <= ${Math.max(ms, 2 * median(baseline)).toFixed(0)} ms`
  printFigure({ name: 'ready after start, empty', unit: 'ms', ...empty, aim: aim(400, empty.baseline) })
  printFigure({
    name: 'ready with England, after kill -9',
    unit: 'ms',
    ...england,
    aim: aim(600, england.baseline),
  })
}

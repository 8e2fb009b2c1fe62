import type { CAC } from 'cac'
import { createHub, type Hub } from '../index.js'
import { pc } from './colours.js'
import { Demonstration } from './demonstration.js'
import { HubClient } from './hub-client.js'
import { flagOption, numberOption, type Options, UsageError } from './options.js'

export function registerDemo(cli: CAC): void {
  cli
    .command('demo', 'See the whole loop in two minutes, on a hub of its own that keeps nothing')
    .option('--scale <x>', 'How much of England; 1 is the real number of children (default: 1)')
    .option('--keep', 'Leave the hub up afterwards, until Ctrl-C')
    .action(demo)
}

async function demo(options: Options): Promise<void> {
  const scale = numberOption(options, 'scale', { min: 0, max: 6, whole: false }) ?? 1
  if (scale === 0) throw new UsageError('--scale must be more than 0.')
  const keep = flagOption(options, 'keep')
  const hub = await createHub()
  try {
    const url = await hub.listen()
    await new Demonstration(new HubClient(url), scale).show()
    if (keep) await stayUp(hub, url)
  } finally {
    await hub.close()
  }
}

async function stayUp(hub: Hub, url: string): Promise<void> {
  console.log(`\nThe hub stays up on ${pc.bold(url)} (documentation: ${url}/docs). Ctrl-C ends it.`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  console.log(`\nClosing; nothing of ${hub.url} is kept.`)
}

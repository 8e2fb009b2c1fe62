import type { CAC } from 'cac'
import { HubClient, type LeaseReply } from './hub-client.js'
import { keepNotifications, openDirectory } from './notification-files.js'
import { notificationLines } from './notification-text.js'
import {
  authorityOption,
  flagOption,
  hubOption,
  needed,
  numberOption,
  type Options,
  textOption,
} from './options.js'
import { authorityText, countText, printJson } from './terminal.js'

const LEASED_AT_ONCE = 100
const LEASE_SECONDS = 60

export function registerDrain(cli: CAC): void {
  cli
    .command('notifications drain', 'Take an authority’s notifications, keep them, and only then acknowledge')
    .option('--authority <code>', 'Whose notifications, by ONS code')
    .option('--out <dir>', 'Write each to a file of its own here; without it they are printed')
    .option('--hub <url>', 'Address of the hub (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--lease-seconds <n>', `When an unacknowledged one comes back (default: ${LEASE_SECONDS})`)
    .option('--json', 'Print one JSON document')
    .example((bin) => `  $ ${bin} notifications drain --authority E06000006 --out inbox`)
    .action(drain)
}

type Notification = LeaseReply['notifications'][number]

/** Where notifications go; `keep` returns when they are kept for good. */
interface Keeper {
  keep(notifications: Notification[]): Promise<void>
  finish(acknowledged: number): Promise<void>
}

async function drain(options: Options): Promise<void> {
  const authorityCode = needed(authorityOption(options), 'authority')
  const hub = new HubClient(await hubOption(options))
  const leaseSeconds = numberOption(options, 'lease-seconds', { min: 1, max: 3600 }) ?? LEASE_SECONDS
  const out = textOption(options, 'out')
  const json = flagOption(options, 'json')
  if (out !== undefined) await openDirectory(out)
  const keeper = out === undefined ? printer(authorityCode, json) : filer(authorityCode, out, json)
  let acknowledged = 0
  for (;;) {
    const lease = await hub.lease(authorityCode, { max: LEASED_AT_ONCE, leaseSeconds })
    if (lease.leaseId === null) break
    await keepOrRelease(hub, authorityCode, lease, keeper)
    const ids = lease.notifications.map(({ id }) => id)
    await hub.acknowledge(authorityCode, ids)
    acknowledged += ids.length
  }
  await keeper.finish(acknowledged)
}

/** What could not be kept is given back at once, so that the next attempt need not wait for the lease to run out. */
async function keepOrRelease(hub: HubClient, code: string, lease: LeaseReply, keeper: Keeper): Promise<void> {
  try {
    await keeper.keep(lease.notifications)
  } catch (error) {
    const ids = lease.notifications.map(({ id }) => id)
    await hub.release(code, ids, lease.leaseId as string).catch(() => {
      // The lease runs out by itself.
    })
    const { message } = error as Error
    throw new Error(
      `${message} ${countText(ids.length, 'notification')} not acknowledged; the hub keeps them and gives them again.`,
    )
  }
}

function filer(authorityCode: string, directory: string, json: boolean): Keeper {
  const files: string[] = []
  return {
    async keep(notifications) {
      files.push(...(await keepNotifications(directory, notifications)))
    },
    async finish(acknowledged) {
      if (json) printJson({ authorityCode, acknowledged, directory, files })
      else if (acknowledged === 0) console.log(`${authorityText(authorityCode)}: nothing was queued.`)
      else {
        const count = countText(acknowledged, 'notification')
        console.log(`${authorityText(authorityCode)}: ${count} written to ${directory}, then acknowledged.`)
      }
    },
  }
}

/** Prints as it goes: each batch is acknowledged once stdout took it. */
function printer(authorityCode: string, json: boolean): Keeper {
  let printed = 0
  return {
    async keep(notifications) {
      for (const notification of notifications) {
        const before = printed === 0 ? jsonHead(authorityCode) : ',\n'
        await print(
          json
            ? `${before}${JSON.stringify(notification)}`
            : `${notificationLines(notification).join('\n')}\n`,
        )
        printed += 1
      }
    },
    async finish(acknowledged) {
      const tail = `${printed === 0 ? jsonHead(authorityCode) : ''}\n], "acknowledged": ${acknowledged}}\n`
      const count =
        acknowledged === 0 ? 'nothing was queued' : `${countText(acknowledged, 'notification')} acknowledged`
      await print(json ? tail : `${authorityText(authorityCode)}: ${count}.\n`)
    },
  }
}

function jsonHead(authorityCode: string): string {
  return `{"authorityCode": ${JSON.stringify(authorityCode)}, "notifications": [\n`
}

/** Resolves when the text has left this process. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(new Error(`The output was closed (${(error as NodeJS.ErrnoException).code}).`))
      else resolve()
    })
  })
}

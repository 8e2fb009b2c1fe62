import type { CAC } from 'cac'
import { waitMs } from '../clock.js'
import { type HubConfig, isLoopback, readConfig } from '../config.js'
import { createHub, type Hub } from '../index.js'
import { pc } from './colours.js'
import { numberOption, type Options, textOption } from './options.js'
import { clearReadyFile, writeReadyFile } from './ready-file.js'

export function registerServe(cli: CAC): void {
  cli
    .command('serve', 'Start the hub; settings come from the environment, see the README')
    .option('--port <port>', 'Where to listen, instead of PORT; 0 is any port that is free')
    .option('--ready-file <file>', 'Write the hub’s URL into this file once it is ready')
    .action(async (options: Options) => {
      const port = numberOption(options, 'port', { min: 0, max: PORT_MAX })
      const readyFile = textOption(options, 'ready-file')
      if (readyFile !== undefined) clearReadyFile(readyFile)
      await serve({ ...readConfig(), ...(port !== undefined && { port }) }, readyFile)
    })
}

const PORT_MAX = 65_535

/**
 * Starts a hub as a process of its own; SIGTERM and SIGINT let it finish what is in flight, and a start that they come
 * into is finished first, since it may be in the middle of bringing the database up to date.
 */
async function serve(config: HubConfig, readyFile: string | undefined): Promise<void> {
  let hub: Hub | undefined
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    // A second signal would otherwise end the process at once, with what is in flight.
    if (stopping) return
    stopping = true
    console.log(`${signal}: finishing what is in flight.`)
    if (hub !== undefined) closeCleanly(hub)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const opened = await createHub(config)
  opened.onFailure((reason) => void giveUp(opened, reason))
  hub = opened
  if (stopping) closeCleanly(opened)
  // Whoever reads the greeting may send a signal at once.
  else greet(config, await listen(opened, readyFile))
}

/** Listens, and says so in the file. */
async function listen(hub: Hub, readyFile: string | undefined): Promise<string> {
  const url = await hub.listen()
  try {
    if (readyFile !== undefined) writeReadyFile(readyFile, url)
  } catch (error) {
    await hub.close()
    throw error
  }
  return url
}

function closeCleanly(hub: Hub): void {
  hub.close().catch((error: Error) => {
    console.error(`The hub did not stop cleanly: ${error.message}`)
    process.exitCode = 1
  })
}

const GIVE_UP_MS = 2_000

/** The disk or the database failed: a new start recovers, and this process would only be in its way. */
async function giveUp(hub: Hub, reason: string): Promise<void> {
  console.error(`cpis-hub: the storage has failed (${reason}). Start the hub again to recover.`)
  await Promise.race([hub.close().catch(() => {}), waitMs(GIVE_UP_MS)])
  process.exit(1)
}

function greet(config: HubConfig, url: string): void {
  const keeps =
    config.dataDir === ':memory:'
      ? 'keeps nothing (DATA_DIR=:memory:)'
      : `keeps its data in ${config.dataDir}`
  console.log(`cpis-hub listens on ${pc.bold(url)} and ${keeps}.`)
  console.log(`Documentation: ${url}/docs`)
  if (config.testerControls)
    console.log('Tester controls are on: whoever reaches the hub can set its clock, break it and empty it.')
  console.log(`Try: ${tryLine(url)}`)
  if (!isLoopback(config.host)) {
    console.warn(
      pc.yellow(`Warning: anybody who can reach ${config.host} can read and write: nobody is authenticated.`),
    )
  }
}

function tryLine(url: string): string {
  const requester =
    '{"organisation":{"odsCode":"RBN01","name":"Whiston"},"user":{"id":"u1","name":"Jo Bright","roleName":"Nurse"}}'
  return `curl -s ${url}/v1/lookups -H 'content-type: application/json' -d '{"nhsNumber":"9990000018","requester":${requester}}'`
}

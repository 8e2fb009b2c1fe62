import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config.js'
import { createHub, type Hub } from '../index.js'
import { overHttp } from '../scenarios/http-transport.js'
import type { Stage } from '../scenarios/run-scenario.js'
import type { HubRequest } from '../scenarios/transport.js'

/** A hub that is started for scenarios alone, on a free port, and leaves nothing behind. */
export interface OwnHub extends Stage {
  close(): Promise<void>
}

/** Starts one with these settings, named as in the environment; throws ConfigError when one of them is wrong. */
export async function openOwnHub(settings: Record<string, string | number | boolean> = {}): Promise<OwnHub> {
  const texts = Object.entries(settings).map(([name, value]) => [name, String(value)])
  const config = readConfig(Object.fromEntries(texts))
  const dataDir = await mkdtemp(join(tmpdir(), 'cpis-hub-scenarios-'))
  const open = () => createHub({ ...config, dataDir, port: 0, logLevel: 'silent', testerControls: true })
  let hub: Hub
  const send = (request: HubRequest) => overHttp(hub.url ?? '').send(request)
  try {
    hub = await open()
    await hub.listen()
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true })
    throw error
  }
  return {
    transport: { send },
    async restart() {
      await hub.close()
      hub = await open()
      await hub.listen()
    },
    async close() {
      await hub.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, printFigure } from './figures.js'
import type { LoadOrder, LoadReport } from './load.js'
import { runJob, type Server, startBare } from './processes.js'

export interface Turns {
  turns: number
  seconds: number
}

const CONNECTIONS = 64
const PATH = '/v1/lookups'

/** The body of a lookup of about 250 bytes. */
export function lookupBody(nhsNumber: string, careSetting: 'scheduled' | 'unscheduled'): string {
  const organisation = { odsCode: 'RBN01', name: 'Whiston Hospital' }
  const user = { id: 'u-4711', name: 'Jo Bright', roleCode: 'S8000:G8000:R8001', roleName: 'Nurse' }
  return JSON.stringify({ nhsNumber, careSetting, requester: { organisation, user } })
}

/** Load as fast as it goes; refuses a run in which anything was not answered 200. */
export async function load(
  server: Server,
  bodies: string[],
  seconds: number,
  rate?: number,
): Promise<LoadReport> {
  const connections = rate === undefined ? CONNECTIONS : 16
  const order: LoadOrder = {
    url: server.url,
    path: PATH,
    bodies,
    connections,
    seconds,
    ...(rate && { rate }),
  }
  const report = await runJob<LoadReport>('load', order)
  if (report.failed > 0) throw new Error(`${report.failed} requests were not answered 200`)
  return report
}

/** A bare route whose payload is what the hub answers to this body, which must be a hit. */
export async function startBareRoute(hub: Server, body: string, folder: string): Promise<Server> {
  const answer = await ask(hub, body)
  if (!JSON.parse(answer).found) throw new Error('the lookup that is measured is not a hit')
  const payload = join(folder, 'payload.json')
  writeFileSync(payload, answer)
  return startBare('bare-route', [payload])
}

async function ask(hub: Server, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${hub.url}${PATH}`, { method: 'POST', headers, body })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`a lookup was answered ${answer.status}: ${text}`)
  return text
}

/** Hits of one kind, on a hub that holds these children, against a bare route; answers how many the hub answered. */
export async function measureLookups(
  hub: Server,
  children: readonly string[],
  careSetting: 'scheduled' | 'unscheduled',
  { turns, seconds }: Turns,
  folder: string,
): Promise<number> {
  const bodies = children.map((child) => lookupBody(child, careSetting))
  const bare = await startBareRoute(hub, bodies[0] as string, folder)
  const rates = { hub: [] as number[], baseline: [] as number[] }
  let answered = 0
  try {
    await load(bare, bodies, 1)
    answered += (await load(hub, bodies, 1)).answered
    for (let turn = 0; turn < turns; turn += 1) {
      rates.baseline.push((await load(bare, bodies, seconds)).requestsPerSecond)
      const ours = await load(hub, bodies, seconds)
      rates.hub.push(ours.requestsPerSecond)
      answered += ours.answered
    }
  } finally {
    await bare.kill('SIGKILL')
  }
  printFigure({
    name: `${careSetting} lookups, hits`,
    unit: 'requests/s',
    ...rates,
    aim: careSetting === 'scheduled' ? '>= 0.8' : '>= 0.4',
  } satisfies Figure)
  return answered
}

/** How many notifications wait at a hub, by its own metrics. */
export async function countQueued(hub: Server): Promise<number> {
  const metrics = await (await fetch(`${hub.url}/metrics`)).text()
  const queued = [...metrics.matchAll(/^cpis_notifications_queued\{[^}]*\} (\d+)$/gm)]
  return queued.reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Looks every child up once, so that each has a history. */
export async function giveHistory(hub: Server, children: string[]): Promise<void> {
  const waiting = children.values()
  const lookSomeUp = async () => {
    for (const child of waiting) await ask(hub, lookupBody(child, 'unscheduled'))
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, lookSomeUp))
}

/** The rate of scheduled hits on two hubs, by turns. */
export async function compareRates(
  first: { hub: Server; children: string[] },
  second: { hub: Server; children: string[] },
  { turns, seconds }: Turns,
): Promise<{ first: number[]; second: number[] }> {
  const rates = { first: [] as number[], second: [] as number[] }
  const rateOf = async ({ hub, children }: { hub: Server; children: string[] }, runSeconds: number) =>
    (
      await load(
        hub,
        children.map((child) => lookupBody(child, 'scheduled')),
        runSeconds,
      )
    ).requestsPerSecond
  await rateOf(first, 1)
  await rateOf(second, 1)
  for (let turn = 0; turn < turns; turn += 1) {
    rates.first.push(await rateOf(first, seconds))
    rates.second.push(await rateOf(second, seconds))
  }
  return rates
}

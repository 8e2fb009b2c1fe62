import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, printFigure } from './figures.js'
import type { LoadOrder, LoadReport, SentRequest } from './load.js'
import { runJob, type Server, startBare } from './processes.js'

export interface Turns {
  turns: number
  seconds: number
}

const CONNECTIONS = 64

/** A way to ask about a child, and what its rate is to be, of the baseline's. */
export interface LookupKind {
  name: string
  requestOf(nhsNumber: string): SentRequest
  aim: string
}

export const SCHEDULED: LookupKind = {
  name: 'scheduled lookups, hits',
  requestOf: (nhsNumber) => lookup(nhsNumber, 'scheduled'),
  aim: '>= 0.8',
}

export const UNSCHEDULED: LookupKind = {
  name: 'unscheduled lookups, hits',
  requestOf: (nhsNumber) => lookup(nhsNumber, 'unscheduled'),
  aim: '>= 0.4',
}

const PATIENT = `patient:identifier=${encodeURIComponent('https://fhir.nhs.uk/Id/nhs-number|')}`

export const SILENT_CARE_TEAMS: LookupKind = {
  name: 'FHIR CareTeam, silent',
  requestOf: (nhsNumber) => ({
    method: 'GET',
    path: `/cpis/FHIR/R4/CareTeam?${PATIENT}${nhsNumber}`,
    headers: { accept: 'application/fhir+json', isunscheduledaccessevent: 'false' },
  }),
  aim: '>= 0.6',
}

/** A lookup whose body is of about 250 bytes. */
function lookup(nhsNumber: string, careSetting: 'scheduled' | 'unscheduled'): SentRequest {
  const organisation = { odsCode: 'RBN01', name: 'Whiston Hospital' }
  const user = { id: 'u-4711', name: 'Jo Bright', roleCode: 'S8000:G8000:R8001', roleName: 'Nurse' }
  return {
    method: 'POST',
    path: '/v1/lookups',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ nhsNumber, careSetting, requester: { organisation, user } }),
  }
}

/** Load as fast as it goes; refuses a run in which anything was not answered 200. */
export async function load(
  server: Server,
  requests: SentRequest[],
  seconds: number,
  rate?: number,
): Promise<LoadReport> {
  const connections = rate === undefined ? CONNECTIONS : 16
  const order: LoadOrder = {
    url: server.url,
    requests,
    connections,
    seconds,
    ...(rate && { rate }),
  }
  const report = await runJob<LoadReport>('load', order)
  if (report.failed > 0) throw new Error(`${report.failed} requests were not answered 200`)
  return report
}

/** A bare route whose payload is what the hub answers to this request, which must be a hit. */
export async function startBareRoute(hub: Server, request: SentRequest, folder: string): Promise<Server> {
  const answer = await ask(hub, request)
  const { found, total } = JSON.parse(answer)
  if (!found && !total) throw new Error('the lookup that is measured is not a hit')
  const payload = join(folder, 'payload.json')
  writeFileSync(payload, answer)
  return startBare('bare-route', [payload])
}

async function ask(hub: Server, { path, ...request }: SentRequest): Promise<string> {
  const answer = await fetch(`${hub.url}${path}`, request)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`a lookup was answered ${answer.status}: ${text}`)
  return text
}

/** Hits of one kind, on a hub that holds these children, against a bare route; answers how many the hub answered. */
export async function measureLookups(
  hub: Server,
  children: readonly string[],
  { name, requestOf, aim }: LookupKind,
  { turns, seconds }: Turns,
  folder: string,
): Promise<number> {
  const requests = children.map(requestOf)
  const bare = await startBareRoute(hub, requests[0] as SentRequest, folder)
  const rates = { hub: [] as number[], baseline: [] as number[] }
  let answered = 0
  try {
    await load(bare, requests, 1)
    answered += (await load(hub, requests, 1)).answered
    for (let turn = 0; turn < turns; turn += 1) {
      rates.baseline.push((await load(bare, requests, seconds)).requestsPerSecond)
      const ours = await load(hub, requests, seconds)
      rates.hub.push(ours.requestsPerSecond)
      answered += ours.answered
    }
  } finally {
    await bare.kill('SIGKILL')
  }
  printFigure({ name, unit: 'requests/s', ...rates, aim } satisfies Figure)
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
    for (const child of waiting) await ask(hub, UNSCHEDULED.requestOf(child))
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, lookSomeUp))
}

/** The rate of hits of one kind on two hubs, by turns. */
export async function compareRates(
  first: { hub: Server; children: string[] },
  second: { hub: Server; children: string[] },
  { turns, seconds }: Turns,
  kind: LookupKind = SCHEDULED,
): Promise<{ first: number[]; second: number[] }> {
  const rates = { first: [] as number[], second: [] as number[] }
  const rateOf = async ({ hub, children }: { hub: Server; children: string[] }, runSeconds: number) =>
    (await load(hub, children.map(kind.requestOf), runSeconds)).requestsPerSecond
  await rateOf(first, 1)
  await rateOf(second, 1)
  for (let turn = 0; turn < turns; turn += 1) {
    rates.first.push(await rateOf(first, seconds))
    rates.second.push(await rateOf(second, seconds))
  }
  return rates
}

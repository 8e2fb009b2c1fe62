import type { CAC } from 'cac'
import { pc } from './colours.js'
import { type Freshness, HubClient } from './hub-client.js'
import { flagOption, hubOption, type Options } from './options.js'
import { ageText, countText, printJson, printLines, tableText, timeText } from './terminal.js'

const NAME_WIDTH_MAX = 28

type AuthorityFreshness = Freshness['authorities'][number]

export function registerFreshness(cli: CAC): void {
  cli
    .command('freshness', 'How old everybody’s last word is, and what waits to be collected')
    .option('--hub <url>', 'Address of the hub (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--json', 'Print one JSON document')
    .action(async (options: Options) => {
      const freshness = await new HubClient(await hubOption(options)).readFreshness()
      if (flagOption(options, 'json')) printJson(freshness)
      else printLines(freshnessLines(freshness))
    })
}

function freshnessLines({ authorities, health, hub }: Freshness): string[] {
  const known = authorities.filter(
    ({ lastDataset, lastReturned, queued }) => lastDataset || lastReturned || queued > 0,
  )
  const silent = authorities.length - known.length
  const overdue = known.filter((each) => each.overdue).length
  const lines: string[] = []
  if (known.length > 0) lines.push(authoritiesTable(known.sort(byUrgency)), '')
  const never = `${countText(silent, 'authority has', 'authorities have')} never sent a dataset`
  lines.push(`${countText(overdue, 'authority is', 'authorities are')} overdue; ${never}.`)
  for (const { odsCode, lastLookupAt, lastAttendanceAt } of health) {
    const looked = lastLookupAt === null ? 'no lookup yet' : `last lookup ${timeText(lastLookupAt)}`
    const visited =
      lastAttendanceAt === null ? 'no visit reported' : `last visit ${timeText(lastAttendanceAt)}`
    lines.push(`Health ${odsCode}: ${looked}, ${visited}.`)
  }
  const maintained = hub.lastMaintenanceAt === null ? 'never' : timeText(hub.lastMaintenanceAt)
  lines.push(`The hub has been up since ${timeText(hub.startedAt)}; last maintenance ${maintained}.`)
  return lines
}

/** Overdue first, then what needs attention, then the oldest dataset. */
function byUrgency(a: AuthorityFreshness, b: AuthorityFreshness): number {
  return (
    Number(b.overdue) - Number(a.overdue) ||
    b.attention - a.attention ||
    (b.ageSeconds ?? -1) - (a.ageSeconds ?? -1) ||
    a.code.localeCompare(b.code)
  )
}

function authoritiesTable(authorities: AuthorityFreshness[]): string {
  return tableText(
    ['Code', 'Authority', 'Last dataset', 'Queued', 'Remarks'],
    authorities.map((each) => [
      each.code,
      shortened(each.name),
      each.ageSeconds === null ? 'none' : `${ageText(each.ageSeconds)} ago`,
      each.queued,
      { text: remarks(each), paint: each.overdue || each.attention > 0 ? pc.red : pc.yellow },
    ]),
  )
}

function shortened(name: string): string {
  return name.length > NAME_WIDTH_MAX ? `${name.slice(0, NAME_WIDTH_MAX - 1)}…` : name
}

function remarks({ status, overdue, due, attention, lastReturned, lastDataset }: AuthorityFreshness): string {
  const returnedSince =
    lastReturned !== null && (lastDataset === null || lastReturned.receivedAt > lastDataset.acceptedAt)
  return [
    ...(overdue && due !== null ? [`overdue, was due ${timeText(due)}`] : []),
    ...(attention > 0 ? [`${countText(attention, 'notification')} nobody collects`] : []),
    ...(returnedSince ? [`dataset ${lastReturned.sequence} was returned`] : []),
    ...(status === 'live' ? [] : [status]),
  ].join('; ')
}

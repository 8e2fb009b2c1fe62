import type { CAC } from 'cac'
import { pc } from './colours.js'
import { type Conformance, HubClient } from './hub-client.js'
import { flagOption, hubOption, needed, type Options, textOption } from './options.js'
import { countText, printJson, printLines, tableText } from './terminal.js'
import { fromControls } from './tester-controls.js'

type Check = Conformance['checks'][number]

const PAINT: Record<Check['state'], (text: string) => string> = {
  shown: pc.green,
  contradicted: pc.red,
  'not-seen': pc.yellow,
  'not-observable': pc.dim,
}

export function registerConformance(cli: CAC): void {
  cli
    .command('conformance authority', 'What an authority’s system has shown that it can do')
    .option('--code <code>', 'The authority’s ONS code, such as E06000006')
    .option('--hub <url>', 'A hub with tester controls (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--json', 'Print one JSON document')
    .action((options: Options) => report('authorities', options))
  cli
    .command('conformance organisation', 'What a health system has shown that it can do')
    .option('--code <code>', 'The organisation’s ODS code, such as RBN01')
    .option('--hub <url>', 'A hub with tester controls (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--json', 'Print one JSON document')
    .action((options: Options) => report('organisations', options))
}

async function report(side: 'authorities' | 'organisations', options: Options): Promise<void> {
  const code = needed(textOption(options, 'code'), 'code')
  const hub = new HubClient(await hubOption(options))
  const conformance = await fromControls(hub.url, 'this report', hub.readConformance(side, code))
  if (flagOption(options, 'json')) printJson(conformance)
  else printLines(conformanceLines(conformance))
  if (conformance.checks.some(({ state }) => state === 'contradicted')) process.exitCode = 1
}

/** What a caller has shown, for a person to read. */
export function conformanceLines({ caller, checks }: Conformance): string[] {
  const count = (wanted: Check['state']) => checks.filter(({ state }) => state === wanted).length
  const rows = checks.map(({ id, state, title, evidence }) => ({
    cells: [id, { text: state, paint: PAINT[state] }, title],
    below: evidence,
  }))
  return [
    tableText(['Check', 'State', 'What it is; below, the requests that say so'], rows),
    '',
    `${caller}: ${countText(count('shown'), 'check')} shown, ${count('contradicted')} contradicted, ${count('not-seen')} not seen.`,
  ]
}

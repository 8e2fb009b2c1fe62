import { basename } from 'node:path'
import type { CAC } from 'cac'
import { overHttp } from '../scenarios/http-transport.js'
import { runScenario, type Stage } from '../scenarios/run-scenario.js'
import { needsOwnHub, type Scenario } from '../scenarios/scenario.js'
import { withoutNumbers } from '../scenarios/shown-value.js'
import { choiceOption, flagOption, type Options, textOption, UsageError } from './options.js'
import type { OwnHub } from './own-hub.js'
import { type Outcome, REPORT_FORMATS, REPORTS } from './scenario-reports.js'
import { plain, printJson, printLines, tableText } from './terminal.js'

const EXIT_WRONG_FILE = 2
const EXIT_INTERRUPTED = 130

export function registerScenarios(cli: CAC): void {
  cli
    .command(
      'scenarios list [...files]',
      'What the scenarios prove that ship with the hub, or those in files',
    )
    .option('--json', 'Print one JSON document')
    .action((files: string[], options: Options) => withReadFiles(files, (found) => list(found, options)))
  cli
    .command('scenarios run [...files]', 'Run scenarios against a hub; without files, all that ship with it')
    .option(
      '--base-url <url>',
      'A hub with tester controls. It is EMPTIED. Default: one that is started for it',
    )
    .option('--format <format>', 'pretty, tap, junit or json (default: pretty)')
    .example((bin) => `  $ ${bin} scenarios run 01 07 mine.yaml --format junit > scenarios.xml`)
    .action((files: string[], options: Options) => withReadFiles(files, (found) => run(found, options)))
}

async function withReadFiles(
  wanted: string[],
  use: (scenarios: Scenario[]) => void | Promise<void>,
): Promise<void> {
  // What checks the settings that a file needs takes long to load, and other commands do without.
  const { readScenarios, scenarioFiles, WrongFiles } = await import('./scenario-files.js')
  try {
    await use(await readScenarios(await scenarioFiles(wanted)))
  } catch (error) {
    if (!(error instanceof WrongFiles)) throw error
    console.error(plainLines(error.message))
    process.exitCode = EXIT_WRONG_FILE
  }
}

function list(scenarios: Scenario[], options: Options): void {
  if (flagOption(options, 'json')) {
    printJson({ scenarios: scenarios.map(({ file, title, proves }) => ({ file, title, proves })) })
    return
  }
  const rows = scenarios.map(({ file, proves }) => [basename(file).replace(/\.ya?ml$/, ''), proves])
  printLines([tableText(['Scenario', 'What it proves'], rows)])
}

async function run(scenarios: Scenario[], options: Options): Promise<void> {
  const report = REPORTS[choiceOption(options, 'format', REPORT_FORMATS) ?? 'pretty']
  const hubs = hubsFor(baseUrlOption(options))
  const outcomes: Outcome[] = []
  const isInterrupted = watchInterrupts()
  printAll(report.begin(scenarios.length))
  try {
    for (const scenario of scenarios) {
      if (isInterrupted()) return
      const outcome = await outcomeOf(scenario, hubs)
      outcomes.push(outcome)
      printAll(report.each(outcome, outcomes.length))
    }
  } finally {
    await hubs.close()
  }
  printAll(report.end(outcomes))
  if (outcomes.some(({ state }) => state === 'failed')) process.exitCode = 1
}

/** The first signal ends the run after the scenario in hand, so that no hub leaves a folder behind; a second one at once. */
function watchInterrupts(): () => boolean {
  let isInterrupted = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isInterrupted = true
      process.exitCode = EXIT_INTERRUPTED
    })
  }
  return () => isInterrupted
}

/** Where scenarios run. */
interface Hubs {
  /** Runs something with a hub that has what the scenario needs; answers undefined when there is none. */
  with<T>(scenario: Scenario, use: (stage: Stage) => Promise<T>): Promise<T | undefined>
  close(): Promise<void>
}

function hubsFor(baseUrl: string | undefined): Hubs {
  return baseUrl === undefined ? startedHubs() : givenHub(baseUrl)
}

function givenHub(baseUrl: string): Hubs {
  const stage = { transport: overHttp(baseUrl) }
  return {
    with: async (scenario, use) => (needsOwnHub(scenario) ? undefined : use(stage)),
    close: async () => {},
  }
}

/** One hub for all, and one more for each scenario that wants it with settings or restarts it. */
function startedHubs(): Hubs {
  let common: OwnHub | undefined
  return {
    async with(scenario, use) {
      // Only now, since a hub takes longer to load than a list takes to print.
      const { openOwnHub } = await import('./own-hub.js')
      if (!needsOwnHub(scenario)) {
        common ??= await openOwnHub()
        return use(common)
      }
      const own = await openOwnHub(scenario.needs?.settings)
      try {
        return await use(own)
      } finally {
        await own.close()
      }
    },
    close: async () => common?.close(),
  }
}

async function outcomeOf(scenario: Scenario, hubs: Hubs): Promise<Outcome> {
  const { file } = scenario
  const title = withoutNumbers(scenario.title)
  const result = await hubs.with(scenario, (stage) => runScenario(scenario, stage))
  if (result === undefined) {
    const reason = 'needs a hub of its own: run it without --base-url'
    return { file, title, state: 'skipped', durationMs: 0, failure: null, reason }
  }
  return { file, title, state: result.failure === null ? 'passed' : 'failed', ...result, reason: null }
}

function baseUrlOption(options: Options): string | undefined {
  const url = textOption(options, 'base-url')
  if (url === undefined) return undefined
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:'
  if (parsed !== undefined && isHttp && parsed.username === '' && parsed.search === '') return parsed.href
  throw new UsageError('--base-url must look like http://127.0.0.1:8080.')
}

function printAll(lines: string[]): void {
  for (const line of lines) console.log(line)
}

function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n')
}

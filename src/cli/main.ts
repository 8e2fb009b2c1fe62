#!/usr/bin/env node
import { cac } from 'cac'
import { VERSION } from '../version.js'
import { parseArguments } from './arguments.js'
import { registerConformance } from './conformance.js'
import { registerDrain } from './drain.js'
import { registerFreshness } from './freshness.js'
import { registerGenerate } from './generate.js'
import { registerLookup } from './lookup.js'
import { registerRehearse } from './rehearse.js'
import { registerScenarios } from './scenarios.js'
import { registerSubmit } from './submit.js'
import { printFailure, surviveClosedOutput } from './terminal.js'

const TALKERS = /^(generate|submit|lookup|notifications drain|freshness|scenarios|conformance|rehearse)\b/

const cli = cac('cpis-hub')
// Loading all that a hub is made of takes longer than a lookup, so those who only talk to one do without.
if (!TALKERS.test(process.argv.slice(2).join(' '))) {
  const [{ registerServe }, { registerDemo }, { registerBackup }] = await Promise.all([
    import('./serve.js'),
    import('./demo.js'),
    import('./backup.js'),
  ])
  registerServe(cli)
  registerDemo(cli)
  registerBackup(cli)
}
registerGenerate(cli)
registerSubmit(cli)
registerLookup(cli)
registerDrain(cli)
registerFreshness(cli)
registerScenarios(cli)
registerConformance(cli)
registerRehearse(cli)
cli.help()
cli.version(VERSION)

surviveClosedOutput()
try {
  parseArguments(cli, process.argv)
  if (cli.matchedCommand !== undefined) await cli.runMatchedCommand()
  else if (!cli.options.help && !cli.options.version) refuseUnknown()
} catch (error) {
  printFailure(error, cli.matchedCommand?.name)
  process.exitCode = 1
}

function refuseUnknown(): void {
  const [command] = cli.args
  if (command !== undefined) printFailure(new Error(unknownCommandText(command)))
  cli.outputHelp()
  process.exitCode = 1
}

/** Of a command that has two words, the words that can be the second one. */
function unknownCommandText(command: string): string {
  const [group = '', ...rest] = command.split(' ')
  const seconds = cli.commands
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name }) => name.slice(group.length + 1))
  if (seconds.length === 0) return `there is no command "${command}".`
  const choice = `${group} ${seconds.join(` or ${group} `)}`
  return rest.length === 0
    ? `"${group}" needs a second word: ${choice}.`
    : `there is no command "${command}"; there is ${choice}.`
}

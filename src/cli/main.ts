#!/usr/bin/env node
import { cac } from 'cac'
import { VERSION } from '../version.js'
import { parseArguments } from './arguments.js'
import { registerDemo } from './demo.js'
import { registerDrain } from './drain.js'
import { registerFreshness } from './freshness.js'
import { registerGenerate } from './generate.js'
import { registerLookup } from './lookup.js'
import { registerServe } from './serve.js'
import { registerSubmit } from './submit.js'
import { printFailure, surviveClosedOutput } from './terminal.js'

const cli = cac('cpis-hub')
registerServe(cli)
registerDemo(cli)
registerGenerate(cli)
registerSubmit(cli)
registerLookup(cli)
registerDrain(cli)
registerFreshness(cli)
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
  cli.outputHelp()
  const [command] = cli.args
  if (command !== undefined) console.error(`\ncpis-hub: there is no command "${command}".`)
  process.exitCode = 1
}

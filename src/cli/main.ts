#!/usr/bin/env node
import { cac } from 'cac'
import { VERSION } from '../version.js'
import { registerServe } from './serve.js'
import { printFailure } from './terminal.js'

const cli = cac('cpis-hub')
registerServe(cli)
cli.help()
cli.version(VERSION)

try {
  cli.parse(process.argv, { run: false })
  await cli.runMatchedCommand()
} catch (error) {
  printFailure(error)
  process.exitCode = 1
}

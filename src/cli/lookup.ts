import type { CAC } from 'cac'
import { pc } from './colours.js'
import { HubClient, type LookupReply } from './hub-client.js'
import { flagOption, hubOption, type Options, textOption, UsageError } from './options.js'
import { authorityText, countText, plain, printJson, printLines, tableText, timeText } from './terminal.js'

export function registerLookup(cli: CAC): void {
  cli
    .command(
      'lookup <nhsNumber>',
      'Look an NHS number up, as a health organisation does; - reads it from stdin',
    )
    .option('--hub <url>', 'Address of the hub (default: CPIS_HUB_URL or http://127.0.0.1:8080)')
    .option('--scheduled', 'A silent read for scheduled care: nothing is recorded, nobody is told')
    .option('--ods <code>', 'ODS code of the organisation that asks (default: SIM01)')
    .option('--organisation <name>', 'Its name (default: Simulated Hospital)')
    .option('--user <id>', 'Id of the user who asks (default: cpis-hub-cli)')
    .option('--user-name <name>', 'Their name (default: Command Line)')
    .option('--role <name>', 'Their role (default: Integration tester)')
    .option('--json', 'Print one JSON document')
    .example((bin) => `  $ ${bin} lookup "999 000 0018"`)
    .action(lookup)
}

async function lookup(typed: string, options: Options): Promise<void> {
  const hub = new HubClient(await hubOption(options))
  const requester = {
    organisation: {
      odsCode: textOption(options, 'ods') ?? 'SIM01',
      name: textOption(options, 'organisation') ?? 'Simulated Hospital',
    },
    user: {
      id: textOption(options, 'user') ?? 'cpis-hub-cli',
      name: textOption(options, 'user-name') ?? 'Command Line',
      roleName: textOption(options, 'role') ?? 'Integration tester',
    },
  }
  const scheduled = flagOption(options, 'scheduled')
  const reply = await hub.lookUp({
    nhsNumber: typed === '-' ? await firstLineOfStdin() : typed,
    careSetting: scheduled ? 'scheduled' : 'unscheduled',
    requester,
  })
  if (flagOption(options, 'json')) printJson(reply)
  else printLines(lookupLines(reply, scheduled))
}

/** So that the number stands neither in the list of processes nor in the shell's history. */
async function firstLineOfStdin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('NHS number: ')
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.includes('\n')) break
  }
  const line = text.split('\n')[0]?.trim() ?? ''
  if (line === '') throw new UsageError('There is no NHS number on stdin.')
  return line
}

/** A lookup's answer as a person reads it. */
export function lookupLines(reply: LookupReply, scheduled: boolean): string[] {
  const number = reply.nhsNumber.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3')
  if (!reply.found) {
    return [
      `${pc.bold(number)}: no plan on the index.`,
      '  Nothing was recorded and nobody was told. No plan does not mean no concern.',
    ]
  }
  return [
    `${pc.bold(number)}: ${pc.bold(countText(reply.plans.length, 'plan'))}`,
    ...reply.plans.flatMap(planLines),
    ...accessesLines(reply.accesses),
    '',
    `  ${accessText(reply.access, scheduled)}`,
  ]
}

type Plan = LookupReply['plans'][number]

function planLines({ planName, status, authority, asOf, stale, ...plan }: Plan): string[] {
  const due = plan.expectedDeliveryDate === null ? '' : `, child due ${plan.expectedDeliveryDate}`
  const end = plan.endDate === null ? '' : `, ${status === 'ended' ? 'ended' : 'ends'} ${plan.endDate}`
  const paint = status === 'active' ? pc.red : pc.dim
  const { name, officeHoursPhone, emergencyDutyPhone } = authority
  const known = asOf === null ? '' : `Known as of ${timeText(asOf)}`
  return [
    '',
    `  ${pc.bold(planName)}, ${paint(status)}: since ${plan.startDate}${due}${end}`,
    `    ${plain(name)}: ${plain(officeHoursPhone)} in office hours, ${plain(emergencyDutyPhone)} at other times`,
    `    ${known}${stale ? pc.yellow('; this may be out of date, so ring and ask') : ''}`,
  ]
}

function accessesLines(accesses: LookupReply['accesses']): string[] {
  if (accesses.length === 0) return []
  const rows = accesses.map(({ at, organisation, user, location }) => [
    timeText(at),
    organisation.name,
    location === null ? user.name : `${user.name}, ${location}`,
  ])
  return ['', '  Who looked, newest first (at most 25):', tableText(['When', 'Organisation', 'Who'], rows)]
}

/** What was recorded, and who was told. */
export function accessText(access: LookupReply['access'], scheduled: boolean): string {
  if (access === null) {
    return scheduled
      ? 'A scheduled (silent) read: nothing was recorded and nobody was told.'
      : 'Nobody was told.'
  }
  const told = access.notified.map((code) => authorityText(plain(code))).join(' and ')
  return access.repeat
    ? `The same user saw this within 24 hours, at ${timeText(access.at)}: no new event. Told of it: ${told}.`
    : `Recorded at ${timeText(access.at)}. Told of it: ${told}.`
}

import { refuse, type SchemaFault } from '../domain/problem.js'
import { EFFECTS, type FaultEffect, type FaultMatch, type FaultRule } from './faults.js'

/** Refuses SCHEMA_VIOLATION for a rule that could never fire, or that says more than one thing. */
export function checkFault({ match = {}, do: effect }: FaultRule, routes: ReadonlySet<string>): void {
  const faults = [...effectFaults(effect), ...matchFaults(match, routes)]
  if (faults.length > 0)
    throw refuse('SCHEMA_VIOLATION', 'This fault cannot be set; errors says why.', faults)
}

function effectFaults({ code, retryAfterSeconds, delayMs, ...effect }: FaultEffect): SchemaFault[] {
  const faults: SchemaFault[] = []
  const named = EFFECTS.filter((name) => effect[name] !== undefined)
  if (named.length > 1) faults.push({ pointer: '/do', message: `can do one of ${named.join(', ')}` })
  if (named.length === 0 && delayMs === undefined)
    faults.push({ pointer: '/do', message: `needs delayMs, or one of ${EFFECTS.join(', ')}` })
  const ofStatus = { code, retryAfterSeconds }
  for (const [name, given] of Object.entries(ofStatus)) {
    if (given !== undefined && effect.status === undefined)
      faults.push({ pointer: `/do/${name}`, message: 'stands beside status only' })
  }
  if (typeof delayMs === 'object' && delayMs.min > delayMs.max)
    faults.push({ pointer: '/do/delayMs', message: 'must have a min that is not more than its max' })
  return faults
}

// Whoever reads the rules or a snapshot must not find a way in.
const CREDENTIALS = new Set(['authorization', 'proxy-authorization', 'cookie', 'apikey', 'x-api-key'])

function matchFaults({ route, header }: FaultMatch, routes: ReadonlySet<string>): SchemaFault[] {
  const faults: SchemaFault[] = []
  if (route !== undefined && !routes.has(route))
    faults.push({
      pointer: '/match/route',
      message: 'must be a route as openapi.yaml writes it, and none of /tester or /health',
    })
  if (header?.value !== undefined && CREDENTIALS.has(header.name.toLowerCase()))
    faults.push({ pointer: '/match/header/value', message: 'must be left out: credentials are not kept' })
  return faults
}

import { refuse, type SchemaFault } from '../domain/problem.js'
import { isCaller } from './callers.js'
import { isCredential } from './credentials.js'
import { EFFECTS, type FaultableRoute, type FaultEffect, type FaultMatch, type FaultRule } from './faults.js'

/** Refuses SCHEMA_VIOLATION for a rule that could never fire, or that says more than one thing. */
export function checkFault({ match = {}, do: effect }: FaultRule, routes: readonly FaultableRoute[]): void {
  const faults = [...effectFaults(effect), ...matchFaults(match), ...routeFaults(match, effect, routes)]
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

const GSS_CODE = /^[A-Z]\d{8}$/

/** What no request is like, whatever its route. */
function matchFaults({ authorityCode, caller, header }: FaultMatch): SchemaFault[] {
  const faults: SchemaFault[] = []
  if (authorityCode !== undefined && !GSS_CODE.test(authorityCode))
    faults.push({ pointer: '/match/authorityCode', message: 'must be a code such as E06000006' })
  if (caller !== undefined && !isCaller(caller))
    faults.push({ pointer: '/match/caller', message: 'must be the code of an authority, or an ODS code' })
  else if (caller !== undefined && authorityCode !== undefined && caller !== authorityCode)
    faults.push({ pointer: '/match/caller', message: 'is the authority of the path, where there is one' })
  // Whoever reads the rules or a snapshot must not find a way in.
  if (header?.value !== undefined && isCredential(header.name))
    faults.push({ pointer: '/match/header/value', message: 'must be left out: credentials are not kept' })
  return faults
}

/** The first wish that none of the routes fulfils which fulfil those before. */
function routeFaults(
  { route, method, authorityCode }: FaultMatch,
  effect: FaultEffect,
  routes: readonly FaultableRoute[],
): SchemaFault[] {
  const narrowing: [pointer: string, message: string, fits: (each: FaultableRoute) => boolean][] = []
  if (route !== undefined)
    narrowing.push([
      '/match/route',
      'must be a route as openapi.yaml writes it, and none of /tester or /health',
      (each) => each.isNamed && each.route === route,
    ])
  if (method !== undefined)
    narrowing.push([
      '/match/method',
      'must be a method of what faults can happen to',
      (each) => each.method === method,
    ])
  if (authorityCode !== undefined)
    narrowing.push([
      '/match/authorityCode',
      'stands in no path that is meant',
      (each) => each.route.includes('{authorityCode}'),
    ])
  for (const name of EFFECTS)
    if (effect[name] !== undefined)
      narrowing.push([
        `/do/${name}`,
        'can change nothing about what is meant, in this hub',
        (each) => each.canHave(name),
      ])
  let left = routes
  for (const [pointer, message, fits] of narrowing) {
    left = left.filter(fits)
    if (left.length === 0) return [{ pointer, message }]
  }
  return []
}

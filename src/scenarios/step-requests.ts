import { gzipSync } from 'node:zlib'
import type { Step } from './scenario.js'
import type { HubRequest } from './transport.js'
import { fillIn, textOf, type Values } from './values.js'

/** The request that a step sends; `faultIds` are the ids of the faults that were given a name. */
export function requestOf(step: Step, values: Values, faultIds: ReadonlyMap<string, string>): HubRequest {
  const { request, clock, fault, removeFault, seed, reset } = step
  if (request !== undefined) return ownRequest(step, request, values)
  if (clock?.real) return { method: 'DELETE', path: '/tester/clock', headers: {} }
  if (clock !== undefined) return control('PUT', '/tester/clock', clock, values)
  if (fault !== undefined) {
    const { name: _, ...rule } = fault
    return control('POST', '/tester/faults', rule, values)
  }
  if (removeFault !== undefined) {
    return { method: 'DELETE', path: `/tester/faults/${faultIds.get(removeFault)}`, headers: {} }
  }
  if (seed !== undefined) return control('POST', '/tester/seed', seed, values)
  return control('POST', '/tester/reset', reset ?? {}, values)
}

/** What comes before the first step: an empty hub, and its clock where the scenario wants it. */
export function openingRequests(clock: string | undefined): HubRequest[] {
  const reset = control('POST', '/tester/reset', {}, {})
  return clock === undefined
    ? [reset]
    : [reset, control('PUT', '/tester/clock', { now: clock, frozen: true }, {})]
}

function control(method: string, path: string, json: unknown, values: Values): HubRequest {
  const headers = { 'content-type': 'application/json' }
  return { method, path, headers, body: JSON.stringify(fillIn(json, values)) }
}

function ownRequest(step: Step, request: string, values: Values): HubRequest {
  const space = request.indexOf(' ')
  const body = bodyOf(step, values)
  return {
    method: request.slice(0, space),
    path: pathOf(textOf(request.slice(space + 1), values)),
    headers: {
      ...('json' in step && { 'content-type': 'application/json' }),
      ...(step.gzip && { 'content-encoding': 'gzip' }),
      ...headersOf(step, values),
    },
    ...(body !== undefined && { body: step.gzip ? gzipSync(body) : body }),
  }
}

/** A whole address, as Location headers have it, still leads to this hub. */
function pathOf(target: string): string {
  if (!URL.canParse(target)) return target
  const { pathname, search } = new URL(target)
  return `${pathname}${search}`
}

function bodyOf(step: Step, values: Values): string | undefined {
  if ('json' in step) return JSON.stringify(fillIn(step.json, values))
  return step.text === undefined ? undefined : textOf(step.text, values)
}

function headersOf({ headers = {} }: Step, values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), textOf(String(value), values)]),
  )
}

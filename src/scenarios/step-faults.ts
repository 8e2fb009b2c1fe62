import { parseInstant } from '../clock.js'
import { parseDuration } from '../domain/duration.js'
import type { ScenarioBody, StepBody } from '../messages/scenario.js'
import { matcherFault } from './matching.js'
import { isPointer } from './pointers.js'
import { namesIn, RESERVED, TURN } from './values.js'
import type { Path } from './yaml-text.js'

/** A fault, and the path to what is wrong. */
export interface PlacedFault {
  path: Path
  reason: string
}

/** What a step can do; each does one of them. */
const VERBS = ['request', 'clock', 'fault', 'removeFault', 'seed', 'reset', 'restart'] as const
const OF_REQUESTS = ['headers', 'json', 'text', 'gzip', 'wait'] as const
const OF_ANSWERS = ['expect', 'capture'] as const
const REQUEST = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) [/$][^\s#]*$/
const WHOLE_OR_HEADER = /^(body|header [A-Za-z0-9-]{1,100})$/

/** What is wrong with a scenario that fits its schema: what a schema cannot say, or not in words that help. */
export function stepFaults(scenario: ScenarioBody): PlacedFault[] {
  const known = new Set<string>()
  const faultNames = new Set<string>()
  const faults = valueFaults(scenario.values ?? {}, known)
  if (scenario.needs?.clock !== undefined && parseInstant(scenario.needs.clock) === undefined) {
    faults.push({ path: ['needs', 'clock'], reason: 'is a moment that does not exist' })
  }
  scenario.steps.forEach((step, i) => {
    const path = ['steps', i]
    const found = [
      ...verbFaults(step),
      ...requestFaults(step),
      ...clockFaults(step),
      ...nameFaults(step, step.repeat === undefined ? known : new Set([...known, TURN])),
      ...matcherFaults(step.expect?.body, ['expect', 'body']),
      ...matcherFaults(step.expect?.headers, ['expect', 'headers']),
      ...captureFaults(step),
      ...removalFaults(step, faultNames),
    ]
    faults.push(...found.map((fault) => ({ ...fault, path: [...path, ...fault.path] })))
    for (const name of Object.keys(step.capture ?? {})) known.add(name)
    if (step.fault?.name !== undefined) faultNames.add(step.fault.name)
  })
  return faults
}

/** A value may be made of those before it; each becomes known in its turn. */
function valueFaults(values: Record<string, unknown>, known: Set<string>): PlacedFault[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = ['values', name]
    const faults = isTaken(name) ? [takenFault(path, name)] : []
    faults.push(...unknownNames(value, path, known))
    known.add(name)
    return faults
  })
}

function verbFaults(step: StepBody): PlacedFault[] {
  const verbs = VERBS.filter((verb) => step[verb] !== undefined)
  if (verbs.length === 1) return []
  return [
    {
      path: verbs[1] === undefined ? [] : [verbs[1]],
      reason: `must do one of ${VERBS.join(', ')}, and only one`,
    },
  ]
}

function requestFaults(step: StepBody): PlacedFault[] {
  const { request, expect = {} } = step
  const faults: PlacedFault[] = []
  const only = (names: readonly (keyof StepBody)[], reason: string) => {
    for (const name of names) if (name in step) faults.push({ path: [name], reason })
  }
  if (request === undefined) only(OF_REQUESTS, 'belongs to a request')
  else if (!REQUEST.test(request)) {
    faults.push({ path: ['request'], reason: 'must be a method and a path, such as POST /v1/lookups' })
  }
  if (step.restart) only(OF_ANSWERS, 'has nothing to look at: a restart has no answer')
  if ('json' in step) only(['text'], 'cannot stand beside json')
  if (step.gzip && !('json' in step) && step.text === undefined) only(['gzip'], 'has no body to compress')
  if (step.wait !== undefined && parseDuration(step.wait) === undefined) {
    only(['wait'], 'must be a duration such as PT5S')
  }
  if (expect.cut && Object.keys(expect).length > 1) {
    faults.push({ path: ['expect', 'cut'], reason: 'must stand alone: there is no answer to look at' })
  }
  return faults
}

function clockFaults({ clock }: StepBody): PlacedFault[] {
  if (clock === undefined) return []
  const { now, advance, real } = clock
  const path = ['clock']
  const count = Object.keys(clock).length
  if (count === 0) return [{ path, reason: 'must have now, advance, frozen or real' }]
  if (now !== undefined && advance !== undefined) return [{ path, reason: 'takes now or advance, not both' }]
  if (real && count > 1) return [{ path, reason: 'takes nothing beside real' }]
  if (now !== undefined && namesIn(now).length === 0 && parseInstant(now) === undefined) {
    return [{ path: [...path, 'now'], reason: 'must be a moment such as 2026-11-24T09:30:00Z' }]
  }
  const isDuration = advance === undefined || parseDuration(advance) !== undefined
  return isDuration
    ? []
    : [{ path: [...path, 'advance'], reason: 'must be a duration such as PT25H or P365D' }]
}

function nameFaults({ capture: _, expect, ...sent }: StepBody, known: ReadonlySet<string>): PlacedFault[] {
  return [
    ...unknownNames(sent, [], known),
    ...unknownNames(expect, ['expect'], new Set([...known, ...RESERVED])),
  ]
}

/** A name that nothing before has given is a slip of the pen, and would else be sent as it is written. */
function unknownNames(value: unknown, at: Path, known: ReadonlySet<string>): PlacedFault[] {
  return textsIn(value, at).flatMap(({ path, text }) =>
    namesIn(text)
      .filter((name) => !known.has(name))
      .map((name) => ({
        path,
        reason: `$${name} stands for nothing: no value and no step before has that name`,
      })),
  )
}

function matcherFaults(expected: unknown, path: Path): PlacedFault[] {
  if (typeof expected !== 'object' || expected === null) return []
  const reason = Array.isArray(expected) ? undefined : matcherFault(expected)
  const inside = Object.entries(expected).flatMap(([key, value]) =>
    matcherFaults(value, [...path, Array.isArray(expected) ? Number(key) : key]),
  )
  return reason === undefined ? inside : [{ path, reason }, ...inside]
}

function captureFaults({ capture = {} }: StepBody): PlacedFault[] {
  return Object.entries(capture).flatMap(([name, from]) => {
    const path = ['capture', name]
    if (isTaken(name)) return [takenFault(path, name)]
    if (isPointer(from) || WHOLE_OR_HEADER.test(from)) return []
    return [
      {
        path,
        reason:
          'must be a JSON Pointer such as /notifications/0/id, a header such as header location, or body',
      },
    ]
  })
}

function removalFaults({ removeFault }: StepBody, names: ReadonlySet<string>): PlacedFault[] {
  if (removeFault === undefined || names.has(removeFault)) return []
  return [{ path: ['removeFault'], reason: 'names no fault of a step before' }]
}

function isTaken(name: string): boolean {
  return name === TURN || RESERVED.includes(name)
}

function takenFault(path: Path, name: string): PlacedFault {
  return { path, reason: `$${name} has a meaning of its own` }
}

function textsIn(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) =>
    textsIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

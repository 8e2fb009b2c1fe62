import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { type ScenarioBody, ScenarioSchema } from '../messages/scenario.js'
import { AJV_OPTIONS, schemaFaults } from '../messages/schema-faults.js'
import type { Scenario } from './scenario.js'
import { withoutNumbers } from './shown-value.js'
import { type PlacedFault, stepFaults } from './step-faults.js'
import { type FileFault, type Path, YamlText } from './yaml-text.js'

export const FILE_FAULTS_MAX = 20
export const FILE_LENGTH_MAX = 1_000_000

/** A scenario file is wrong: where and why, the first twenty of it. */
export class WrongFile extends Error {
  override readonly name = 'WrongFile'
  readonly file: string
  readonly faults: readonly FileFault[]

  constructor(file: string, faults: readonly FileFault[]) {
    const listed = faults
      .slice(0, FILE_FAULTS_MAX)
      .map(({ line, reason }) => ({ line, reason: withoutNumbers(reason) }))
    super(listed.map(({ line, reason }) => `${file}:${line}: ${reason}`).join('\n'))
    this.file = file
    this.faults = listed
  }
}

/** Says why no hub takes a setting, or undefined when one does. */
type SettingCheck = (name: string, value: string) => string | undefined

/**
 * Reads a scenario from its text and throws WrongFile, with every fault that was found, when it is none. The settings
 * that it needs are checked by whoever knows what a hub takes.
 */
export function readScenario(
  file: string,
  text: string,
  settingFault: SettingCheck = () => undefined,
): Scenario {
  if (text.length > FILE_LENGTH_MAX) {
    throw new WrongFile(file, [{ line: 1, reason: `The file is longer than ${FILE_LENGTH_MAX} characters.` }])
  }
  const yaml = new YamlText(text)
  if (yaml.faults.length > 0) throw new WrongFile(file, yaml.faults)
  const body = plainValue(file, yaml)
  const check = validator()
  const errors = check(body) ? [] : (check.errors ?? []).filter(saysWhat)
  // Ajv has just said so, or what it faults is taken out.
  const scenario = (errors.length === 0 ? body : withoutFaults(body, errors)) as ScenarioBody
  const misfits = errors.map((error) => misfit(error))
  const others = [
    ...settingFaults(insideOf(insideOf(scenario, 'needs'), 'settings'), settingFault),
    ...(hasSteps(scenario) ? stepFaults(scenario) : []),
  ]
  const faults = [
    ...misfits.map(({ path, reason }) => ({ line: yaml.lineOf(path), reason })),
    ...others
      .filter(({ path }) => !misfits.some((each) => each.covers(path)))
      .map(({ path, reason }) => ({ line: yaml.lineOf(path), reason: sentence(path, reason) })),
  ]
  if (faults.length > 0) throw new WrongFile(file, inOrder(faults))
  const steps = scenario.steps.map((step, i) => ({ ...step, line: yaml.lineOf(['steps', i]) }))
  return { ...scenario, file, steps }
}

function settingFaults(settings: unknown, settingFault: SettingCheck): PlacedFault[] {
  return Object.entries(settings ?? {}).flatMap(([name, value]) => {
    const reason = settingFault(name, String(value))
    return reason === undefined ? [] : [{ path: ['needs', 'settings', name], reason }]
  })
}

/** A copy in which nothing stands where the schema finds a fault, so that the rest can be looked at as well. */
function withoutFaults(body: unknown, errors: readonly ErrorObject[]): unknown {
  const copy = structuredClone(body)
  for (const { keyword, instancePath } of errors) {
    const path = pathOf(instancePath)
    const key = path.at(-1)
    // A property too few or too many leaves the others as they are.
    if (key === undefined || ['required', 'additionalProperties', 'pattern'].includes(keyword)) continue
    const around = path.slice(0, -1).reduce<unknown>(insideOf, copy)
    if (typeof around !== 'object' || around === null) continue
    const nothing = around === insideOf(copy, 'steps') ? {} : ''
    Object.assign(around, { [key]: nothing })
  }
  return copy
}

function insideOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

function hasSteps(scenario: unknown): boolean {
  return Array.isArray(insideOf(scenario, 'steps'))
}

function isWithin(path: Path, around: Path): boolean {
  return around.every((key, i) => path[i] === key)
}

function isSame(path: Path, other: Path): boolean {
  return path.length === other.length && isWithin(path, other)
}

function plainValue(file: string, yaml: YamlText): unknown {
  try {
    return yaml.value()
  } catch (error) {
    throw new WrongFile(file, [{ line: 1, reason: (error as Error).message }])
  }
}

let compiled: ValidateFunction | undefined

function validator(): ValidateFunction {
  compiled ??= new Ajv(AJV_OPTIONS).compile(ScenarioSchema)
  return compiled
}

/** Of a name that cannot be one Ajv says twice that it is wrong, and once why. */
function saysWhat({ keyword }: ErrorObject): boolean {
  return keyword !== 'propertyNames'
}

/** A fault that the schema finds; what it covers needs no word more. */
interface Misfit extends PlacedFault {
  covers(path: Path): boolean
}

function misfit(error: ErrorObject): Misfit {
  const around = pathOf(error.instancePath)
  const { propertyName } = error
  if (propertyName !== undefined) {
    const path = [...around, propertyName]
    const reason = sentence(path, 'is no name: a small letter, then letters and digits')
    return { path, reason, covers: (other) => isWithin(other, path) }
  }
  const [fault] = schemaFaults([error])
  const reason = `${fault?.pointer || 'the file'} ${fault?.message}`
  const unknown: unknown = error.params.additionalProperty
  if (typeof unknown === 'string') {
    // It may be meant as what is missing beside it.
    const path = [...around, unknown]
    const covers = (other: Path) => isSame(other, around) || isSame(other, path)
    return { path, reason, covers }
  }
  const covers = (other: Path) => error.keyword !== 'required' && isWithin(other, around)
  return { path: around, reason, covers }
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((each) => (/^\d{1,6}$/.test(each) ? Number(each) : each.replaceAll('~1', '/').replaceAll('~0', '~')))
}

function sentence(path: Path, reason: string): string {
  return `/${path.join('/')} ${reason}`
}

function inOrder(faults: FileFault[]): FileFault[] {
  return faults.sort((a, b) => a.line - b.line)
}

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { type ScenarioBody, ScenarioSchema } from '../messages/scenario.js'
import { AJV_OPTIONS, schemaFaults } from '../messages/schema-faults.js'
import type { Scenario } from './scenario.js'
import { stepFaults } from './step-faults.js'
import { type FileFault, type Path, YamlText } from './yaml-text.js'

export const FILE_FAULTS_MAX = 20
export const FILE_LENGTH_MAX = 1_000_000

/** A scenario file is wrong: where and why, the first twenty of it. */
export class WrongFile extends Error {
  override readonly name = 'WrongFile'
  readonly file: string
  readonly faults: readonly FileFault[]

  constructor(file: string, faults: readonly FileFault[]) {
    const listed = faults.slice(0, FILE_FAULTS_MAX)
    super(listed.map(({ line, reason }) => `${file}:${line}: ${reason}`).join('\n'))
    this.file = file
    this.faults = listed
  }
}

/** Reads a scenario from its text and throws WrongFile, with every fault that was found, when it is none. */
export function readScenario(file: string, text: string): Scenario {
  if (text.length > FILE_LENGTH_MAX) {
    throw new WrongFile(file, [{ line: 1, reason: `The file is longer than ${FILE_LENGTH_MAX} characters.` }])
  }
  const yaml = new YamlText(text)
  if (yaml.faults.length > 0) throw new WrongFile(file, yaml.faults)
  const body = plainValue(file, yaml)
  const check = validator()
  if (!check(body)) {
    throw new WrongFile(
      file,
      inOrder((check.errors ?? []).filter(saysWhat).map((error) => schemaFault(error, yaml))),
    )
  }
  // Ajv has just said so.
  const scenario = body as ScenarioBody
  const faults = stepFaults(scenario).map(({ path, reason }) => ({
    line: yaml.lineOf(path),
    reason: sentence(path, reason),
  }))
  if (faults.length > 0) throw new WrongFile(file, inOrder(faults))
  const steps = scenario.steps.map((step, i) => ({ ...step, line: yaml.lineOf(['steps', i]) }))
  return { ...scenario, file, steps }
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

function schemaFault(error: ErrorObject, yaml: YamlText): FileFault {
  const around = pathOf(error.instancePath)
  const { propertyName } = error
  if (propertyName !== undefined) {
    const path = [...around, propertyName]
    return {
      line: yaml.lineOf(path),
      reason: sentence(path, 'is no name: a small letter, then letters and digits'),
    }
  }
  const [fault] = schemaFaults([error])
  const unknown: unknown = error.params.additionalProperty
  const path = typeof unknown === 'string' ? [...around, unknown] : around
  return { line: yaml.lineOf(path), reason: `${fault?.pointer || 'the file'} ${fault?.message}` }
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

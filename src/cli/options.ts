import { type Instant, parseInstant } from '../clock.js'
import { type CalendarDate, parseCalendarDate } from '../domain/calendar.js'
import { parseDuration } from '../domain/duration.js'
import { ENGLAND } from '../reference/england.js'

/** What cac answers: an option once is a text or a flag, twice a list. */
export type Options = Record<string, unknown>

/** The command line was not understood; its message is one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[camelCase(name)]
  if (value === undefined) return undefined
  if (Array.isArray(value)) throw new UsageError(`--${name} was given twice.`)
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} needs a value.`)
  return value
}

export function flagOption(options: Options, name: string): boolean {
  const value = options[camelCase(name)] ?? false
  return Array.isArray(value) ? value.includes(true) : value === true
}

export function numberOption(
  options: Options,
  name: string,
  { min, max, whole = true }: { min: number; max: number; whole?: boolean },
): number | undefined {
  const text = textOption(options, name)
  if (text === undefined) return undefined
  const value = Number(text)
  const fits = /^\d+(\.\d+)?$/.test(text) && value >= min && value <= max
  if (fits && (!whole || Number.isInteger(value))) return value
  const kind = whole ? 'a whole number' : 'a number'
  throw new UsageError(`--${name} must be ${kind} from ${min} to ${max}, not "${text}".`)
}

export function choiceOption<const C extends readonly string[]>(
  options: Options,
  name: string,
  choices: C,
): C[number] | undefined {
  const text = textOption(options, name)
  if (text === undefined || choices.includes(text)) return text
  throw new UsageError(`--${name} must be ${choices.join(' or ')}, not "${text}".`)
}

export function dateOption(options: Options, name: string): CalendarDate | undefined {
  const text = textOption(options, name)
  if (text === undefined) return undefined
  const parsed = parseCalendarDate(text)
  if (typeof parsed === 'object') return parsed.date
  throw new UsageError(`--${name} must be a date that exists, written YYYY-MM-DD, not "${text}".`)
}

export function instantOption(options: Options, name: string): Instant | undefined {
  const text = textOption(options, name)
  if (text === undefined) return undefined
  const instant = parseInstant(text)
  if (instant !== undefined) return instant
  throw new UsageError(`--${name} must be a time such as 2026-11-24T02:00:00Z, not "${text}".`)
}

/** An ISO 8601 duration, in milliseconds. */
export function durationOption(options: Options, name: string): number | undefined {
  const text = textOption(options, name)
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new UsageError(`--${name} must be a duration such as PT10M, not "${text}".`)
}

/** An authority's ONS code; when it is one of another kind, says which it should have been. */
export function authorityOption(options: Options): string | undefined {
  const text = textOption(options, 'authority')
  if (text === undefined || /^[A-Z]\d{8}$/.test(text)) return text
  const wanted = text.toLowerCase()
  const meant = ENGLAND.find(({ dfeCode, name }) => dfeCode === text || name.toLowerCase() === wanted)
  const hint = meant === undefined ? '' : ` ${meant.name} is ${meant.code}.`
  throw new UsageError(`--authority must be an ONS code such as E06000006, not "${text}".${hint}`)
}

export function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UsageError(`--${name} is needed.`)
  return value
}

export async function hubOption(options: Options): Promise<string> {
  const url = textOption(options, 'hub') ?? (await hubOfEnvironment())
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:'
  if (parsed === undefined || !isHttp || parsed.username !== '' || parsed.search !== '') {
    throw new UsageError('The hub’s address (--hub or CPIS_HUB_URL) must look like http://127.0.0.1:8080.')
  }
  return parsed.href.replace(/\/+$/, '')
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Loaded only where it is needed: the schemas of the settings take longer to load than a lookup takes. */
async function hubOfEnvironment(): Promise<string> {
  const { readHubUrl } = await import('../config.js')
  return readHubUrl()
}

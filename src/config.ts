import envSchema from 'env-schema'

const GIBIBYTE = 1_073_741_824

const SETTINGS = {
  PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: 8080 },
  HOST: { type: 'string', minLength: 1, default: '127.0.0.1' },
  AUTH_NONE_I_KNOW: { type: 'boolean', default: false },
  ALLOWED_HOSTS: { type: 'string', default: '' },
  PUBLIC_URL: { type: 'string', default: '' },
  DATA_DIR: { type: 'string', minLength: 1, default: './data' },
  LOG_LEVEL: {
    type: 'string',
    enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
  },
  DATASET_MAX_BYTES: { type: 'integer', minimum: 1, maximum: GIBIBYTE / 2, default: 67_108_864 },
  DATASET_MAX_RECORDS: { type: 'integer', minimum: 1, maximum: 10_000_000, default: 100_000 },
  FRESHNESS_HOURS: { type: 'number', minimum: 0, maximum: 87_600, default: 24 },
  FRESHNESS_GRACE_HOURS: { type: 'number', minimum: 0, maximum: 87_600, default: 2 },
  COLLAPSE_HOURS: { type: 'number', minimum: 0, maximum: 87_600, default: 24 },
  RETENTION_DAYS: { type: 'number', minimum: 0, maximum: 36_500, default: 365 },
  SHRINK_GUARD_RATIO: { type: 'number', minimum: 0, maximum: 1, default: 0.5 },
  PDS_CHECK: { type: 'string', enum: ['format', 'registered'], default: 'format' },
  AUTHORITIES_START_AS: { type: 'string', enum: ['live', 'registered'], default: 'live' },
  TESTER_CONTROLS: { type: 'boolean', default: false },
  TESTER_JOURNAL_MAX: { type: 'integer', minimum: 1, maximum: 100_000, default: 1_000 },
  TESTER_BODY_MAX_BYTES: { type: 'integer', minimum: 0, maximum: 1_048_576, default: 16_384 },
  TESTER_SNAPSHOTS_MAX: { type: 'integer', minimum: 1, maximum: 1_000, default: 20 },
  TESTER_FAULTS_MAX: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
  TESTER_PEOPLE_MAX: { type: 'integer', minimum: 1, maximum: 10_000_000, default: 500_000 },
  TESTER_EVENTS_MAX: { type: 'integer', minimum: 1, maximum: 100_000, default: 1_000 },
} as const

interface Typed {
  integer: number
  number: number
  boolean: boolean
  string: string
}
type ValueOf<Setting> = Setting extends { enum: readonly (infer Value)[] }
  ? Value
  : Setting extends { type: keyof Typed }
    ? Typed[Setting['type']]
    : never
type Environment = { [Name in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Name]> }

/** Every setting of a hub; README.md has the table. */
export interface HubConfig {
  port: number
  host: string
  authNoneIKnow: boolean
  /** Names under which the hub may be addressed beside loopback, separated by commas, each with a port or without. */
  allowedHosts: string
  /** Where callers reach the hub, when they do so through a proxy; the addresses in FHIR replies begin with it. */
  publicUrl: string
  dataDir: string
  logLevel: Environment['LOG_LEVEL']
  datasetMaxBytes: number
  datasetMaxRecords: number
  freshnessHours: number
  freshnessGraceHours: number
  collapseHours: number
  retentionDays: number
  shrinkGuardRatio: number
  /** How far the people of a dataset are checked: by their numbers alone, or against the simulated register. */
  pdsCheck: Environment['PDS_CHECK']
  authoritiesStartAs: Environment['AUTHORITIES_START_AS']
  /** Whether whoever can reach the hub may set its clock, break it on demand and see what arrived. */
  testerControls: boolean
  /** Requests that the journal keeps. */
  testerJournalMax: number
  /** Of a body in the journal, request or answer. */
  testerBodyMaxBytes: number
  testerSnapshotsMax: number
  testerFaultsMax: number
  /** In the simulated register of people. */
  testerPeopleMax: number
  /** Events that the live view keeps for whoever comes back. */
  testerEventsMax: number
}

/** One wrong setting, named; the start stops with this line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The setting behind each option. */
const SETTING_OF = {
  port: 'PORT',
  host: 'HOST',
  authNoneIKnow: 'AUTH_NONE_I_KNOW',
  allowedHosts: 'ALLOWED_HOSTS',
  publicUrl: 'PUBLIC_URL',
  dataDir: 'DATA_DIR',
  logLevel: 'LOG_LEVEL',
  datasetMaxBytes: 'DATASET_MAX_BYTES',
  datasetMaxRecords: 'DATASET_MAX_RECORDS',
  freshnessHours: 'FRESHNESS_HOURS',
  freshnessGraceHours: 'FRESHNESS_GRACE_HOURS',
  collapseHours: 'COLLAPSE_HOURS',
  retentionDays: 'RETENTION_DAYS',
  shrinkGuardRatio: 'SHRINK_GUARD_RATIO',
  pdsCheck: 'PDS_CHECK',
  authoritiesStartAs: 'AUTHORITIES_START_AS',
  testerControls: 'TESTER_CONTROLS',
  testerJournalMax: 'TESTER_JOURNAL_MAX',
  testerBodyMaxBytes: 'TESTER_BODY_MAX_BYTES',
  testerSnapshotsMax: 'TESTER_SNAPSHOTS_MAX',
  testerFaultsMax: 'TESTER_FAULTS_MAX',
  testerPeopleMax: 'TESTER_PEOPLE_MAX',
  testerEventsMax: 'TESTER_EVENTS_MAX',
} as const satisfies Record<keyof HubConfig, keyof Environment>

/** Reads the environment and refuses what is wrong, naming the first setting at fault. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): HubConfig {
  const config = toConfig((name) => environment[SETTING_OF[name]])
  refuseOpenDoor(config)
  return config
}

/** Completes options that a program gave, checked as the environment is; one that is undefined was not given. */
export function completeConfig(options: Partial<HubConfig>): HubConfig {
  return toConfig((name) => options[name])
}

function toConfig(given: (name: keyof HubConfig) => unknown): HubConfig {
  const names = Object.keys(SETTING_OF) as (keyof HubConfig)[]
  const settings = validated(
    Object.fromEntries(
      names.map((name) => [SETTING_OF[name], given(name)]).filter(([, value]) => value !== undefined),
    ),
  )
  // Object.fromEntries forgets which name has which type; SETTING_OF pairs each with a setting of the same type.
  const config = Object.fromEntries(
    names.map((name) => [name, settings[SETTING_OF[name]]]),
  ) as unknown as HubConfig
  listAllowedHosts(config)
  publicUrlOf(config)
  return config
}

const HOST_NAME = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/

/** The names of ALLOWED_HOSTS one by one, in lower case; refuses what cannot be a name. */
export function listAllowedHosts({ allowedHosts }: Pick<HubConfig, 'allowedHosts'>): string[] {
  const hosts = allowedHosts
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '')
  const strange = hosts.find((host) => !HOST_NAME.test(host))
  if (strange === undefined) return hosts
  throw new ConfigError(
    `ALLOWED_HOSTS must list names such as hub.example or hub.example:8443, separated by commas, not "${strange}".`,
  )
}

const ORIGIN = /^https?:\/\/[A-Za-z0-9._-]+(:\d{1,5})?$/

/** PUBLIC_URL, or undefined when it is not set; refuses what is no scheme and host. */
export function publicUrlOf({ publicUrl }: Pick<HubConfig, 'publicUrl'>): string | undefined {
  if (publicUrl === '') return undefined
  if (ORIGIN.test(publicUrl)) return publicUrl
  throw new ConfigError(
    `PUBLIC_URL must be a scheme and a host, such as https://hub.example, without a path, not "${publicUrl}".`,
  )
}

// One spelling: Number() would take a blank for nought, and a blank RETENTION_DAYS would purge everything.
const WRITTEN_NUMBER = /^\d+(\.\d+)?$/

function refuseStrangeNumbers(given: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(given)) {
    const { type } = SETTINGS[name as keyof Environment]
    if (type !== 'integer' && type !== 'number') continue
    if (typeof value === 'number' ? Number.isFinite(value) : WRITTEN_NUMBER.test(String(value))) continue
    throw new ConfigError(
      `${name} must be a ${type === 'integer' ? 'whole ' : ''}number, such as 24, not "${String(value)}".`,
    )
  }
}

// One object, since it is compiled once and kept by its identity: a host process may open many hubs.
const ENVIRONMENT = { type: 'object', properties: SETTINGS }

function validated(given: Record<string, unknown>): Environment {
  refuseStrangeNumbers(given)
  try {
    return envSchema<Environment>({ schema: ENVIRONMENT, data: given, env: false })
  } catch (error) {
    const first = (error as { errors?: { instancePath: string; message: string; params: object }[] })
      .errors?.[0]
    if (first === undefined) throw error
    const name = first.instancePath.slice(1)
    const allowed =
      'allowedValues' in first.params ? `: ${(first.params.allowedValues as string[]).join(', ')}` : ''
    throw new ConfigError(`${name} ${first.message}${allowed}, not "${String(given[name])}".`)
  }
}

/** Nobody is authenticated, so only this machine may ask, unless the operator says that they know. */
export function refuseOpenDoor({ host, authNoneIKnow }: Pick<HubConfig, 'host' | 'authNoneIKnow'>): void {
  if (isLoopback(host) || authNoneIKnow) return
  throw new ConfigError(
    `HOST ${host} is not a loopback address, and the hub authenticates nobody. Set AUTH_NONE_I_KNOW=true if that is meant.`,
  )
}

/** The hub that the commands of the command line talk to, unless they are told another with --hub. */
export function readHubUrl(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.CPIS_HUB_URL || 'http://127.0.0.1:8080'
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Every refusal that the hub knows. `status` is data: nothing in domain or hub speaks HTTP. See docs/errors.md. */
export const PROBLEMS = {
  SCHEMA_VIOLATION: { status: 400, title: 'The request does not fit its schema' },
  JSON_MALFORMED: { status: 400, title: 'The body is not JSON' },
  DUPLICATE_KEY: { status: 400, title: 'A property stands twice in one object' },
  PROPERTY_FORBIDDEN: { status: 400, title: 'A property has a name that is not allowed' },
  NESTED_TOO_DEEP: { status: 400, title: 'Lists and objects are nested too deep' },
  NOT_UTF8: { status: 400, title: 'The body is not UTF-8' },
  GZIP_MALFORMED: { status: 400, title: 'The body is not gzip' },
  HEADER_REPEATED: { status: 400, title: 'A header was sent more than once' },
  INVALID_NHS_NUMBER: { status: 400, title: 'The NHS number is not valid' },
  CURSOR: { status: 400, title: 'The cursor is not one that this hub gave' },
  IDEMPOTENCY_KEY: { status: 400, title: 'The Idempotency-Key cannot be used' },
  ACCESS_UNKNOWN: { status: 400, title: 'There is no such access for this NHS number' },
  AT_IN_FUTURE: { status: 400, title: 'The attendance lies in the future' },
  ORIGIN_NOT_ALLOWED: { status: 403, title: 'Pages of another site may not ask' },
  NOT_FOUND: { status: 404, title: 'There is nothing here' },
  AUTHORITY_UNKNOWN: { status: 404, title: 'There is no such local authority' },
  NOTIFICATION_UNKNOWN: { status: 404, title: 'There is no such notification' },
  SNAPSHOT_UNKNOWN: { status: 404, title: 'There is no such snapshot' },
  FAULT_UNKNOWN: { status: 404, title: 'There is no such fault' },
  DATASET_UNKNOWN: { status: 404, title: 'This authority has no such dataset' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This resource has no such method' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  AUTHORITY_NOT_ONBOARDED: { status: 409, title: 'The authority may not submit yet' },
  AUTHORITY_SUSPENDED: { status: 409, title: 'The authority is suspended' },
  GO_LIVE_GATE: { status: 409, title: 'Too few of the children in scope are on the index' },
  OUT_OF_SEQUENCE: { status: 409, title: 'This sequence number has been used' },
  SEQUENCE_GAP: { status: 409, title: 'Datasets are missing before this delta' },
  TESTER_LIMIT: { status: 409, title: 'There are as many of these as the hub keeps' },
  SNAPSHOT_DAMAGED: { status: 409, title: 'The snapshot cannot be used' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  DATASET_TOO_LARGE: { status: 413, title: 'The dataset is too large' },
  CONTENT_TYPE: { status: 415, title: 'The content type is not one that is read here' },
  CONTENT_ENCODING: { status: 415, title: 'The content encoding is not one that is read here' },
  EXPECTATION_NOT_MET: { status: 417, title: 'What was expected did not arrive' },
  HOST_NOT_ALLOWED: { status: 421, title: 'This hub is not known under that name' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key was used for another request' },
  SEED_RETURNED: { status: 422, title: 'A dataset of the seed would be returned' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'The hub failed' },
  OVERLOADED: { status: 503, title: 'The hub has too much to do' },
  REGISTER_UNAVAILABLE: { status: 503, title: 'The register of people cannot be reached' },
  STORAGE_FULL: { status: 503, title: 'The hub has no room to store anything' },
  STORE_UNAVAILABLE: { status: 503, title: 'The store cannot be reached' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** One element of a request at fault; `pointer` is a JSON Pointer (RFC 6901) into it. */
export interface SchemaFault {
  pointer: string
  message: string
}

/** A refusal on its way to the caller. `detail` says what to do next and never holds a value that was sent. */
export class HubError extends Error {
  override readonly name = 'HubError'
  readonly code: ProblemCode
  readonly detail: string
  readonly errors: SchemaFault[] | undefined
  /** What a refusal of its kind tells beside these; RFC 9457 section 3.2. */
  readonly members: Record<string, unknown> | undefined

  constructor(code: ProblemCode, detail: string, errors?: SchemaFault[], members?: Record<string, unknown>) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
    this.errors = errors
    this.members = members
  }
}

export function refuse(code: ProblemCode, detail: string, errors?: SchemaFault[]): HubError {
  return new HubError(code, detail, errors)
}

/** The same with members of its own. */
export function refuseWith(code: ProblemCode, detail: string, members: Record<string, unknown>): HubError {
  return new HubError(code, detail, undefined, members)
}

/** What a hub answers from the moment on in which it was told to stop. */
export function stopping(): HubError {
  return refuse('STORE_UNAVAILABLE', 'The hub is stopping. Send the request again in a moment.')
}

/** What every write is answered while there is no room to store anything. */
export function storageFull(): HubError {
  return refuse(
    'STORAGE_FULL',
    'The hub has no room to store anything. Send the same request again later, with the same key or sequence; meanwhile ring the local authority.',
  )
}

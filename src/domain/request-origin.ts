/** Where a request comes from; kept with what it causes. */
export interface RequestOrigin {
  /** The authority of the path or the requester's organisation, until callers can be authenticated. */
  caller: string
  requestId: string
  /** The route pattern, such as `POST /v1/lookups`: never a URL with values in it. */
  action: string
}

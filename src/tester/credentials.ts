// What a tester is shown of a caller's headers: those whose values let nobody in. Any other could be a key under a name
// that nobody here knows, so its name stands there and its value does not.
const HARMLESS = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'allow',
  'cache-control',
  'connection',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'date',
  'etag',
  'expect',
  'host',
  'idempotency-key',
  'idempotency-replayed',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'isunscheduledaccessevent',
  'isunscheduledevent',
  'keep-alive',
  'last-event-id',
  'last-modified',
  'location',
  'nhsd-end-user-organisation-ods',
  'nhsd-identity-uuid',
  'nhsd-session-urid',
  'origin',
  'pragma',
  'prefer',
  'retry-after',
  'te',
  'traceid',
  'traceparent',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'vary',
  'warning',
  'x-client',
  'x-correlation-id',
  'x-request-id',
  'x-simulated',
  'x-supplier',
])

/** What stands in the place of a value that is not shown. */
export const NOT_SHOWN = '***'

/** A header's value as testers are shown it, by the header's name in lower case. */
export function shownHeader(name: string, value: string): string {
  // Before an @ there can be a user's name and password.
  return HARMLESS.has(name) && !value.includes('@') ? value : NOT_SHOWN
}

// By the words of a name, since everybody makes up names of their own.
const WORDS =
  /cookie|token|secret|key|passw|passphrase|pwd|credential|sign|assertion|cert|jwt|jws|oidc|saml|bearer|session|csrf|xsrf|authori[sz]|authenti|(^|[^a-z])(auth|sig|code|otp|pin)([^a-z]|$)|auth[nz]/i

/** Whether what has this name may let somebody in, so that testers should not write its value down either. */
export function isCredential(name: string): boolean {
  return !HARMLESS.has(name.toLowerCase()) && WORDS.test(name)
}

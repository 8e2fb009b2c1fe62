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

// Everybody makes up names of their own. These give a credential away wherever in a name they stand, these as a word of it,
// and these when they are the whole of it.
const ANYWHERE =
  /cookie|token|passw|passphrase|credential|assertion|csrf|xsrf|oidc|saml|bearer|jwt|oauth|authori[sz]|authenti|auth[nz]|sess(ion)?_?id/i
const WORDS =
  /^(x?auth|jws|otp|passcode|pwd|sig|sign|signature|signed|(access|account|api|app|auth|client|consumer|encryption|functions|host|master|private|service|session|shared|signing|subscription|user)?(secret|key|cert)s?|certificates?)$/
const WHOLE = /^(code|pin|session)$/
// Beside one of these a word that says little by itself does say it.
const OF_A_LOGIN = /^(access|auth|device|id|key|login|mfa|otp|security|user|verification)$/

/** Whether what has this name may let somebody in, so that testers should not write its value down either. */
export function isCredential(name: string): boolean {
  const lower = name.toLowerCase()
  if (HARMLESS.has(lower)) return false
  if (ANYWHERE.test(lower)) return true
  const words = wordsOf(name)
  if (words.some((word) => WORDS.test(word))) return true
  if (!words.some((word) => WHOLE.test(word))) return false
  // `code` alone is what every refusal has.
  return words.some((word) => OF_A_LOGIN.test(word)) || words.join() === 'pin' || words.join() === 'session'
}

/** Of `X-Api-Key`, `apiKey` and `API_KEY` the same; the X says nothing. */
function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
  return (apart.toLowerCase().match(/[a-z]+/g) ?? []).filter((word) => word !== 'x')
}

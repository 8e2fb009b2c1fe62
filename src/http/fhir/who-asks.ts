import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Organisation, Requester, User } from '../../domain/requester.js'
import { type Claimed, claimedBy } from '../../fhir/claims.js'
import { preconditionFailed } from '../../fhir/refusal.js'
import { userOf } from '../../fhir/user.js'
import { isText } from '../../messages/common.js'
import { isOdsCode } from '../../messages/lookup.js'

/** Who a request says that it comes from: as much as it says. */
export interface WhoAsks {
  user: User | undefined
  organisation: Organisation | undefined
  /** What the caller is to be warned of. */
  warning: string | undefined
}

export const USER_HEADER = 'NHSD-Identity-UUID'
export const ROLE_PROFILE_HEADER = 'NHSD-Session-URID'
export const ORGANISATION_HEADER = 'NHSD-End-User-Organisation-ODS'

const ID_LENGTH_MAX = 64

/**
 * Who asks and for whom, by the headers that the national platform adds; what these leave open the bearer token says, of
 * which nothing is verified, or a simulated one stands in. Refuses PRECONDITION_FAILED when a header cannot be what it
 * should be.
 */
export function whoAsks(headers: IncomingHttpHeaders): WhoAsks {
  const { user, organisation } = namedBy(headers)
  const token = bearerOf(headers)
  if (token === undefined || (user !== undefined && organisation !== undefined)) {
    return { user, organisation, warning: undefined }
  }
  const claimed = claimedBy(token)
  const asks = {
    user: user ?? userBy(token, claimed, headers),
    organisation: organisation ?? claimed?.organisation ?? SIMULATED_ORGANISATION,
  }
  const isSimulated = (user ?? claimed?.user) === undefined || asks.organisation === SIMULATED_ORGANISATION
  return { ...asks, warning: isSimulated ? STANDS_IN : NOT_VERIFIED }
}

/** The same where it is known for whom. */
export function whoReports(headers: IncomingHttpHeaders): Omit<WhoAsks, 'organisation'> {
  const { user } = namedBy(headers)
  const token = bearerOf(headers)
  if (token === undefined || user !== undefined) return { user, warning: undefined }
  const claimed = claimedBy(token)
  const warning = claimed?.user === undefined ? STANDS_IN : NOT_VERIFIED
  return { user: userBy(token, claimed, headers), warning }
}

const STANDS_IN = `The bearer token does not say who asks, or for whom, so a simulated one stands in; send ${USER_HEADER} and ${ORGANISATION_HEADER}`
const NOT_VERIFIED = `Taken from the bearer token, which is not verified; send ${USER_HEADER} and ${ORGANISATION_HEADER}`

/** Who bears the token, under the role profile that a header may name. */
function userBy(token: string, claimed: Claimed | undefined, headers: IncomingHttpHeaders): User {
  const user = claimed?.user ?? simulatedUser(token)
  const roleProfileId = headerText(headers, ROLE_PROFILE_HEADER)
  return roleProfileId === undefined ? user : { ...user, roleProfileId }
}

/** The requester of an unscheduled search; refuses one that does not say who asks. */
export function requesterOf({ user, organisation }: WhoAsks): Requester {
  if (user !== undefined && organisation !== undefined) return { user, organisation }
  throw preconditionFailed(
    `an unscheduled search says who asks. Send ${USER_HEADER} and ${ORGANISATION_HEADER}, best with ${ROLE_PROFILE_HEADER}, or a bearer token; or IsUnscheduledAccessEvent: false when it is a scheduled one.`,
  )
}

function namedBy(headers: IncomingHttpHeaders): Omit<WhoAsks, 'warning'> {
  const id = headerText(headers, USER_HEADER)
  const roleProfileId = headerText(headers, ROLE_PROFILE_HEADER)
  const odsCode = headerText(headers, ORGANISATION_HEADER)
  if (odsCode !== undefined && !isOdsCode(odsCode)) {
    throw preconditionFailed(`${ORGANISATION_HEADER} must be an ODS code, such as RBN01, in capitals.`)
  }
  return {
    user: id === undefined ? undefined : userOf({ id, roleProfileId }),
    organisation: odsCode === undefined ? undefined : { odsCode, name: odsCode },
  }
}

function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()]
  if (value === undefined || value === '') return undefined
  if (isText(value, ID_LENGTH_MAX)) return value
  throw preconditionFailed(`${name} must be one text of at most ${ID_LENGTH_MAX} characters.`)
}

function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
}

/** For whom a bearer of a token asks that does not say it. */
export const SIMULATED_ORGANISATION: Organisation = { odsCode: 'SIM00', name: 'Simulated organisation' }

/** The same user each time that the same token comes, and another for another: rather told twice than not at all. */
function simulatedUser(token: string): User {
  const id = `simulated-${createHash('sha256').update(token).digest('hex').slice(0, 16)}`
  return userOf({ id, name: 'Simulated user' })
}

import { decodeJwt } from 'jose/jwt/decode'
import type { Organisation, User } from '../domain/requester.js'
import { isText } from '../messages/common.js'
import { isOdsCode } from '../messages/lookup.js'
import { userOf } from './user.js'

/** Who bears a token, as much as it says. */
export interface Claimed {
  user: User | undefined
  organisation: Organisation | undefined
}

type Claims = Record<string, unknown>

/**
 * What a token says of its bearer, by the claims that the national login (CIS2) makes, or by plain ones; nothing is
 * verified. Undefined when it is no JWT.
 */
export function claimedBy(token: string): Claimed | undefined {
  const claims = claimsOf(token)
  if (claims === undefined) return undefined
  const roles = listOf(claims.nhsid_nrbac_roles)
  const selected = textOf(claims.selected_roleid)
  const role = roles.find(({ person_roleid }) => person_roleid === selected) ?? roles[0] ?? {}
  const id = textOf(claims.nhsid_useruid) ?? textOf(claims.uid) ?? textOf(claims.sub)
  const user = id === undefined ? undefined : userOf({ id, ...namesOf(claims), ...roleOf(role, selected) })
  return { user, organisation: organisationOf(claims, role) }
}

function claimsOf(token: string): Claims | undefined {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

function namesOf(claims: Claims) {
  const parts = [textOf(claims.given_name), textOf(claims.family_name)].filter((part) => part !== undefined)
  const whole = textOf(parts.join(' '), NAME_LENGTH_MAX)
  return { name: textOf(claims.name, NAME_LENGTH_MAX) ?? whole }
}

function roleOf(role: Claims, selected: string | undefined) {
  // Written "Clinical":"Clinical Provision":"Nurse Access Role"; the last says what it is.
  const name = textOf(role.role_name, NAME_LENGTH_MAX)?.split(':').at(-1)?.replaceAll('"', '')
  return {
    roleProfileId: textOf(role.person_roleid) ?? selected,
    roleCode: textOf(role.role_code),
    roleName: textOf(name, NAME_LENGTH_MAX),
  }
}

function organisationOf(claims: Claims, role: Claims): Organisation | undefined {
  const organisations = listOf(claims.nhsid_user_orgs)
  const [first = {}] = organisations
  const odsCode = [role.org_code, first.org_code, claims.org_code, claims.ods_code].find(isOdsCode)
  if (odsCode === undefined) return undefined
  const same = organisations.find(({ org_code }) => org_code === odsCode) ?? claims
  return { odsCode, name: textOf(same.org_name, NAME_LENGTH_MAX) ?? odsCode }
}

const ID_LENGTH_MAX = 64
const NAME_LENGTH_MAX = 140

/** A claim that is a text of a length that the hub keeps; what is not counts as not said. */
function textOf(claim: unknown, lengthMax = ID_LENGTH_MAX): string | undefined {
  return isText(claim, lengthMax) ? claim : undefined
}

function listOf(claim: unknown): Claims[] {
  return Array.isArray(claim) ? claim.filter((each) => typeof each === 'object' && each !== null) : []
}

import type { AuditEvent, Coding, PractitionerRole } from 'fhir/r4.js'
import type { AccessEvent, ShownAccess } from '../domain/access-event.js'
import type { User } from '../domain/requester.js'
import { patientReference } from './care-team.js'
import { fhirCode, fhirText } from './fhir-text.js'
import {
  ODS_CODE,
  RECORD_LIFECYCLE,
  ROLE_CLASS,
  SDS_JOB_ROLE,
  SDS_ROLE_PROFILE_ID,
  SDS_USER_ID,
} from './systems.js'
import { isRoleNamed } from './user.js'

/** A recorded access as the guide's AuditEvent (domain.md section 6.5); `practitionerRole` refers to who looked. */
export function auditEventOf({ nhsNumber, access }: ShownAccess, practitionerRole: string): AuditEvent {
  const { id, at, location } = access
  return {
    resourceType: 'AuditEvent',
    id,
    type: { system: RECORD_LIFECYCLE, code: 'access', display: 'Access/View Record Lifecycle Event' },
    action: 'R',
    recorded: at,
    outcome: '0',
    agent: [
      {
        type: { coding: [{ system: ROLE_CLASS, code: 'PAT', display: 'patient' }] },
        who: patientReference(nhsNumber),
        requestor: false,
      },
      {
        type: { coding: [{ system: ROLE_CLASS, code: 'ASSIGNED', display: 'assigned entity' }] },
        who: { reference: practitionerRole },
        requestor: true,
        ...(location !== null && { location: { display: fhirText(location) } }),
      },
    ],
    source: { observer: { reference: practitionerRole } },
  }
}

/** The same alone, with who looked inside, since a PractitionerRole has no address of its own. */
export function auditEventAlone(shown: ShownAccess): AuditEvent {
  const { resourceType, id, ...rest } = auditEventOf(shown, `#${CONTAINED_ID}`)
  return {
    resourceType,
    id,
    contained: [{ ...practitionerRoleOf(shown.access), id: CONTAINED_ID }],
    ...rest,
  } as AuditEvent
}

const CONTAINED_ID = 'practitioner-role'

/** Who looked, as recorded with this access; it bears the access's id. */
export function practitionerRoleOf({ id, user, organisation }: AccessEvent): PractitionerRole {
  const { roleProfileId } = user
  const role = roleCodingOf(user)
  return {
    resourceType: 'PractitionerRole',
    id,
    ...(roleProfileId !== undefined && {
      identifier: [{ system: SDS_ROLE_PROFILE_ID, value: fhirText(roleProfileId) }],
    }),
    practitioner: {
      identifier: { system: SDS_USER_ID, value: fhirText(user.id) },
      display: fhirText(user.name),
    },
    organization: {
      identifier: { system: ODS_CODE, value: organisation.odsCode },
      display: fhirText(nameWithCode(organisation)),
    },
    ...(role !== undefined && { code: [{ coding: [role] }] }),
  }
}

/** The user's job; undefined when nothing is known of it. */
function roleCodingOf(user: User): Coding | undefined {
  const code = fhirCode(user.roleCode)
  const display = isRoleNamed(user) ? fhirText(user.roleName) : undefined
  if (code === undefined && display === undefined) return undefined
  return {
    ...(code !== undefined && { system: SDS_JOB_ROLE, code }),
    ...(display !== undefined && { display }),
  }
}

/** As the guide writes it, `Whiston Hospital (RBN01)`; the code alone where no name is known. */
function nameWithCode({ name, odsCode }: AccessEvent['organisation']): string {
  return name === odsCode ? odsCode : `${name} (${odsCode})`
}

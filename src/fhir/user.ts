import type { User } from '../domain/requester.js'

const ROLE_NOT_STATED = 'Not stated'

interface KnownOfUser {
  id: string
  name?: string | undefined
  roleProfileId?: string | undefined
  roleCode?: string | undefined
  roleName?: string | undefined
}

/** A user of whom some may not be known: a name that is missing is shown as the id that there is. */
export function userOf({ id, name = id, roleProfileId, roleCode, roleName }: KnownOfUser): User {
  return {
    id,
    name,
    roleName: roleName ?? standInOf(roleProfileId),
    ...(roleCode !== undefined && { roleCode }),
    ...(roleProfileId !== undefined && { roleProfileId }),
  }
}

/** Whether the role's name is one, and nothing that stands in for it. */
export function isRoleNamed(user: User): user is User & { roleName: string } {
  return user.roleName !== undefined && user.roleName !== standInOf(user.roleProfileId)
}

function standInOf(roleProfileId: string | undefined): string {
  return roleProfileId ?? ROLE_NOT_STATED
}

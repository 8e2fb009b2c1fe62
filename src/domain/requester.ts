/** A health organisation, by its ODS code. */
export interface Organisation {
  odsCode: string
  name: string
}

export interface User {
  id: string
  name: string
  roleCode?: string
  roleName?: string
  /** The SDS role profile under which the user asks (domain.md section 6.5). */
  roleProfileId?: string
}

/** Who asks, on whose behalf. */
export interface Requester {
  organisation: Organisation
  user: User
}

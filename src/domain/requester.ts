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
}

/** Who asks, on whose behalf. */
export interface Requester {
  organisation: Organisation
  user: User
}

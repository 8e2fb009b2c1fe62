import {
  type AuthorityCode,
  type AuthorityStatus,
  type LocalAuthority,
  newAuthority,
} from '../domain/local-authority.js'
import { ENGLAND } from './england.js'

const WAVES = 5

/** The authorities that a new hub knows, with invented contacts from the phone range reserved for drama. */
export function referenceAuthorities(status: AuthorityStatus): LocalAuthority[] {
  return ENGLAND.map(({ code, name, dfeCode, odsCode }, i) =>
    newAuthority(code as AuthorityCode, {
      name,
      dfeCode,
      odsCode,
      officeHoursPhone: dramaNumber(i),
      emergencyDutyPhone: dramaNumber(400 + i),
      dataSteward: {
        name: `Data steward, ${name}`,
        role: 'CP-IS data steward',
        email: `cp-is@${name.toLowerCase().replace(/[^a-z]+/g, '-')}.example`,
        phone: dramaNumber(200 + i),
      },
      wave: 1 + Math.floor((i * WAVES) / ENGLAND.length),
      status,
      acceptance: 'all-or-nothing',
      childrenInScope: null,
    }),
  )
}

/** 01632 960000-960999: Ofcom's numbers for drama, which never ring. */
function dramaNumber(place: number): string {
  return `01632 960${String(place).padStart(3, '0')}`
}

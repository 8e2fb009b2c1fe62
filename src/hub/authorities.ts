import { londonDate } from '../clock.js'
import type { AuthorityCode, AuthorityProfile, LocalAuthority } from '../domain/local-authority.js'
import { GO_LIVE_PERCENT } from '../domain/local-authority.js'
import { refuse } from '../domain/problem.js'
import type { HubContext } from './context.js'

/** An authority that must be there; refuses AUTHORITY_UNKNOWN. */
export async function getAuthority(hub: HubContext, code: string): Promise<LocalAuthority> {
  const authority = await hub.store.findAuthority(code as AuthorityCode)
  if (authority !== undefined) return authority
  throw refuse('AUTHORITY_UNKNOWN', 'GET /v1/authorities lists those that are known; PUT creates one.')
}

/** Creates an authority or changes one; going live passes the gate unless it is forced. */
export async function saveAuthority(
  hub: HubContext,
  code: AuthorityCode,
  change: Partial<AuthorityProfile>,
  force: boolean,
): Promise<{ created: boolean; authority: LocalAuthority }> {
  const outcome = await hub.store.saveAuthority({
    code,
    change,
    defaults: {
      dfeCode: null,
      odsCode: null,
      wave: 1,
      status: 'registered',
      acceptance: 'all-or-nothing',
      childrenInScope: null,
    },
    force,
    today: londonDate(hub.clock()),
  })
  switch (outcome.kind) {
    case 'incomplete': {
      const faults = outcome.missing.map((field) => ({
        pointer: `/${field}`,
        message: 'is required of a new authority',
      }))
      throw refuse(
        'SCHEMA_VIOLATION',
        'A new authority needs a name, both phones and a data steward.',
        faults,
      )
    }
    case 'gate-refused': {
      const { activeChildren, childrenInScope } = outcome.gate
      const figure =
        childrenInScope === null
          ? `${activeChildren} are on the index, and childrenInScope is not known`
          : `${activeChildren} of ${childrenInScope} are (${percent(activeChildren, childrenInScope)} %)`
      throw refuse(
        'GO_LIVE_GATE',
        `Going live needs an active plan for ${GO_LIVE_PERCENT} % of the children in scope; ${figure}. Submit a fuller dataset, or send force: true.`,
      )
    }
    default:
      return { created: outcome.kind === 'created', authority: outcome.authority }
  }
}

function percent(part: number, whole: number): string {
  // Rounded down, so that a figure just under the gate never reads as if it had passed.
  return (Math.floor((part * 1000) / whole) / 10).toFixed(1)
}

import { randomUUID } from 'node:crypto'
import type { AuthorityCode } from '../../domain/local-authority.js'
import { notificationId } from '../../domain/notification.js'
import type { RequestShown } from '../../messages/tester/journal.js'
import type { Stage } from './stage.js'
import { failed, passed, type Step, skipped, type Verdict } from './step.js'

const OF_NOTIFICATIONS = '/v1/authorities/{authorityCode}/notifications'
const LEASE = `${OF_NOTIFICATIONS}/lease`
const ACKNOWLEDGE = `${OF_NOTIFICATIONS}/acknowledge`
const OK = 200
const LOOKUPS_MAX = 3

export const collectsNotifications: Step = {
  id: 'collects-notifications',
  waitsFor:
    'A child of the list is seen in an emergency department: lease the notification and acknowledge it.',
  async run(stage) {
    const id = await seeChild(stage)
    if (typeof id !== 'string') return id
    const leased = await leasesOf(stage, id, 1)
    return leased.verdict ?? acknowledged(stage, id, leased.requests)
  },
}

export const acknowledgesBothCopies: Step = {
  id: 'acknowledges-both-copies',
  waitsFor:
    'The child is seen again, and the notification is handed out twice: lease and acknowledge both copies.',
  async run(stage) {
    // Every lease, since one that brings nothing would use the fault up.
    const fault = await stage.setFault({ match: { route: LEASE }, do: { deliverTwice: true } })
    const verdict = await collectTwice(stage, fault)
    await stage.endFault(fault)
    return verdict
  },
}

async function collectTwice(stage: Stage, fault: string): Promise<Verdict> {
  for (let lookups = 1; lookups <= LOOKUPS_MAX; lookups += 1) {
    const id = await seeChild(stage)
    if (typeof id !== 'string') return id
    const first = await leasesOf(stage, id, 1)
    if (first.verdict !== undefined) return first.verdict
    // A lease that waited already when the fault was set brings its notifications once.
    if (first.requests[0]?.fault !== fault) continue
    const both = await leasesOf(stage, id, 2)
    return both.verdict ?? acknowledged(stage, id, both.requests)
  }
  return failed('It had more leases waiting at once than there were notifications.')
}

/** Has somebody new look the first visible child up, and answers the id of what the authority is told. */
async function seeChild(stage: Stage): Promise<string | Verdict> {
  const { tester, code } = stage
  if ((await tester.getAuthority(code)).status !== 'live')
    return skipped('The authority is not live, so health sees none of its children.')
  const nhsNumber = await tester.findVisibleNumber(code)
  if (nhsNumber === undefined) return skipped('The hub holds no plan of the authority that health would see.')
  const user = { id: `rehearsal-${randomUUID()}`, name: 'Rehearsal', roleName: 'Nurse' }
  const organisation = { odsCode: 'SIM01', name: 'Simulated Hospital' }
  const { access } = await tester.lookUp({
    nhsNumber,
    careSetting: 'unscheduled',
    requester: { organisation, user },
  })
  if (access === null) return failed('The lookup found no plan.')
  return notificationId(access.id, code as AuthorityCode)
}

async function leasesOf(
  stage: Stage,
  id: string,
  count: number,
): Promise<{ requests: RequestShown[]; verdict?: Verdict }> {
  let requests: RequestShown[] = []
  const verdict = await stage.waitFor(LEASE, (all) => {
    requests = all.filter(({ response }) => mentions(response?.body, id)).slice(0, count)
    if (requests.length === count) return passed(...requests)
    return requests.length === 0
      ? 'A lease that brings the notification'
      : 'A lease that brings its second copy'
  })
  return verdict.state === 'passed' ? { requests } : { requests, verdict }
}

/** After the last of the leases: whoever leases both first may acknowledge them together. */
function acknowledged(stage: Stage, id: string, leases: RequestShown[]): Promise<Verdict> {
  const last = Math.max(...leases.map((each) => each.id))
  return stage.waitFor(ACKNOWLEDGE, (requests) => {
    const found = requests.find(
      (each) => each.id > last && each.status === OK && mentions(each.request.body, id),
    )
    return found ? passed(...leases, found) : 'An acknowledgement of the notification'
  })
}

function mentions(body: unknown, id: string): boolean {
  return (typeof body === 'string' ? body : JSON.stringify(body ?? null)).includes(id)
}

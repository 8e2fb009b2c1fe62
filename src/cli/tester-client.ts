import type { Static } from 'typebox'
import type { AuthorityChangeBody } from '../messages/authority.js'
import type { HeldPlanSchema } from '../messages/plan.js'
import type { ClockSchema, ClockWishBody } from '../messages/tester/clock.js'
import type { FaultRuleBody, FaultSchema } from '../messages/tester/fault.js'
import type { ExpectationBody, RequestShown } from '../messages/tester/journal.js'
import { HubClient, HubRefusal, ofAuthority } from './hub-client.js'

export type HubClock = Static<typeof ClockSchema>

/** Requests of the journal that fit a filter: how many there have been, and the newest, newest first. */
export interface Arrived {
  matched: number
  items: RequestShown[]
}

/** What a tester asks of a hub beside what its callers do; the hub's tester controls must be on. */
export class TesterClient extends HubClient {
  async readClock(): Promise<HubClock> {
    return (await this.send('GET', '/tester/clock')) as HubClock
  }

  async setClock(wish: ClockWishBody): Promise<HubClock> {
    return (await this.send('PUT', '/tester/clock', wish)) as HubClock
  }

  async unsetClock(): Promise<void> {
    await this.send('DELETE', '/tester/clock')
  }

  async resetAuthority(authorityCode: string): Promise<void> {
    await this.send('POST', '/tester/reset', { authorityCode })
  }

  /** Answers the id of the fault. */
  async setFault(rule: FaultRuleBody): Promise<string> {
    return ((await this.send('POST', '/tester/faults', rule)) as Static<typeof FaultSchema>).id
  }

  async deleteFault(id: string): Promise<void> {
    await this.send('DELETE', `/tester/faults/${encodeURIComponent(id)}`)
  }

  /** The id that the newest request in the journal has there; 0 when it is empty. */
  async lastRequestId(): Promise<number> {
    const { items } = (await this.send('GET', '/tester/requests?limit=1')) as { items: RequestShown[] }
    return items[0]?.id ?? 0
  }

  /** Waits as the expectation says, and answers what there is then, met or not. */
  async expect(expectation: ExpectationBody, signal: AbortSignal): Promise<Arrived> {
    try {
      return (await this.send('POST', '/tester/requests/expect', expectation, signal)) as Arrived
    } catch (error) {
      if (!(error instanceof HubRefusal) || error.problem.code !== 'EXPECTATION_NOT_MET') throw error
      // A problem of this code has these members beside its own.
      return error.problem as unknown as Arrived
    }
  }

  async saveAuthority(code: string, change: AuthorityChangeBody): Promise<void> {
    await this.send('PUT', ofAuthority(code, ''), change)
  }

  /** The NHS number of the first plan that health would see. */
  async findVisibleNumber(code: string): Promise<string | undefined> {
    const page = await this.send('GET', ofAuthority(code, '/plans?visible=true&limit=1'))
    return (page as { items: Static<typeof HeldPlanSchema>[] }).items[0]?.nhsNumber
  }
}

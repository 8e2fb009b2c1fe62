import { epochMs, HOUR_MS, type Instant, londonDate } from '../../clock.js'
import { dayNumber } from '../../domain/calendar.js'
import type { Check } from './check.js'
import type { AuthorityExchange } from './exchange.js'

const DAYS = 7

interface Moment {
  at: Instant
  receivedMs: number
}

/** Days of Europe/London by the hub's clock, which testers may move on. */
export const dailyForSevenDays: Check<AuthorityExchange> = {
  id: 'daily-for-seven-days',
  title: 'Its datasets are accepted on seven days in a row.',
  watch(proof, { overdueMs }) {
    let days: { day: number; requestId: string }[] = []
    let lastTry: Moment | undefined
    return {
      observe(exchange) {
        // It may not send any, so its silence says nothing.
        if (exchange.kind === 'save' && ['registered', 'suspended'].includes(exchange.authorityStatus))
          lastTry = undefined
        if (exchange.kind !== 'dataset' || exchange.dryRun) return
        const { requestId, at, receivedMs, outcome } = exchange
        if (lastTry !== undefined && skippedADay(lastTry, exchange, overdueMs)) proof.contradict(requestId)
        lastTry = { at, receivedMs }
        if (outcome !== 'accepted') return
        const day = dayOf(at)
        const last = days.at(-1)?.day
        if (day === last) return
        days = day === (last ?? day) + 1 ? [...days, { day, requestId }] : [{ day, requestId }]
        if (days.length === DAYS) proof.show(...days.map((each) => each.requestId))
        days = days.slice(1 - DAYS)
      },
    }
  },
}

function dayOf(at: Instant): number {
  return dayNumber(londonDate(at))
}

/**
 * Whether a day went by without a try and the authority became overdue. Where the hub's clock and the machine's disagree,
 * the hub's was moved or stood still.
 */
function skippedADay(before: Moment, now: Moment, overdueMs: number): boolean {
  const elapsedMs = epochMs(now.at) - epochMs(before.at)
  const ranByItself = Math.abs(elapsedMs - (now.receivedMs - before.receivedMs)) < HOUR_MS
  return ranByItself && elapsedMs > overdueMs && dayOf(now.at) - dayOf(before.at) > 1
}

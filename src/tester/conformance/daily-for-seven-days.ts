import { epochMs, HOUR_MS, type Instant, londonDate } from '../../clock.js'
import { dayNumber } from '../../domain/calendar.js'
import type { Check } from './check.js'
import type { AuthorityExchange } from './exchange.js'
import { Remembered } from './remembered.js'

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
    // The first that was accepted on each day, by the day's number.
    const accepted = new Remembered<string>()
    let lastTry: Moment | undefined
    return {
      observe(exchange) {
        // It may not send any, so its silence says nothing.
        if (exchange.kind === 'save' && ['registered', 'suspended'].includes(exchange.authorityStatus))
          lastTry = undefined
        if (exchange.kind !== 'dataset' || exchange.dryRun) return
        const { requestId, at, receivedMs, outcome } = exchange
        if (lastTry !== undefined && skippedADay(lastTry, exchange, overdueMs, accepted))
          proof.contradict(requestId)
        lastTry = { at, receivedMs }
        if (outcome !== 'accepted') return
        const day = dayOf(at)
        // It was sent again, or the clock went back.
        if (accepted.get(`${day}`) !== undefined) return
        accepted.set(`${day}`, requestId)
        const run = runAround(day, accepted)
        if (run.length >= DAYS) proof.show(...run.slice(0, DAYS))
      },
    }
  },
}

/** The requests of the days in a row of which this is one. */
function runAround(day: number, accepted: Remembered<string>): string[] {
  let first = day
  while (accepted.get(`${first - 1}`) !== undefined) first -= 1
  const run: string[] = []
  for (let next = accepted.get(`${first}`); next !== undefined; next = accepted.get(`${first + run.length}`))
    run.push(next)
  return run
}

function dayOf(at: Instant): number {
  return dayNumber(londonDate(at))
}

/**
 * Whether a day went by without a try and the authority became overdue. Where the hub's clock and the machine's disagree,
 * the hub's was moved or stood still. A day that comes again, since the clock went back, may have had its dataset.
 */
function skippedADay(before: Moment, now: Moment, overdueMs: number, accepted: Remembered<string>): boolean {
  const elapsedMs = epochMs(now.at) - epochMs(before.at)
  const ranByItself = Math.abs(elapsedMs - (now.receivedMs - before.receivedMs)) < HOUR_MS
  if (!ranByItself || elapsedMs <= overdueMs) return false
  for (let day = dayOf(before.at) + 1; day < dayOf(now.at); day += 1)
    if (accepted.get(`${day}`) === undefined) return true
  return false
}

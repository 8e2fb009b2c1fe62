import { epochMs, HOUR_MS, type Instant } from '../../clock.js'
import type { Check } from './check.js'
import type { HealthExchange } from './exchange.js'
import { Remembered } from './remembered.js'

interface Moment {
  at: Instant
  requestId: string
}

/** A silent lookup of a child who is there unplanned leaves the authorities untold. */
export const silentOnlyWhenScheduled: Check<HealthExchange> = {
  id: 'silent-only-when-scheduled',
  title: 'It looks nobody up silently who is there unplanned.',
  watch(proof) {
    const silent = new Remembered<Moment>()
    const visits = new Remembered<Moment>()
    const conclude = (now: Instant) => {
      for (let { oldest } = silent; oldest !== undefined && isOver(oldest, now); oldest = silent.oldest) {
        proof.show(oldest.requestId)
        silent.takeOldest()
      }
    }
    return {
      conclude,
      observe(exchange) {
        const { at, requestId } = exchange
        conclude(at)
        if (isSilentLookup(exchange)) {
          if (isNear(visits.get(exchange.nhsNumber), at)) proof.contradict(requestId)
          else silent.set(exchange.nhsNumber, { at, requestId })
        } else if (isUnplannedVisit(exchange)) {
          if (isNear(silent.get(exchange.nhsNumber), at)) proof.contradict(requestId)
          silent.delete(exchange.nhsNumber)
          visits.set(exchange.nhsNumber, { at, requestId })
        }
      },
      forget() {
        silent.clear()
        visits.clear()
      },
    }
  },
}

type Lookup = Extract<HealthExchange, { kind: 'lookup' }>
type Visit = Extract<HealthExchange, { kind: 'visit' }>

function isSilentLookup(exchange: HealthExchange): exchange is Lookup {
  return exchange.kind === 'lookup' && exchange.silent && exchange.found !== null
}

/** Not one at a clinic, nor one of a child who did not come. */
function isUnplannedVisit(exchange: HealthExchange): exchange is Visit {
  if (exchange.kind !== 'visit' || exchange.reported === undefined) return false
  const { service, event } = exchange.reported
  return service !== 'scheduled-clinic' && event !== 'was-not-brought'
}

function isNear(moment: Moment | undefined, now: Instant): boolean {
  return moment !== undefined && Math.abs(epochMs(now) - epochMs(moment.at)) <= HOUR_MS
}

function isOver({ at }: Moment, now: Instant): boolean {
  return epochMs(now) - epochMs(at) > HOUR_MS
}

import { epochMs, HOUR_MS, type Instant } from '../../clock.js'
import type { Check } from './check.js'
import type { HealthExchange } from './exchange.js'
import { Remembered } from './remembered.js'

interface Moment {
  at: Instant
  requestId: string
}

/** What can only be silent is judged when its hour is over, since a lookup that tells may come beside it. */
interface Flag extends Moment {
  nhsNumber: string
}

/** A silent lookup of a child who is there unplanned leaves the authorities untold. */
export const silentOnlyWhenScheduled: Check<HealthExchange> = {
  id: 'silent-only-when-scheduled',
  title: 'It looks nobody up silently who is there unplanned.',
  watch(proof) {
    const silent = new Remembered<Moment>()
    const visits = new Remembered<Moment>()
    const flags = new Remembered<Flag>()
    const told = new Remembered<Moment>()
    let toldAndForgotten: Moment | undefined
    const conclude = (now: Instant) => {
      for (let { oldest } = silent; oldest !== undefined && isOver(oldest, now); oldest = silent.oldest) {
        proof.show(oldest.requestId)
        silent.takeOldest()
      }
      for (let { oldest } = flags; oldest !== undefined && isOver(oldest, now); oldest = flags.oldest) {
        const { nhsNumber, at, requestId } = oldest
        const isTold = [told.get(nhsNumber), toldAndForgotten].some((moment) => isNear(moment, at))
        if (!isNear(visits.get(nhsNumber), at)) proof.show(requestId)
        else if (!isTold) proof.contradict(requestId)
        flags.takeOldest()
      }
    }
    const look = ({ nhsNumber, silent: isSilent, hasSetting, at, requestId }: Lookup) => {
      if (!isSilent) {
        toldAndForgotten = told.set(nhsNumber, { at, requestId }) ?? toldAndForgotten
      } else if (!hasSetting) {
        if (flags.get(nhsNumber) === undefined) flags.set(nhsNumber, { nhsNumber, at, requestId })
      } else if (isNear(visits.get(nhsNumber), at)) proof.contradict(requestId)
      else silent.set(nhsNumber, { at, requestId })
    }
    return {
      conclude,
      observe(exchange) {
        const { at, requestId } = exchange
        conclude(at)
        if (exchange.kind === 'lookup') {
          if (exchange.found !== null) look(exchange)
        } else if (isUnplannedVisit(exchange)) {
          if (isNear(silent.get(exchange.nhsNumber), at)) proof.contradict(requestId)
          silent.delete(exchange.nhsNumber)
          visits.set(exchange.nhsNumber, { at, requestId })
        }
      },
      forget() {
        silent.clear()
        visits.clear()
        flags.clear()
        told.clear()
        toldAndForgotten = undefined
      },
    }
  },
}

type Lookup = Extract<HealthExchange, { kind: 'lookup' }>
type Visit = Extract<HealthExchange, { kind: 'visit' }>

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

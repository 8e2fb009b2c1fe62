import { MINUTE_MS } from '../../clock.js'
import type { Check } from './check.js'
import { cameAfter, type HealthExchange } from './exchange.js'
import { Remembered } from './remembered.js'

const BAD_REQUEST = 400
const UNAVAILABLE = 503
// Later, somebody asks anew; by the machine's clock.
const RETRIED_WITHIN_MS = 5 * MINUTE_MS
// Only what is asked at once can be several.
const UNANSWERED_MAX = 10

interface Unanswered {
  key: string
  requestId: string
  receivedMs: number
  settledMs: number
  isCertain: boolean
}

/** A retry under another key could be a second access, or a second visit. */
export const retriesWithTheSameKey: Check<HealthExchange> = {
  id: 'retries-with-the-same-key',
  title: 'It asks again under the same idempotency key when it had no answer.',
  watch(proof) {
    // By what was asked: several may be under way at once, each with its own key.
    const unanswered = new Remembered<Unanswered[]>()
    const keys = new Keys()
    /** What of the same content is still unanswered once this has come. */
    const judge = (exchange: Keyed, open: Unanswered[]): Unanswered[] => {
      const { key, requestId, receivedMs } = exchange
      const known = open.filter((each) => cameAfter(exchange, each.settledMs))
      const same = open.find((each) => each.key === key)
      if (same !== undefined) {
        const isRetry = known.includes(same)
        if (isRetry) proof.show(same.requestId, requestId)
        return isRetry || isDone(exchange) ? open.filter((each) => each !== same) : open
      }
      // One that was used before is that of another request, which is asked again itself.
      if (keys.has(key)) return open
      const passed = known.some(
        (each) =>
          each.isCertain &&
          receivedMs - each.settledMs <= RETRIED_WITHIN_MS &&
          !keys.mayHaveHad(key, each.receivedMs),
      )
      if (passed) proof.contradict(requestId)
      return open.filter((each) => !known.includes(each))
    }
    return {
      observe(exchange) {
        // A silent lookup leaves no trace that could be left twice.
        if (exchange.kind === 'trace' || (exchange.kind === 'lookup' && exchange.silent)) return
        const { key, print, requestId, reply, status, receivedMs, settledMs } = exchange
        // A copy that was under way beside it may have been answered.
        const isUnanswered =
          key !== null && (reply !== 'whole' || status === UNAVAILABLE) && !keys.isAnswered(key)
        const content = isUnanswered || !unanswered.isEmpty ? print() : null
        if (content !== null) {
          const asked = `${exchange.kind} ${content}`
          let open = judge(exchange, unanswered.get(asked) ?? [])
          if (isUnanswered) {
            const isCertain = reply !== 'unsure'
            open = open.filter((each) => each.key !== key)
            open = [...open, { key, requestId, receivedMs, settledMs, isCertain }].slice(-UNANSWERED_MAX)
          }
          if (open.length > 0) unanswered.set(asked, open)
          else unanswered.delete(asked)
        }
        if (key !== null) keys.add(key, settledMs, isDone(exchange))
      },
      forget: () => unanswered.clear(),
    }
  },
}

type Keyed = Extract<HealthExchange, { kind: 'lookup' | 'visit' }>

function isDone({ reply, status }: Keyed): boolean {
  return reply === 'whole' && status < BAD_REQUEST
}

/** The keys that were used before. */
class Keys {
  readonly #used = new Remembered<{ settledMs: number; isAnswered: boolean }>()
  #forgottenUpToMs = Number.NEGATIVE_INFINITY

  add(key: string, settledMs: number, isAnswered: boolean): void {
    const gone = this.#used.set(key, { settledMs, isAnswered: isAnswered || this.isAnswered(key) })
    if (gone !== undefined) this.#forgottenUpToMs = Math.max(this.#forgottenUpToMs, gone.settledMs)
  }

  has(key: string | null): boolean {
    return key !== null && this.#used.get(key) !== undefined
  }

  isAnswered(key: string): boolean {
    return this.#used.get(key)?.isAnswered === true
  }

  /** Whether a request that is forgotten, and was under way at that time or later, may have had it. */
  mayHaveHad(key: string | null, sinceMs: number): boolean {
    return key !== null && this.#forgottenUpToMs >= sinceMs
  }
}

import type { Instant } from '../../clock.js'
import type { AttendanceEvent, AttendanceService } from '../../domain/attendance.js'
import type { AuthorityStatus } from '../../domain/local-authority.js'
import type { NhsNumber } from '../../domain/nhs-number.js'

/** One request of a caller and what became of it, as the checks are told of it. */
interface AnyExchange {
  requestId: string
  /** When it came, by the hub's clock. */
  at: Instant
  /** The same by the machine's clock, which is the caller's too. */
  receivedMs: number
  settledMs: number
  /**
   * Whether the caller saw the answer. `lost`: a fault took it away. `unsure`: a fault cut it short, or the caller hung
   * up, for reasons of its own.
   */
  reply: 'whole' | 'lost' | 'unsure'
  /** What was answered, or was meant to be. */
  status: number
  retryAfterMs: number | null
}

/** What an authority's system can do, or an operator in its name. */
export type AskedByAuthority =
  | {
      kind: 'dataset'
      /** Null when it could not be made out. */
      sequence: number | null
      /** Or was to be one, perhaps, and was refused. */
      dryRun: boolean
      /** Null when there was no verdict. */
      outcome: 'accepted' | 'returned' | 'repeated' | null
      /** A fingerprint of its content; null when nobody has read it. */
      print: () => string | null
    }
  | { kind: 'lease'; leased: number }
  | { kind: 'acknowledge'; acknowledged: number }
  | { kind: 'release' }
  /** It read what the hub has of it, and so learnt its sequence. */
  | { kind: 'look' }
  | { kind: 'save'; authorityStatus: AuthorityStatus; wentLive: boolean; forced: boolean }

/** What a health system can do, through either door. */
export type AskedByHealth =
  | {
      kind: 'trace'
      /** Those that are in use and that it was told of. */
      numbers: readonly string[]
      /** The one that it asked for, when another has replaced it. */
      superseded: string | null
    }
  | (Repeatable & {
      kind: 'lookup'
      silent: boolean
      /** False of what is always silent, so that the authorities can only be told by a lookup beside it. */
      hasSetting: boolean
      /** Null when there was no answer. */
      found: boolean | null
    })
  | (Repeatable & {
      kind: 'visit'
      /** Undefined when nothing was stored, also since it had been before. */
      reported: { service: AttendanceService; event: AttendanceEvent } | undefined
    })

interface Repeatable {
  nhsNumber: NhsNumber
  key: string | null
  /** A fingerprint of what was asked, by whom, but for the key: a retry has the same. Null when nobody says by whom. */
  print: () => string | null
}

export type AuthorityExchange = AnyExchange & AskedByAuthority
export type HealthExchange = AnyExchange & AskedByHealth
export type Exchange = AuthorityExchange | HealthExchange

/** Whether this came when the other had been dealt with, so that its sender could know of that. */
export function cameAfter(exchange: Exchange, settledMs: number): boolean {
  return exchange.receivedMs >= settledMs
}

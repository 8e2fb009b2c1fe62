import type { Check } from './check.js'
import { collectsNotifications } from './collects-notifications.js'
import { correctedAfterReturn } from './corrected-after-return.js'
import { dailyForSevenDays } from './daily-for-seven-days.js'
import type { AuthorityExchange, HealthExchange } from './exchange.js'
import { firstDataset } from './first-dataset.js'
import { passesTheGate } from './go-live-gate.js'
import { reportsTheVisit } from './reports-the-visit.js'
import { retriesWithTheSameKey } from './retries-with-the-same-key.js'
import { sameSequenceAfterLostReply } from './same-sequence-after-lost-reply.js'
import { silentOnlyWhenScheduled } from './silent-only-when-scheduled.js'
import { tracesBeforeAsking } from './traces-before-asking.js'
import { unscheduledByDefault } from './unscheduled-by-default.js'
import { waitsForRetryAfter } from './waits-for-retry-after.js'

// docs/conformance.md says of each what counts.

export const AUTHORITY_CHECKS: readonly Check<AuthorityExchange>[] = [
  firstDataset,
  correctedAfterReturn,
  sameSequenceAfterLostReply,
  waitsForRetryAfter,
  dailyForSevenDays,
  collectsNotifications,
  { id: 'keeps-before-acknowledging', title: 'It keeps a notification for good before it acknowledges it.' },
  { id: 'acts-once-on-a-repeat', title: 'It acts once on a notification that comes twice.' },
  passesTheGate,
]

export const HEALTH_CHECKS: readonly Check<HealthExchange>[] = [
  tracesBeforeAsking,
  unscheduledByDefault,
  silentOnlyWhenScheduled,
  { id: 'shows-every-plan', title: 'It shows its users every plan that it was told of.' },
  retriesWithTheSameKey,
  reportsTheVisit,
]

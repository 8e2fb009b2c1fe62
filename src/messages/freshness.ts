import { AUTHORITY_STATUSES } from '../domain/local-authority.js'
import { LastDatasetSchema } from './authority.js'
import {
  AuthorityCodeSchema,
  CountSchema,
  closed,
  IdSchema,
  InstantSchema,
  nullable,
  oneOf,
} from './common.js'

import { freshnessExample } from './examples.js'
import { Type } from './type.js'

export const FreshnessSchema = closed(
  {
    authorities: Type.Array(
      closed({
        code: AuthorityCodeSchema,
        name: Type.String(),
        status: oneOf(AUTHORITY_STATUSES),
        lastDataset: nullable(LastDatasetSchema),
        lastReturned: nullable(
          closed({
            id: IdSchema,
            sequence: Type.Integer(),
            receivedAt: InstantSchema(),
            findingCount: Type.Integer(),
          }),
          { description: 'The last dataset that was returned.' },
        ),
        due: nullable(InstantSchema()),
        overdue: Type.Boolean(),
        ageSeconds: nullable(Type.Integer()),
        queued: CountSchema('Notifications that can be leased now.'),
        oldestQueuedAt: nullable(InstantSchema()),
        attention: CountSchema('Notifications that need attention, leased ones included.'),
      }),
    ),
    hub: closed({ startedAt: InstantSchema(), lastMaintenanceAt: nullable(InstantSchema()) }),
    health: Type.Array(
      closed({
        odsCode: Type.String(),
        lastLookupAt: nullable(InstantSchema()),
        lastAttendanceAt: nullable(InstantSchema()),
      }),
    ),
  },
  {
    $id: 'Freshness',
    examples: [freshnessExample],
    title: 'Freshness',
    description: 'The three parties’ 24-hour clocks.',
  },
)

export const HealthSchema = closed(
  { status: oneOf(['ok', 'unavailable'] as const) },
  { $id: 'Health', title: 'Health' },
)

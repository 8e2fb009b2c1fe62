import type { TSchema } from 'typebox'
import { AttendanceReplySchema, AttendanceSchema } from './attendance.js'
import { AuthorityChangeSchema, AuthoritySchema } from './authority.js'
import { DatasetRecordSchema, DatasetSchema } from './dataset.js'
import { FHIR_SCHEMAS } from './fhir/resources.js'
import { FreshnessSchema, HealthSchema } from './freshness.js'
import { LookupReplySchema, LookupSchema } from './lookup.js'
import {
  AcknowledgeReplySchema,
  LeaseReplySchema,
  NotificationSchema,
  NotificationSummarySchema,
  ReleaseReplySchema,
} from './notification.js'
import { HeldPlanSchema } from './plan.js'
import { ProblemSchema } from './problem.js'
import { FindingSchema, ReceiptSchema, ReceiptSummarySchema } from './receipt.js'
import { ClockSchema, ClockWishSchema } from './tester/clock.js'
import { ConformanceSchema } from './tester/conformance.js'
import { FaultRuleSchema, FaultSchema } from './tester/fault.js'
import {
  ExpectationNotMetSchema,
  ExpectationSchema,
  RequestFilterSchema,
  RequestShownSchema,
} from './tester/journal.js'
import { NotificationChangeSchema } from './tester/notification.js'
import { PersonChangeSchema, PersonSchema } from './tester/people.js'
import { ResetSchema, SeededSchema, SeedProblemSchema, SeedSchema, SnapshotSchema } from './tester/state.js'

/** Every named schema: the components of openapi.yaml. */
export const NAMED_SCHEMAS: readonly TSchema[] = [
  ProblemSchema,
  AuthoritySchema,
  AuthorityChangeSchema,
  HeldPlanSchema,
  DatasetRecordSchema,
  DatasetSchema,
  FindingSchema,
  ReceiptSchema,
  ReceiptSummarySchema,
  LookupSchema,
  LookupReplySchema,
  AttendanceSchema,
  AttendanceReplySchema,
  NotificationSchema,
  NotificationSummarySchema,
  LeaseReplySchema,
  AcknowledgeReplySchema,
  ReleaseReplySchema,
  FreshnessSchema,
  HealthSchema,
  ...FHIR_SCHEMAS,
  ClockSchema,
  ClockWishSchema,
  ResetSchema,
  SeedSchema,
  SeededSchema,
  SeedProblemSchema,
  SnapshotSchema,
  RequestShownSchema,
  RequestFilterSchema,
  ExpectationSchema,
  ExpectationNotMetSchema,
  FaultRuleSchema,
  FaultSchema,
  NotificationChangeSchema,
  PersonChangeSchema,
  PersonSchema,
  ConformanceSchema,
]

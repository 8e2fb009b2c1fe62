import type { Static } from 'typebox'
import { ATTENDANCE_EVENTS, ATTENDANCE_SERVICES } from '../domain/attendance.js'
import {
  AuthorityCodeSchema,
  closed,
  IdSchema,
  InstantSchema,
  lines,
  NhsNumberSchema,
  oneOf,
  text,
} from './common.js'
import { attendanceExample, attendanceReplyExample } from './examples.js'
import { RequesterSchema } from './lookup.js'
import { Type } from './type.js'

export const visitFields = {
  service: oneOf(ATTENDANCE_SERVICES),
  event: oneOf(ATTENDANCE_EVENTS),
  at: InstantSchema({ description: 'When it happened; at most five minutes ahead of the hub.' }),
}

export const CallbackSchema = closed({
  name: text(140, { examples: ['Safeguarding lead'] }),
  phone: text(40, { examples: ['01632 960777'] }),
})

export const AttendanceSchema = closed(
  {
    nhsNumber: NhsNumberSchema,
    requester: RequesterSchema,
    accessId: Type.Optional(
      text(64, { description: 'The access of the lookup that went before, if there was one.' }),
    ),
    ...visitFields,
    safeguardingConcern: Type.Optional(Type.Boolean()),
    note: Type.Optional(
      lines(500, { description: 'For the authority; up to 500 characters, line breaks included.' }),
    ),
    callback: Type.Optional(CallbackSchema),
  },
  {
    $id: 'Attendance',
    examples: [attendanceExample],
    title: 'Attendance',
    description: 'The visit itself, reported with or without a lookup.',
  },
)
export type AttendanceBody = Static<typeof AttendanceSchema>

export const AttendanceReplySchema = closed(
  {
    id: IdSchema,
    found: Type.Boolean({ description: 'Whether a visible plan was found.' }),
    notified: Type.Array(AuthorityCodeSchema, {
      description: 'The authorities for which a notification was queued.',
    }),
  },
  { $id: 'AttendanceReply', examples: [attendanceReplyExample], title: 'AttendanceReply' },
)

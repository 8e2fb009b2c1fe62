import { pc } from './colours.js'
import type { LeaseReply } from './hub-client.js'
import { plain, timeText } from './terminal.js'

type Notification = LeaseReply['notifications'][number]

/** A notification as a person reads it. */
export function notificationLines(notification: Notification): string[] {
  const { kind, createdAt, attempt, nhsNumber, localIds = [], access, attendance, overdue } = notification
  const again = attempt > 1 ? ` (attempt ${attempt})` : ''
  const lines = [`${pc.bold(kind)} of ${timeText(createdAt)}${again}`]
  const own = localIds.length === 0 ? '' : `, here ${localIds.map(plain).join(', ')}`
  if (nhsNumber !== undefined) lines.push(`  NHS number ${nhsNumber}${own}`)
  for (const plan of notification.plans ?? []) {
    lines.push(`  ${plan.planName}, ${plan.status}, since ${plan.startDate}`)
  }
  const who = access ?? attendance
  if (who !== undefined) {
    const { user, organisation } = who
    const role = ` (${plain(user.roleName)})`
    lines.push(`  ${plain(user.name)}${role}, ${plain(organisation.name)} (${organisation.odsCode})`)
  }
  if (access?.location) lines.push(`  ${plain(access.location)}`)
  if (attendance !== undefined) lines.push(...attendanceLines(attendance))
  if (overdue !== undefined) {
    const last = timeText(overdue.lastAcceptedAt)
    lines.push(`  The dataset of ${overdue.date} is missing; the last one came ${last}.`)
  }
  return [...lines, '']
}

function attendanceLines(attendance: NonNullable<Notification['attendance']>): string[] {
  const { service, event, at, safeguardingConcern, note, callback } = attendance
  return [
    `  ${service}: ${event} at ${timeText(at)}`,
    ...(safeguardingConcern ? [`  ${pc.red('Safeguarding concern')}`] : []),
    ...(note === null ? [] : [`  Note: ${plain(note)}`]),
    ...(callback === null ? [] : [`  Ring back: ${plain(callback.name)}, ${plain(callback.phone)}`]),
  ]
}

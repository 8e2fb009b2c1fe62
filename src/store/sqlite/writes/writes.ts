import { saveAuthority } from './authorities.js'
import { acceptDataset, keepReturned, resetAuthority } from './datasets.js'
import {
  keepHealthActivity,
  keepMaintenanceMark,
  probe,
  purge,
  purgePlans,
  queueOverdueNotices,
} from './maintenance.js'
import {
  acknowledgeNotifications,
  leaseNotifications,
  releaseNotifications,
  setNotification,
} from './notifications.js'
import { savePeople, savePerson } from './people.js'
import { recordAttendance } from './record-attendance.js'
import { recordLookup } from './record-lookup.js'

/** Every write that the writer thread knows; each takes the connection and one value, and answers a value. */
export const WRITES = {
  saveAuthority,
  acceptDataset,
  keepReturned,
  resetAuthority,
  recordLookup,
  recordAttendance,
  savePerson,
  savePeople,
  leaseNotifications,
  acknowledgeNotifications,
  releaseNotifications,
  setNotification,
  queueOverdueNotices,
  purgePlans,
  purge,
  keepMaintenanceMark,
  keepHealthActivity,
  probe,
}

export type WriteName = keyof typeof WRITES
export type WriteInput<Name extends WriteName> = Parameters<(typeof WRITES)[Name]>[1]
export type WriteOutput<Name extends WriteName> = ReturnType<(typeof WRITES)[Name]>

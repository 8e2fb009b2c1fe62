// One example of each message, about one invented child of one real council. They stand in openapi.yaml and in
// schemas/, and a test validates each against its schema.

const nhsNumber = '9990000018'
const at = '2026-11-24T09:30:00.000Z'
const accessId = '019b2c1e-0000-7000-8000-000000000001'

const dataSteward = {
  name: 'Sam Ashworth',
  role: 'CP-IS data steward',
  email: 'cp-is@halton.example',
  phone: '01632 960205',
}

const requester = {
  organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
  user: { id: '555500000001', name: 'Jo Bright', roleCode: 'S8000:G8000:R8001', roleName: 'Nurse' },
}

export const recordExample = {
  nhsNumber,
  planType: 'CPP',
  startDate: '2026-03-02',
  localId: 'HAL-10231',
  familyName: 'Ashdown',
  givenNames: ['Robin', 'Lee'],
  birthDate: '2015-06-01',
}

export const datasetExample = {
  sequence: 1,
  extractedAt: '2026-11-24T02:00:00Z',
  mode: 'full',
  recordCount: 1,
  childrenInScope: 520,
  records: [recordExample],
}

export const authorityExample = {
  code: 'E06000006',
  name: 'Halton',
  dfeCode: '876',
  odsCode: null,
  officeHoursPhone: '01632 960005',
  emergencyDutyPhone: '01632 960405',
  dataSteward,
  wave: 1,
  status: 'live',
  acceptance: 'all-or-nothing',
  childrenInScope: 520,
  lastDataset: {
    id: '019b2c1e-0000-7000-8000-00000000000a',
    sequence: 1,
    acceptedAt: '2026-11-24T02:15:00.000Z',
    recordCount: 1,
  },
  freshness: { due: '2026-11-25T02:15:00.000Z', overdue: false, ageSeconds: 26_100 },
}

export const authorityChangeExample = { status: 'testing', childrenInScope: 520 }

export const findingExample = {
  record: 17,
  localId: 'HAL-10248',
  field: 'nhsNumber',
  severity: 'error',
  code: 'NHS_NUMBER_CHECK_DIGIT',
  recordCode: 'CPR01',
  message:
    'The last digit of the NHS number does not fit the others (modulus 11): a digit is wrong or two are swapped.',
}

export const receiptSummaryExample = {
  id: '019b2c1e-0000-7000-8000-00000000000b',
  authorityCode: 'E06000006',
  sequence: 2,
  outcome: 'returned',
  fileCode: 'CPF04',
  mode: 'full',
  dryRun: false,
  receivedAt: '2026-11-25T02:15:00.000Z',
  extractedAt: '2026-11-25T02:00:00.000Z',
  contentDigest: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  recordCount: 520,
  acceptedCount: 0,
  returnedCount: 520,
  changes: { added: 0, changed: 0, ended: 0, removed: 0, unchanged: 0 },
  findingCount: 1,
  returnedTo: dataSteward,
  nextDueAt: '2026-11-25T02:15:00.000Z',
}

export const receiptExample = { ...receiptSummaryExample, findings: [findingExample] }

const planExample = {
  planType: 'CPP',
  planName: 'Child protection plan',
  status: 'active',
  startDate: '2026-03-02',
  endDate: null,
  expectedDeliveryDate: null,
}

export const heldPlanExample = {
  id: '347acc77-7684-88cb-8636-b91bbca58900',
  nhsNumber,
  localId: 'HAL-10231',
  ...planExample,
  visible: true,
}

export const lookupExample = {
  nhsNumber,
  careSetting: 'unscheduled',
  requester,
  location: 'Children’s emergency department',
}

const accessExample = { id: accessId, at, ...requester, location: 'Children’s emergency department' }

export const lookupReplyExample = {
  nhsNumber,
  found: true,
  plans: [
    {
      ...planExample,
      asOf: '2026-11-24T02:15:00.000Z',
      stale: false,
      authority: {
        code: 'E06000006',
        name: 'Halton',
        officeHoursPhone: '01632 960005',
        emergencyDutyPhone: '01632 960405',
      },
    },
  ],
  accesses: [accessExample],
  access: { id: accessId, at, repeat: false, notified: ['E06000006'] },
}

const visit = { service: 'emergency-department', event: 'arrived', at: '2026-11-24T09:25:00.000Z' }
const callback = { name: 'Safeguarding lead', phone: '01632 960777' }

export const attendanceExample = {
  nhsNumber,
  requester,
  ...visit,
  safeguardingConcern: true,
  note: 'Came with an aunt; please ring before five.',
  callback,
}

export const attendanceReplyExample = {
  id: '019b2c1e-0000-7000-8000-000000000002',
  found: true,
  notified: ['E06000006'],
}

export const notificationExample = {
  id: `${accessId}.E06000006`,
  kind: 'access',
  createdAt: at,
  attempt: 1,
  nhsNumber,
  localIds: ['HAL-10231'],
  plans: [planExample],
  access: accessExample,
}

export const notificationSummaryExample = {
  id: `${accessId}.E06000006`,
  kind: 'access',
  state: 'leased',
  createdAt: at,
  attempt: 1,
  attention: false,
  leasedUntil: '2026-11-24T09:31:00.000Z',
}

export const leaseReplyExample = {
  leaseId: '019b2c1e-0000-7000-8000-000000000003',
  leasedUntil: '2026-11-24T09:31:00.000Z',
  notifications: [notificationExample],
}

export const acknowledgeReplyExample = {
  acknowledged: [`${accessId}.E06000006`],
  alreadyAcknowledged: [],
  unknown: [],
}

export const releaseReplyExample = { released: [`${accessId}.E06000006`], unknown: [] }

export const freshnessExample = {
  authorities: [
    {
      code: 'E06000006',
      name: 'Halton',
      status: 'live',
      lastDataset: authorityExample.lastDataset,
      lastReturned: null,
      due: '2026-11-25T02:15:00.000Z',
      overdue: false,
      ageSeconds: 26_100,
      queued: 1,
      oldestQueuedAt: at,
      attention: 0,
    },
  ],
  hub: { startedAt: '2026-11-23T18:00:00.000Z', lastMaintenanceAt: '2026-11-24T00:00:04.000Z' },
  health: [{ odsCode: 'RBN01', lastLookupAt: at, lastAttendanceAt: null }],
}

export const problemExample = {
  type: 'urn:cpis-hub:problem:SCHEMA_VIOLATION',
  title: 'The request does not fit its schema',
  status: 400,
  detail: 'The body does not fit its schema; each fault is listed in errors.',
  code: 'SCHEMA_VIOLATION',
  instance: '019b2c1e-0000-7000-8000-00000000000c',
  errors: [{ pointer: '/nhsNumber', message: 'is required' }],
}

export const personChangeExample = {
  nhsNumber,
  state: 'superseded',
  replacedBy: '9990000026',
}

export const personExample = {
  nhsNumber,
  familyName: 'Ashdown',
  givenNames: ['Robin', 'Lee'],
  birthDate: '2015-06-01',
  gender: 'female',
  state: 'superseded',
  replacedBy: '9990000026',
  adopted: false,
}

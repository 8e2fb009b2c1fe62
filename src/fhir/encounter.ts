import { type Instant, parseInstant } from '../clock.js'
import type { AttendanceEvent, AttendanceReport, AttendanceService } from '../domain/attendance.js'
import type { User } from '../domain/requester.js'
import { isText } from '../messages/common.js'
import type { EncounterBody, RecordedEncounter } from '../messages/fhir/encounter.js'
import { isOdsCode } from '../messages/lookup.js'
import { fhirText } from './fhir-text.js'
import { unsupportedElement, wrongElement } from './refusal.js'
import { ACT_CODE, NHS_NUMBER, ODS_CODE } from './systems.js'

/** What a class of R4's ActEncounterCode says of where the child is seen; docs/fidelity.md. */
const SERVICES: Record<string, AttendanceService> = {
  EMER: 'emergency-department',
  AMB: 'scheduled-clinic',
  VR: 'nhs-111',
  FLD: 'ambulance',
  IMP: 'paediatric-ward',
  ACUTE: 'paediatric-ward',
  NONAC: 'paediatric-ward',
  OBSENC: 'paediatric-ward',
  SS: 'paediatric-ward',
}

/** What a status says has happened. */
const EVENTS: Record<string, AttendanceEvent> = {
  arrived: 'arrived',
  triaged: 'arrived',
  'in-progress': 'arrived',
  finished: 'discharged',
  // Ended before it began.
  cancelled: 'left-before-treatment',
}

/** The visit that an Encounter reports; `nhsNumber` as it was written. */
export type ReportedVisit = Omit<AttendanceReport, 'nhsNumber'> & { nhsNumber: string }

/**
 * An Encounter as the report of a visit. Refuses INVALID_VALUE and UNSUPPORTED_VALUE, each with the element that it is
 * about; what is missing the schema has refused.
 */
export function visitOf(encounter: EncounterBody, user: User): ReportedVisit {
  const service = serviceOf(encounter)
  const event = eventOf(encounter, service)
  return {
    nhsNumber: nhsNumberOf(encounter),
    service,
    event,
    at: momentOf(encounter, event),
    organisation: organisationOf(encounter),
    user,
    accessId: null,
    safeguardingConcern: null,
    note: null,
    callback: null,
  }
}

function serviceOf({ class: coding }: EncounterBody): AttendanceService {
  if (coding.system !== undefined && coding.system !== ACT_CODE)
    throw unsupportedElement('Encounter.class.system', `must be ${ACT_CODE}.`)
  const service = SERVICES[coding.code]
  if (service !== undefined && Object.hasOwn(SERVICES, coding.code)) return service
  throw unsupportedElement('Encounter.class.code', `must be one of ${Object.keys(SERVICES).join(', ')}.`)
}

function eventOf({ status }: EncounterBody, service: AttendanceService): AttendanceEvent {
  const event = Object.hasOwn(EVENTS, status) ? EVENTS[status] : undefined
  if (event === undefined)
    throw unsupportedElement('Encounter.status', `must be one of ${Object.keys(EVENTS).join(', ')}.`)
  if (event === 'arrived' && service === 'paediatric-ward') return 'admitted'
  // Nobody leaves a clinic before treatment that they were never brought to.
  if (event === 'left-before-treatment' && service === 'scheduled-clinic') return 'was-not-brought'
  return event
}

function nhsNumberOf({ subject }: EncounterBody): string {
  const { identifier } = subject
  if (identifier.system !== NHS_NUMBER)
    throw wrongElement('Encounter.subject.identifier.system', `must be ${NHS_NUMBER}.`)
  return identifier.value
}

/** When it happened: its start, or of a visit that is over its end, where that is given. */
function momentOf({ period }: EncounterBody, event: AttendanceEvent): Instant {
  const { start, end } = periodOf({ period })
  if (end !== undefined && end < start)
    throw wrongElement('Encounter.period.end', 'must not lie before the start.')
  return isOver(event) ? (end ?? start) : start
}

/** The element that said when. */
export function momentElementOf({ period }: EncounterBody, event: AttendanceEvent): string {
  return `Encounter.period.${isOver(event) && period.end !== undefined ? 'end' : 'start'}`
}

function isOver(event: AttendanceEvent): boolean {
  return event !== 'arrived' && event !== 'admitted'
}

function periodOf({ period: { start, end } }: Pick<EncounterBody, 'period'>) {
  return {
    start: instantOf(start, 'Encounter.period.start'),
    end: end === undefined ? undefined : instantOf(end, 'Encounter.period.end'),
  }
}

function instantOf(text: string, expression: string): Instant {
  const instant = parseInstant(text)
  if (instant !== undefined) return instant
  throw wrongElement(
    expression,
    'must be a moment that exists, with its offset, such as 2026-11-24T09:25:00Z.',
  )
}

function organisationOf({ serviceProvider }: EncounterBody) {
  const { system, value: odsCode } = serviceProvider.identifier
  if (system !== ODS_CODE)
    throw wrongElement('Encounter.serviceProvider.identifier.system', `must be ${ODS_CODE}.`)
  if (!isOdsCode(odsCode))
    throw wrongElement('Encounter.serviceProvider.identifier.value', 'must be an ODS code, such as RBN01.')
  const { display } = serviceProvider
  return { odsCode, name: isText(display, NAME_LENGTH_MAX) ? display : odsCode }
}

const NAME_LENGTH_MAX = 140

/** What was taken, as it is answered: as the hub read it. */
export function recordedEncounter(id: string, encounter: EncounterBody): RecordedEncounter {
  const { start, end } = periodOf(encounter)
  const { odsCode, name } = organisationOf(encounter)
  return {
    resourceType: 'Encounter',
    id,
    status: encounter.status,
    class: { system: ACT_CODE, code: encounter.class.code },
    // However it was written.
    subject: { identifier: { system: NHS_NUMBER, value: nhsNumberOf(encounter).replace(/\D/g, '') } },
    serviceProvider: { identifier: { system: ODS_CODE, value: odsCode }, display: fhirText(name) },
    period: { start, ...(end !== undefined && { end }) },
  }
}

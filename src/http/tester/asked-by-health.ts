import type { FastifyRequest } from 'fastify'
import { type NhsNumber, parseNhsNumber } from '../../domain/nhs-number.js'
import { claimedBy } from '../../fhir/claims.js'
import { visitOf } from '../../fhir/encounter.js'
import { userOf } from '../../fhir/user.js'
import type { AttendanceBody } from '../../messages/attendance.js'
import type { EncounterBody } from '../../messages/fhir/encounter.js'
import type { LookupBody } from '../../messages/lookup.js'
import type { AskedByHealth } from '../../tester/conformance/exchange.js'
import { USER_HEADER } from '../fhir/who-asks.js'
import { decodedPath, maskedQueryOf, maskedSegmentOf } from '../masked-urls.js'
import { fingerprintOf } from '../requests.js'

/** What is replayed was answered before, and does not happen again. */
type Reader = (request: FastifyRequest, status: number, isReplay: boolean) => AskedByHealth | undefined

const OK = 200
const CREATED = 201

/** The same for health, through either door. */
export const ASKED_BY_HEALTH: Partial<Record<string, Reader>> = {
  lookUpChild: lookupOf,
  searchCareTeams: careTeamsOf,
  searchCareTeamsByForm: careTeamsOf,
  searchPatientFlags: patientFlagsOf,
  reportAttendance: attendanceOf,
  createEncounter: encounterOf,
  readPatient: readOf,
  searchPatients: ({ answer }, status) => ({
    kind: 'trace',
    numbers: status === OK ? numbersOf(answer) : [],
    superseded: null,
  }),
}

function lookupOf({ body, headers, answer }: FastifyRequest, status: number): AskedByHealth | undefined {
  const asked = (body ?? {}) as Partial<LookupBody>
  const nhsNumber = numberIn(asked.nhsNumber)
  if (nhsNumber === undefined) return undefined
  return {
    kind: 'lookup',
    nhsNumber,
    silent: asked.careSetting === 'scheduled',
    hasSetting: true,
    found: status === OK && isObject(answer) ? answer.found === true : null,
    key: textOf(headers['idempotency-key']),
    // Validation writes the setting in that was left out, and a request that met a fault was not validated.
    print: () => (hasUser(asked) ? fingerprintOf({ careSetting: 'unscheduled', ...asked, nhsNumber }) : null),
  }
}

function careTeamsOf(request: FastifyRequest, status: number): AskedByHealth | undefined {
  const { headers } = request
  const setting = headers.isunscheduledaccessevent ?? headers.isunscheduledevent
  const found = searchOf(request, status)
  return found && { ...found, silent: setting === 'false', hasSetting: true }
}

function patientFlagsOf(request: FastifyRequest, status: number): AskedByHealth | undefined {
  const found = searchOf(request, status)
  return found && { ...found, silent: true, hasSetting: false }
}

function searchOf(request: FastifyRequest, status: number) {
  const { headers, answer, body } = request
  const asked = new URLSearchParams(maskedQueryOf(request.raw))
  if (body instanceof URLSearchParams) for (const [name, value] of body) asked.append(name, value)
  const nhsNumber = numberIn((asked.get('patient:identifier') ?? asked.get('patient'))?.split('|').at(-1))
  if (nhsNumber === undefined) return undefined
  return {
    kind: 'lookup' as const,
    nhsNumber,
    found: status === OK && isObject(answer) ? Number(answer.total) > 0 : null,
    key: textOf(headers['x-request-id']),
    print: () => {
      const id = reporterOf(request)
      return id === undefined ? null : fingerprintOf([nhsNumber, id])
    },
  }
}

function attendanceOf(
  { body, headers, answer }: FastifyRequest,
  status: number,
  isReplay: boolean,
): AskedByHealth | undefined {
  const asked = (body ?? {}) as AttendanceBody
  const nhsNumber = numberIn(asked.nhsNumber)
  if (nhsNumber === undefined) return undefined
  const isStored = status === CREATED && isObject(answer) && !isReplay
  return {
    kind: 'visit',
    nhsNumber,
    reported: isStored ? { service: asked.service, event: asked.event } : undefined,
    key: textOf(headers['idempotency-key']),
    print: () => (hasUser(asked) ? fingerprintOf({ ...asked, nhsNumber }) : null),
  }
}

function encounterOf(request: FastifyRequest, status: number, isReplay: boolean): AskedByHealth | undefined {
  const body = (request.body ?? {}) as EncounterBody
  const nhsNumber = numberIn(body.subject?.identifier?.value)
  if (nhsNumber === undefined) return undefined
  const id = reporterOf(request)
  const isStored = status === CREATED && isObject(request.answer) && !isReplay
  return {
    kind: 'visit',
    nhsNumber,
    // What was stored can be read as a visit.
    reported: isStored ? visitOf(body, userOf({ id: id ?? '' })) : undefined,
    key: textOf(request.headers['x-request-id']),
    print: () => (id === undefined ? null : fingerprintOf([body, id])),
  }
}

function readOf({ raw, answer }: FastifyRequest, status: number): AskedByHealth {
  const numbers = status === OK ? numbersOf(answer) : []
  const asked = decodedPath(maskedSegmentOf(raw) ?? '')
  const isReplaced = numbers.length > 0 && asked !== '' && !numbers.includes(asked)
  return { kind: 'trace', numbers, superseded: isReplaced ? asked : null }
}

/** Of a Patient, or of a bundle of some. */
function numbersOf(answer: unknown): string[] {
  if (!isObject(answer)) return []
  if (answer.resourceType === 'Patient') return [String(answer.id)]
  if (!Array.isArray(answer.entry)) return []
  return answer.entry.map(({ resource }: { resource: { id: string } }) => resource.id)
}

/** A token is another with each login, and says the same; one that cannot be read says nothing of who bears it. */
function reporterOf({ headers }: FastifyRequest): string | undefined {
  const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return textOf(headers[USER_HEADER.toLowerCase()]) ?? (token && claimedBy(token)?.user?.id)
}

function hasUser({ requester }: Partial<LookupBody | AttendanceBody>): boolean {
  return typeof requester?.user?.id === 'string'
}

function numberIn(text: unknown): NhsNumber | undefined {
  const parsed = typeof text === 'string' ? parseNhsNumber(text) : undefined
  return typeof parsed === 'object' ? parsed.nhsNumber : undefined
}

function textOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

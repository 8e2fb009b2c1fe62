import type { LightMyRequestResponse } from 'fastify'
import { checkDigitFor } from '../../src/domain/nhs-number.js'
import type { Hub } from '../../src/index.js'

/** Two real councils with invented contacts. */
export const HALTON = 'E06000006'
export const WARRINGTON = 'E06000007'

/** Synthetic people, all from the range that is never issued. */
export const ROBIN = '9990000018'
export const SASHA = '9990000026'
export const TAYLOR = '9990000034'
export const NOBODY = '9990000042'

/** The nth usable synthetic NHS number, counting from 0. */
export function syntheticNumber(n: number): string {
  let found = -1
  for (let nine = 999_000_000; ; nine += 1) {
    const digit = checkDigitFor(String(nine))
    if (digit === undefined) continue
    found += 1
    if (found === n) return `${nine}${digit}`
  }
}

export interface RecordFields {
  nhsNumber?: unknown
  planType?: unknown
  startDate?: unknown
  [field: string]: unknown
}

export function aRecord(fields: RecordFields = {}): RecordFields {
  return { nhsNumber: ROBIN, planType: 'CPP', startDate: '2026-03-02', ...fields }
}

export function aDataset(sequence: number, records: unknown[], fields: Record<string, unknown> = {}) {
  const extractedAt = `2026-11-24T02:00:00.${String(sequence).padStart(3, '0')}Z`
  return { sequence, extractedAt, recordCount: records.length, records, ...fields }
}

export const WHISTON_NURSE = {
  organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
  user: { id: '555500000001', name: 'Jo Bright', roleCode: 'S8000:G8000:R8001', roleName: 'Nurse' },
}

export function submit(
  hub: Hub,
  code: string,
  dataset: unknown,
  query = '',
): Promise<LightMyRequestResponse> {
  return hub.app.inject({
    method: 'POST',
    url: `/v1/authorities/${code}/datasets${query}`,
    payload: dataset as object,
  })
}

export function lookUp(
  hub: Hub,
  nhsNumber: string,
  fields: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const payload = { nhsNumber, requester: WHISTON_NURSE, ...fields }
  return hub.app.inject({ method: 'POST', url: '/v1/lookups', payload, headers })
}

export function aVisit(nhsNumber: string, fields: Record<string, unknown> = {}) {
  return {
    nhsNumber,
    requester: WHISTON_NURSE,
    service: 'emergency-department',
    event: 'arrived',
    at: '2026-11-24T09:25:00.000Z',
    ...fields,
  }
}

export function attend(
  hub: Hub,
  nhsNumber: string,
  fields: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return hub.app.inject({
    method: 'POST',
    url: '/v1/attendances',
    payload: aVisit(nhsNumber, fields),
    headers,
  })
}

export function lease(hub: Hub, code: string, wish?: object): Promise<LightMyRequestResponse> {
  const url = `/v1/authorities/${code}/notifications/lease`
  return hub.app.inject({ method: 'POST', url, ...(wish && { payload: wish }) })
}

export function acknowledge(hub: Hub, code: string, ids: string[]): Promise<LightMyRequestResponse> {
  const url = `/v1/authorities/${code}/notifications/acknowledge`
  return hub.app.inject({ method: 'POST', url, payload: { ids } })
}

export function release(
  hub: Hub,
  code: string,
  ids: string[],
  leaseId?: string,
): Promise<LightMyRequestResponse> {
  const url = `/v1/authorities/${code}/notifications/release`
  return hub.app.inject({ method: 'POST', url, payload: { ids, ...(leaseId && { leaseId }) } })
}

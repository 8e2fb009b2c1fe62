import type { FastifyRequest } from 'fastify'
import { addresseeOf } from '../heads.js'

/** Where the CP-IS FHIR R4 API stands (domain.md section 6.1). */
export const FHIR_BASE = '/cpis/FHIR/R4'
/** Where the Personal Demographics Service stands (domain.md section 7). */
export const PDS_BASE = '/personal-demographics/FHIR/R4'
export const FHIR_TYPE = 'application/fhir+json'

/** One of these with its host: as the request was addressed, or as the operator says that callers reach the hub. */
export function baseUrlOf(
  { raw }: FastifyRequest,
  publicUrl: string | undefined,
  base: string = FHIR_BASE,
): string {
  return `${publicUrl ?? `http://${addresseeOf(raw) ?? 'localhost'}`}${base}`
}

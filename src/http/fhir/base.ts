import type { FastifyRequest } from 'fastify'

/** Where the CP-IS FHIR R4 API stands (domain.md section 6.1). */
export const FHIR_BASE = '/cpis/FHIR/R4'
export const FHIR_TYPE = 'application/fhir+json'

/** The same with its host, as the caller wrote it, or as the operator says that callers do. */
export function baseUrlOf({ host, protocol }: FastifyRequest, publicUrl: string | undefined): string {
  return `${publicUrl ?? `${protocol}://${host}`}${FHIR_BASE}`
}

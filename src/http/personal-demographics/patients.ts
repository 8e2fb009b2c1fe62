import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { type NhsNumber, parseNhsNumber } from '../../domain/nhs-number.js'
import { patientBundle, patientOf } from '../../fhir/patient.js'
import { PATIENT_PARAMETERS, readPatientSearch } from '../../fhir/patient-search.js'
import {
  invalidatedNumber,
  invalidNumber,
  tooManyMatches,
  unknownPerson,
} from '../../fhir/personal-demographics.js'
import type { HubContext } from '../../hub/context.js'
import { readPerson, searchPeople } from '../../hub/find-people.js'
import { BareNhsNumberSchema, closed, ref } from '../../messages/common.js'
import { PatientBundleSchema, PatientSchema } from '../../messages/fhir/patient.js'
import { OperationOutcomeSchema } from '../../messages/fhir/resources.js'
import { Type } from '../../messages/type.js'
import { baseUrlOf, FHIR_TYPE, PDS_BASE } from '../fhir/base.js'
import { documentedFormat, documentedHeaders, WHO_ASKS } from '../fhir/documented.js'
import { fhirResponses } from '../fhir/outcomes.js'
import { hubFor } from '../hub-for.js'
import { decodedPath, maskedSegmentOf } from '../masked-urls.js'

const TAGS = ['personal-demographics']
const headers = documentedHeaders(...WHO_ASKS.slice(-1))

export function registerPatients(app: FastifyInstance, hub: HubContext, publicUrl: string | undefined): void {
  app.get<{ Params: { nhsNumber: string } }>(
    '/Patient/:nhsNumber',
    {
      exposeHeadRoute: false,
      schema: {
        tags: TAGS,
        operationId: 'readPatient',
        summary: 'Who is registered under an NHS number',
        description:
          'The resource of a superseded number is that of the new one, under its own id. X-Request-ID, a UUID, is required, as the service has it.',
        headers,
        params: closed({ nhsNumber: BareNhsNumberSchema }),
        querystring: documentedFormat,
        response: fhirResponses(200, 'The Patient.', ref(PatientSchema), {
          ETag: Type.String({ description: 'The version of the resource.' }),
        }),
      },
    },
    async (request, reply) => {
      const shown = await readPerson(hubFor(request, hub), numberOf(request))
      if (shown.kind === 'unknown') throw unknownPerson()
      if (shown.kind === 'invalidated') throw invalidatedNumber()
      reply.type(FHIR_TYPE).header('etag', `W/"${shown.person.version}"`)
      return patientOf(shown.person)
    },
  )

  app.get(
    '/Patient',
    {
      exposeHeadRoute: false,
      schema: {
        tags: TAGS,
        operationId: 'searchPatients',
        summary: 'Search for a person by family name and birth date',
        description:
          'Too many matches are 200 with an OperationOutcome, TOO_MANY_MATCHES, in the place of the bundle.',
        headers,
        querystring: documentedQuery,
        response: fhirResponses(
          200,
          'A searchset, or that there are too many matches.',
          Type.Unsafe({ anyOf: [ref(PatientBundleSchema), ref(OperationOutcomeSchema)] }),
        ),
      },
    },
    async (request, reply) => {
      const { search, score, findsNobody } = readPatientSearch(request.parameters)
      const found = await searchPeople(hubFor(request, hub), search)
      if (found.kind === 'too-many') throw tooManyMatches()
      reply.type(FHIR_TYPE)
      const base = baseUrlOf(request, publicUrl, PDS_BASE)
      return patientBundle(findsNobody ? [] : found.people, { base, at: hub.clock(), score })
    },
  )
}

/** Of the URL as it came, since the router has it without the number; bare, as the service wants it. */
function numberOf(request: FastifyRequest<{ Params: { nhsNumber: string } }>): NhsNumber {
  const text = decodedPath(maskedSegmentOf(request.raw) ?? request.params.nhsNumber)
  const parsed = parseNhsNumber(text)
  if (typeof parsed === 'string' || parsed.nhsNumber !== text) throw invalidNumber()
  return parsed.nhsNumber
}

const documentedQuery = closed({
  ...Object.fromEntries(
    PATIENT_PARAMETERS.map(({ name, documentation }): [string, TSchema] => [
      name,
      Type.Optional(Type.String({ description: documentation })),
    ]),
  ),
  ...documentedFormat.properties,
})

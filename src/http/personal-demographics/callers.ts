import type { FastifyInstance } from 'fastify'
import { invalidValue, missingValue } from '../../fhir/personal-demographics.js'
import { isOdsCode } from '../../messages/lookup.js'
import { ORGANISATION_HEADER } from '../fhir/who-asks.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The ODS code of the organisation for which a person is read, if the request says so. */
    readerOdsCode: string | undefined
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Notes for whom each request asks, and refuses those without the id that the service demands of each. */
export function registerCallers(app: FastifyInstance): void {
  app.decorateRequest('readerOdsCode', undefined)
  app.addHook('preHandler', (request, _reply, done) => {
    const requestId = request.headers['x-request-id']
    if (requestId === undefined || requestId === '')
      throw missingValue('X-Request-ID is missing. Send a UUID.')
    if (typeof requestId !== 'string' || !UUID.test(requestId))
      throw invalidValue('X-Request-ID must be a UUID.')
    const odsCode = request.headers[ORGANISATION_HEADER.toLowerCase()]
    if (odsCode !== undefined && !isOdsCode(odsCode)) {
      throw invalidValue(`${ORGANISATION_HEADER} must be an ODS code, such as RBN01, in capitals.`)
    }
    request.readerOdsCode = odsCode
    done()
  })
}

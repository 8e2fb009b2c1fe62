import type { FastifyInstance } from 'fastify'
import { invalidValue, missingValue } from '../../fhir/personal-demographics.js'
import { isOdsCode } from '../../messages/lookup.js'
import { ORGANISATION_HEADER } from '../fhir/who-asks.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Refuses requests without the id that the service demands of each, and those that say wrongly for whom they ask. */
export function registerHeaders(app: FastifyInstance): void {
  app.addHook('preHandler', ({ headers }, _reply, done) => {
    const requestId = headers['x-request-id']
    if (requestId === undefined || requestId === '')
      throw missingValue('X-Request-ID is missing. Send a UUID.')
    if (typeof requestId !== 'string' || !UUID.test(requestId))
      throw invalidValue('X-Request-ID must be a UUID.')
    const odsCode = headers[ORGANISATION_HEADER.toLowerCase()]
    if (odsCode !== undefined && !isOdsCode(odsCode)) {
      throw invalidValue(`${ORGANISATION_HEADER} must be an ODS code, such as RBN01, in capitals.`)
    }
    done()
  })
}

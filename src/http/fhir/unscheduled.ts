import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { preconditionFailed } from '../../fhir/refusal.js'
import { warn } from './warnings.js'

const HEADER = 'IsUnscheduledAccessEvent'
// How the guide spells it in its prose (domain.md section 6.7, row 2).
const MISSPELT = 'IsUnscheduledEvent'

/** Whether a search is unscheduled, as it is when nothing is said: rather told once too often than not at all. */
export function isUnscheduled(headers: IncomingHttpHeaders, reply: FastifyReply): boolean {
  const given = headers[HEADER.toLowerCase()]
  if (given !== undefined) return readFlag(HEADER, given)
  const misspelt = headers[MISSPELT.toLowerCase()]
  if (misspelt === undefined) return true
  warn(reply, `Send ${HEADER} instead of ${MISSPELT}`)
  return readFlag(MISSPELT, misspelt)
}

function readFlag(name: string, value: string | string[]): boolean {
  if (value === 'true') return true
  if (value === 'false') return false
  throw preconditionFailed(`${name} must be true or false. Without it the search is an unscheduled one.`)
}

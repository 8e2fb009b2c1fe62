import type { FastifyInstance } from 'fastify'
import { auditEventAlone, auditEventOf, practitionerRoleOf } from '../../fhir/audit-event.js'
import { PATIENT_PARAMETER } from '../../fhir/search.js'
import type { HubContext } from '../../hub/context.js'
import { readAccess } from '../../hub/read-by-id.js'
import { ref } from '../../messages/common.js'
import { AuditEventBundleSchema, AuditEventSchema } from '../../messages/fhir/resources.js'
import type { Metrics } from '../metrics.js'
import { registerRead } from './reads.js'
import { registerSearch } from './searches.js'
import { lookUpSilently } from './silent-lookups.js'

const TYPE = 'AuditEvent'

const INCLUDE_PARAMETER = {
  name: '_include',
  documentation:
    'AuditEvent:entity-type=http://terminology.hl7.org/CodeSystem/v3-RoleClass|ASSIGNED, as the guide has it. Who looked is included in any case.',
}

/** AuditEvent: who else has looked at a child’s plans (domain.md section 6.5). */
export function registerAuditEvents(
  app: FastifyInstance,
  hub: HubContext,
  metrics: Metrics,
  publicUrl: string | undefined,
): void {
  registerSearch(app, publicUrl, {
    type: TYPE,
    parameters: [PATIENT_PARAMETER, INCLUDE_PARAMETER],
    operationId: 'searchAuditEvents',
    summary: 'The 25 latest unscheduled accesses, each with who looked',
    description: 'Records nothing, whatever IsUnscheduledAccessEvent says. A child without a plan has none.',
    headers: [],
    bundle: ref(AuditEventBundleSchema),
    byForm: true,
    async find(search, request) {
      const { nhsNumber, accesses } = await lookUpSilently(hub, metrics, search.nhsNumber, request)
      return {
        matches: accesses.map((access) =>
          auditEventOf({ nhsNumber, access }, `PractitionerRole/${access.id}`),
        ),
        includes: accesses.map(practitionerRoleOf),
      }
    },
  })

  registerRead(app, {
    type: TYPE,
    operationId: 'readAuditEvent',
    summary: 'One AuditEvent that a bundle held, with who looked inside',
    schema: ref(AuditEventSchema),
    async read(id) {
      const shown = await readAccess(hub, id)
      return shown && auditEventAlone(shown)
    },
  })
}

import type { Bundle, HumanName, Patient } from 'fhir/r4.js'
import type { Instant } from '../clock.js'
import type { Person } from '../domain/person.js'
import { fhirText } from './fhir-text.js'
import { CONFIDENTIALITY, NHS_NUMBER, NUMBER_VERIFICATION, NUMBER_VERIFICATIONS } from './systems.js'

/** A person as the Personal Demographics Service shows one; of addresses, phones and practices the hub holds none. */
export function patientOf(person: Person): Patient {
  const { nhsNumber, birthDate, gender, version } = person
  const name = nameOf(person)
  return {
    resourceType: 'Patient',
    id: nhsNumber,
    meta: { versionId: String(version), security: [securityOf(person)] },
    identifier: [{ extension: [VERIFIED], system: NHS_NUMBER, value: nhsNumber }],
    ...(name !== undefined && { name: [name] }),
    ...(gender !== null && { gender }),
    ...(birthDate !== null && { birthDate }),
  }
}

const VERIFIED = {
  url: NUMBER_VERIFICATION,
  valueCodeableConcept: {
    coding: [
      { system: NUMBER_VERIFICATIONS, version: '1.0.0', code: '01', display: 'Number present and verified' },
    ],
  },
}

function securityOf({ state }: Person) {
  const [code, display] = state === 'sensitive' ? ['R', 'restricted'] : ['U', 'unrestricted']
  return { system: CONFIDENTIALITY, code, display }
}

function nameOf({ familyName, givenNames }: Person): HumanName | undefined {
  const family = fhirText(familyName ?? '').trim()
  const given = givenNames.map((each) => fhirText(each).trim()).filter((each) => each !== '')
  if (family === '' && given.length === 0) return undefined
  return {
    id: 'usual',
    use: 'usual',
    ...(family !== '' && { family }),
    ...(given.length > 0 && { given }),
  }
}

/** What a search found; the service tells how well each fits, and gives the bundle no link. */
export function patientBundle(
  people: readonly Person[],
  { base, at, score }: { base: string; at: Instant; score: number },
): Bundle<Patient> {
  const entry = people.map((person) => ({
    fullUrl: `${base}/Patient/${person.nhsNumber}`,
    search: { score },
    resource: patientOf(person),
  }))
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: at,
    total: entry.length,
    ...(entry.length > 0 && { entry }),
  }
}

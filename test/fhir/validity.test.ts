import fc from 'fast-check'
import type { Bundle, FhirResource } from 'fhir/r4.js'
import t from 'tap'
import type { AccessEvent } from '../../src/domain/access-event.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import type { VisiblePlan } from '../../src/domain/lookup.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import { GENDERS, newPerson } from '../../src/domain/person.js'
import { PLAN_TYPES } from '../../src/domain/plan.js'
import { auditEventAlone, auditEventOf, practitionerRoleOf } from '../../src/fhir/audit-event.js'
import { careTeamOf, type ShownAt } from '../../src/fhir/care-team.js'
import { patientOf } from '../../src/fhir/patient.js'
import { patientFlagsOf } from '../../src/fhir/patient-flag.js'
import { searchset } from '../../src/fhir/searchset.js'
import { faultsIn, get, NURSE, search } from '../helpers/fhir.js'
import { NOW, openHub } from '../helpers/hub.js'
import {
  aDataset,
  aRecord,
  HALTON,
  NOBODY,
  ROBIN,
  SASHA,
  submit,
  TAYLOR,
  WARRINGTON,
} from '../helpers/seed.js'
import { aPlan, TODAY } from '../helpers/stores.js'

const DAY_MS = 86_400_000
const SHOWN: ShownAt = { now: NOW, today: TODAY, freshness: { freshnessMs: DAY_MS, graceMs: 0 } }
const BASE_URL = 'https://hub.example/cpis/FHIR/R4'

const aDate = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2032-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10) as CalendarDate)
const aName = fc.string({
  unit: fc.constantFrom('a', 'é', 'Z', '-', '’', 'ß', '中'),
  minLength: 1,
  maxLength: 9,
})

const aVisiblePlan: fc.Arbitrary<VisiblePlan> = fc
  .record({
    planType: fc.constantFrom(...PLAN_TYPES),
    startDate: aDate,
    days: fc.option(fc.integer({ min: 0, max: 4_000 })),
    expectedDeliveryDate: fc.option(aDate),
    familyName: fc.option(aName),
    givenNames: fc.array(aName, { maxLength: 3 }),
    lastAcceptedAt: fc.constantFrom(null, NOW, '2026-01-01T00:00:00.000Z'),
    status: fc.constantFrom('live', 'suspended'),
    id: fc.uuid(),
  })
  .map(({ planType, startDate, days, expectedDeliveryDate, familyName, givenNames, id, ...authority }) => {
    const endDate =
      days === null ? null : new Date(Date.parse(startDate) + days * DAY_MS).toISOString().slice(0, 10)
    const plan = aPlan({ id, planType, startDate, endDate, expectedDeliveryDate, familyName, givenNames })
    return {
      plan,
      authority: {
        code: HALTON,
        name: 'Halton',
        officeHoursPhone: '01632 960005',
        emergencyDutyPhone: '01632 960405',
        visibleToHealth: true,
        ...authority,
      },
    } as VisiblePlan
  })

const anAccess = fc
  .record({
    id: fc.uuid(),
    name: aName,
    roleCode: fc.option(fc.constant('S8000:G8000:R8001'), { nil: undefined }),
    roleName: fc.option(aName, { nil: undefined }),
    roleProfileId: fc.option(fc.constant('555254242102'), { nil: undefined }),
    location: fc.option(aName),
  })
  .map(({ id, name, location, ...role }): AccessEvent => {
    const known = Object.fromEntries(Object.entries(role).filter(([, value]) => value !== undefined))
    return {
      id,
      at: NOW,
      location,
      organisation: { odsCode: 'RBN01', name },
      user: { id: '555500000001', name, ...known },
    }
  })

const uniqueById = <T>(arbitrary: fc.Arbitrary<T>, id: (value: T) => string) =>
  fc.uniqueArray(arbitrary, { maxLength: 4, selector: id })

t.test('whatever the plans, their CareTeams and flags are valid R4', async (t) => {
  fc.assert(
    fc.property(
      uniqueById(aVisiblePlan, ({ plan }) => plan.id),
      (visible) => {
        const careTeams = visible.map((each) => careTeamOf(each, SHOWN))
        const bundle = searchset(BASE_URL, `${BASE_URL}/CareTeam`, careTeams)
        const flags = patientFlagsOf(visible, SHOWN)
        const all: FhirResource[] = [bundle]
        if (flags !== undefined) {
          const { flag, carePlans, careTeams: included } = flags
          all.push(searchset(BASE_URL, `${BASE_URL}/PatientFlag`, [flag], [...carePlans, ...included]))
        }
        const faults = all.flatMap(faultsIn)
        if (faults.length > 0) throw new Error(faults.join('; '))
        return (flags === undefined) === (visible.length === 0)
      },
    ),
    { seed: 20_261_127, numRuns: 150 },
  )
  t.pass()
})

t.test('whoever is registered, their Patients are valid R4', async (t) => {
  const aPerson = fc.record({
    familyName: fc.option(fc.oneof(aName, fc.constantFrom(' ', '\u00a0x'))),
    givenNames: fc.array(fc.oneof(aName, fc.constant(' ')), { maxLength: 3 }),
    birthDate: fc.option(aDate),
    gender: fc.option(fc.constantFrom(...GENDERS)),
    state: fc.constantFrom('normal' as const, 'sensitive' as const),
  })
  fc.assert(
    fc.property(aPerson, (fields) => {
      const faults = faultsIn(patientOf({ ...newPerson(ROBIN as NhsNumber), ...fields }))
      if (faults.length > 0) throw new Error(faults.join('; '))
    }),
    { seed: 20_261_127, numRuns: 100 },
  )
  t.pass()
})

t.test('whoever looked, their AuditEvents and PractitionerRoles are valid R4', async (t) => {
  const nhsNumber = ROBIN as NhsNumber
  fc.assert(
    fc.property(
      uniqueById(anAccess, ({ id }) => id),
      (accesses) => {
        const events = accesses.map((access) =>
          auditEventOf({ nhsNumber, access }, `PractitionerRole/${access.id}`),
        )
        const bundle = searchset(BASE_URL, `${BASE_URL}/AuditEvent`, events, accesses.map(practitionerRoleOf))
        const alone = accesses.map((access) => auditEventAlone({ nhsNumber, access }))
        const faults = [bundle, ...alone].flatMap(faultsIn)
        if (faults.length > 0) throw new Error(faults.join('; '))
      },
    ),
    { seed: 20_261_127, numRuns: 100 },
  )
  t.pass()
})

t.test('what the hub answers over HTTP is valid R4: hits, misses, refusals and what it can do', async (t) => {
  const { hub } = await openHub(t)
  const unborn = { nhsNumber: TAYLOR, planType: 'UCPP', expectedDeliveryDate: '2027-01-10' }
  const ended = { nhsNumber: SASHA, planType: 'LAC', endDate: '2026-06-01' }
  const named = { familyName: 'Ashdown', givenNames: ['Robin', 'Lee'], birthDate: '2015-06-01' }
  await submit(hub, HALTON, aDataset(1, [aRecord(named), aRecord(unborn), aRecord(ended)]))
  await submit(hub, WARRINGTON, aDataset(1, [aRecord({ planType: 'LAC' })]))
  const paths = []
  for (const nhsNumber of [ROBIN, SASHA, TAYLOR, NOBODY]) {
    const { statusCode, body } = await search(hub, 'CareTeam', nhsNumber)
    t.equal(statusCode, 200)
    t.same(faultsIn(JSON.parse(body)), [], 'CareTeam')
    paths.push(`/AuditEvent?patient=${nhsNumber}`, `/PatientFlag?patient=${nhsNumber}`)
    const found: Bundle = JSON.parse(body)
    for (const { fullUrl = '' } of found.entry ?? []) paths.push(fullUrl.split('/R4')[1] as string)
  }
  const events: Bundle = (await get(hub, `/AuditEvent?patient=${ROBIN}`)).json()
  paths.push(`/AuditEvent/${events.entry?.[0]?.resource?.id}`, '/metadata')
  for (const path of paths) {
    const reply = await get(hub, path)
    t.equal(reply.statusCode, 200, path)
    t.same(faultsIn(reply.json()), [], path)
  }
  for (const path of ['/CareTeam', '/CareTeam?patient=1', '/CareTeam/none', '/Patient', '/Encounter', '']) {
    const reply = await get(hub, path, NURSE)
    t.ok(reply.statusCode >= 400)
    t.same(faultsIn(reply.json()), [], path)
  }
})

t.test('what R4 has no room for is left out or made to fit', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord({ startDate: '2026-06-01', birthDate: '2008-01-15' })]))
  const role = { org_code: 'RBN01', role_code: ' R8000  x ', role_name: 'Nurse\u00a0A' }
  const claims = { sub: 'u\u00a0x', name: 'Jo\u2007Bright', nhsid_nrbac_roles: [role] }
  const authorization = `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  const bundle: Bundle = (await search(hub, 'CareTeam', ROBIN, { authorization })).json()
  t.same(faultsIn(bundle), [])
  t.match(bundle.entry?.[0]?.resource, {
    status: 'inactive',
    period: { start: '2026-06-01', end: undefined },
  })
  const events: Bundle = (await search(hub, 'AuditEvent', ROBIN)).json()
  t.same(faultsIn(events), [])
  t.match(events.entry?.[1]?.resource, {
    practitioner: { display: 'Jo Bright' },
    code: [{ coding: [{ code: 'R8000 x', display: 'Nurse A' }] }],
  })
})

t.test('the checks know broken twins of each', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord({ familyName: 'Ashdown' })]))
  const careTeams: Bundle = (await search(hub, 'CareTeam', ROBIN)).json()
  const events: Bundle = (await search(hub, 'AuditEvent', ROBIN)).json()
  const flags: Bundle = (await get(hub, `/PatientFlag?patient=${ROBIN}`)).json()
  const statement: FhirResource = (await get(hub, '/metadata')).json()
  const outcome: FhirResource = (await get(hub, '/CareTeam')).json()
  const broken = (resource: FhirResource, spoil: (twin: ReturnType<typeof JSON.parse>) => void) => {
    const twin = JSON.parse(JSON.stringify(resource))
    spoil(twin)
    return faultsIn(twin)
  }
  const twins: Record<string, string[]> = {
    'a status that is none': broken(careTeams, (b) => {
      b.entry[0].resource.status = 'bogus'
    }),
    'a status of R4 that is none of ours': broken(careTeams, (b) => {
      b.entry[0].resource.status = 'proposed'
    }),
    'an unknown element': broken(careTeams, (b) => {
      b.entry[0].resource.colour = 'red'
    }),
    'a date of another form': broken(careTeams, (b) => {
      b.entry[0].resource.period.start = '01/01/2024'
    }),
    'a period that ends before it starts': broken(careTeams, (b) => {
      b.entry[0].resource.period.end = '2020-01-01'
    }),
    'a total that is a text': broken(careTeams, (b) => {
      b.total = '1'
    }),
    'a total that counts something else': broken(events, (b) => {
      b.total = 2
    }),
    'a use that is none': broken(careTeams, (b) => {
      b.entry[0].resource.telecom[0].use = 'mobil'
    }),
    'an empty list': broken(careTeams, (b) => {
      b.entry[0].resource.note = []
    }),
    'an empty list of entries': broken(careTeams, (b) => {
      b.total = 0
      b.entry = []
    }),
    'no self link': broken(careTeams, (b) => {
      delete b.link
    }),
    'a fullUrl of another id': broken(careTeams, (b) => {
      b.entry[0].resource.id = 'other'
    }),
    'one entry twice': broken(careTeams, (b) => {
      b.entry.push(b.entry[0])
    }),
    'another bundle': broken(careTeams, (b) => {
      b.type = 'collection'
    }),
    'a requestor that is a text': broken(events, (b) => {
      b.entry[0].resource.agent[0].requestor = 'true'
    }),
    'no agent and no source': broken(events, (b) => {
      delete b.entry[0].resource.agent
      delete b.entry[0].resource.source
    }),
    'a reference to nobody': broken(events, (b) => {
      b.entry.pop()
    }),
    'a care plan of no intent': broken(flags, (b) => {
      b.entry[1].resource.intent = 'wish'
    }),
    'a flag without a status': broken(flags, (b) => {
      delete b.entry[0].resource.status
    }),
    'an instance that says nothing of itself': broken(statement, (s) => {
      delete s.implementation
    }),
    'a type twice': broken(statement, (s) => {
      s.rest[0].resource.push(s.rest[0].resource[0])
    }),
    'a parameter twice': broken(statement, (s) => {
      s.rest[0].resource[0].searchParam.push(s.rest[0].resource[0].searchParam[0])
    }),
    'an interaction that is none': broken(statement, (s) => {
      s.rest[0].resource[0].interaction[0].code = 'look'
    }),
    'an issue without a severity': broken(outcome, (o) => {
      delete o.issue[0].severity
    }),
    'an issue of no type': broken(outcome, (o) => {
      o.issue[0].code = 'bad'
    }),
  }
  for (const [name, faults] of Object.entries(twins)) t.ok(faults.length > 0, name)
})

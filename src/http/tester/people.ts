import type { FastifyInstance } from 'fastify'
import { parseCalendarDate } from '../../domain/calendar.js'
import { type NhsNumber, parseNhsNumber } from '../../domain/nhs-number.js'
import { newPerson, type Person, type PersonChange, withChange } from '../../domain/person.js'
import { refuse, type SchemaFault } from '../../domain/problem.js'
import type { HubContext } from '../../hub/context.js'
import { getNhsNumber } from '../../hub/look-up-child.js'
import { ref } from '../../messages/common.js'
import {
  type PeopleBody,
  PeopleSchema,
  type PersonChangeBody,
  PersonChangeSchema,
  PersonSchema,
  SavedPeopleSchema,
} from '../../messages/tester/people.js'
import { replacementFault, savePeople, savePerson } from '../../tester/save-people.js'
import { JSON_BODY_PROBLEMS, responses } from '../responses.js'

const PATH = '/tester/people'
// A thousand people with long names.
const PEOPLE_BODY_MAX_BYTES = 1_048_576

/** The simulated register of people, as testers fill it. */
export function registerPeople(app: FastifyInstance, hub: HubContext): void {
  app.put<{ Body: PersonChangeBody }>(
    PATH,
    {
      schema: {
        tags: ['tester'],
        operationId: 'savePerson',
        summary: 'Register a person, or change one',
        description:
          'A number that goes out of use while plans are on the index queues a number-inactive notification for every authority that holds one.',
        body: ref(PersonChangeSchema),
        response: responses(
          { 200: ref(PersonSchema), 201: ref(PersonSchema) },
          ...JSON_BODY_PROBLEMS,
          'INVALID_NHS_NUMBER',
          'TESTER_LIMIT',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request, reply) => {
      const { nhsNumber: text, ...stated } = request.body
      const nhsNumber = getNhsNumber(text)
      const { created, person } = await savePerson(hub, nhsNumber, changeOf(nhsNumber, stated))
      return reply.code(created ? 201 : 200).send(personReply(person))
    },
  )

  app.post<{ Body: PeopleBody }>(
    PATH,
    {
      bodyLimit: PEOPLE_BODY_MAX_BYTES,
      schema: {
        tags: ['tester'],
        operationId: 'savePeople',
        summary: 'Register many people at once',
        description:
          'Those that are new are added, and those that came this way before replaced; whoever was put one by one stays.',
        body: PeopleSchema,
        response: responses(
          { 200: SavedPeopleSchema },
          ...JSON_BODY_PROBLEMS,
          'TESTER_LIMIT',
          'STORAGE_FULL',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    async (request) => savePeople(hub, peopleOf(request.body)),
  )
}

function personReply({ madeBySeed: _, version: __, ...person }: Person) {
  return person
}

type Stated = Omit<PersonChangeBody, 'nhsNumber'>

function changeOf(nhsNumber: NhsNumber, stated: Stated): PersonChange {
  const { change, faults } = readChange(nhsNumber, stated, '')
  if (faults.length > 0) throw refuse('SCHEMA_VIOLATION', 'The person cannot be so.', faults)
  return change
}

/** All that are said, each whole; refuses with every fault, and a number that comes twice. */
function peopleOf({ people }: PeopleBody): Person[] {
  const all: SchemaFault[] = []
  const made = new Map<NhsNumber, Person>()
  for (const [i, { nhsNumber: text, ...stated }] of people.entries()) {
    const parsed = parseNhsNumber(text)
    if (typeof parsed === 'string' || made.has(parsed.nhsNumber)) {
      const message = typeof parsed === 'string' ? 'must be a valid NHS number' : 'stands twice'
      all.push({ pointer: `/people/${i}/nhsNumber`, message })
      continue
    }
    const { nhsNumber } = parsed
    const { change, faults } = readChange(nhsNumber, stated, `/people/${i}`)
    all.push(...faults)
    const person = withChange(newPerson(nhsNumber), change)
    if (typeof person === 'object') made.set(nhsNumber, person)
    // What cannot be read has its fault already.
    else if (faults.length === 0) all.push(replacementFault(person, `/people/${i}`))
  }
  if (all.length > 0) {
    throw refuse('SCHEMA_VIOLATION', 'Some of these people cannot be so.', all.slice(0, FAULTS_LISTED_MAX))
  }
  return [...made.values()]
}

const FAULTS_LISTED_MAX = 20

/** What the schema does not see: whether a date exists, and whether another number is one. */
function readChange(nhsNumber: NhsNumber, stated: Stated, pointer: string) {
  const { birthDate, replacedBy, ...rest } = stated
  const change: PersonChange = rest
  const faults: SchemaFault[] = []
  if (birthDate !== undefined) {
    const parsed = birthDate === null ? { date: null } : parseCalendarDate(birthDate)
    if (typeof parsed === 'object') change.birthDate = parsed.date
    else faults.push({ pointer: `${pointer}/birthDate`, message: 'must be a date that exists' })
  }
  if (replacedBy !== undefined) {
    const parsed = replacedBy === null ? { nhsNumber: null } : parseNhsNumber(replacedBy)
    if (typeof parsed === 'object' && parsed.nhsNumber !== nhsNumber) change.replacedBy = parsed.nhsNumber
    else faults.push({ pointer: `${pointer}/replacedBy`, message: 'must be another valid NHS number' })
  }
  return { change, faults }
}

import type { Static } from 'typebox'
import { closed, oneOf, text } from '../common.js'
import { Type } from '../type.js'
import { FhirId, Identifier } from './elements.js'
import { encounterExample, recordedEncounterExample } from './examples.js'

const open = { additionalProperties: true }
const Text = Type.String({ minLength: 1, maxLength: 1_000 })

const IdentifierSchema = Type.Object({ system: Text, value: Text }, open)

/**
 * An Encounter of R4 as it may come: what the hub reads of it is checked, what else R4 knows of is let through. What
 * changes the meaning of an element (`modifierExtension`, `implicitRules`) cannot be passed over, and is refused.
 */
export const EncounterSchema = Type.Object(
  {
    resourceType: Type.Unsafe<'Encounter'>({ type: 'string', enum: ['Encounter'] }),
    status: Type.String({
      maxLength: 40,
      description: 'arrived, triaged, in-progress, finished or cancelled.',
      examples: ['arrived', 'finished'],
    }),
    class: Type.Object(
      {
        system: Type.Optional(Text),
        code: Type.String({ maxLength: 40, examples: ['EMER'] }),
        display: Type.Optional(Text),
      },
      open,
    ),
    subject: Type.Object({ identifier: IdentifierSchema, display: Type.Optional(Text) }, open),
    serviceProvider: Type.Object({ identifier: IdentifierSchema, display: Type.Optional(text(1_000)) }, open),
    period: Type.Object(
      {
        start: Type.String({ maxLength: 40, examples: ['2026-11-24T09:25:00Z'] }),
        end: Type.Optional(Type.String({ maxLength: 40 })),
      },
      open,
    ),
    ...Object.fromEntries(
      [
        'id',
        'meta',
        'language',
        'text',
        'contained',
        'extension',
        'identifier',
        'statusHistory',
        'classHistory',
        'type',
        'serviceType',
        'priority',
        'episodeOfCare',
        'basedOn',
        'participant',
        'appointment',
        'length',
        'reasonCode',
        'reasonReference',
        'diagnosis',
        'account',
        'hospitalization',
        'location',
        'partOf',
      ].map((name) => [name, Type.Optional(Type.Unknown())]),
    ),
  },
  {
    $id: 'Encounter',
    title: 'Encounter',
    additionalProperties: false,
    patternProperties: { '^_': {} },
    examples: [encounterExample],
    description: 'Encounter of FHIR R4 (4.0.1): a visit. The elements without a description are not read.',
  },
)

interface WithIdentifier {
  identifier: { system: string; value: string }
  display?: string
}

/** What the hub reads of it. */
export interface EncounterBody {
  status: string
  class: { system?: string; code: string }
  subject: WithIdentifier
  serviceProvider: WithIdentifier
  period: { start: string; end?: string }
}

/** The same as it was taken, with its id: what the hub read of it. */
export const RecordedEncounterSchema = closed(
  {
    resourceType: oneOf(['Encounter']),
    id: FhirId,
    status: Type.String(),
    class: closed({ system: Type.String(), code: Type.String() }),
    subject: closed({ identifier: Identifier }),
    serviceProvider: closed({ identifier: Identifier, display: Type.String() }),
    period: closed({ start: Type.String(), end: Type.Optional(Type.String()) }),
  },
  {
    $id: 'RecordedEncounter',
    title: 'RecordedEncounter',
    examples: [recordedEncounterExample],
    description: 'The Encounter as the hub took it.',
  },
)
export type RecordedEncounter = Static<typeof RecordedEncounterSchema>

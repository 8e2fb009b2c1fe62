import { closed, IdSchema, oneOf } from '../common.js'
import { Type } from '../type.js'

export const OrganisationParams = closed({
  odsCode: Type.String({
    pattern: '^[A-Z0-9]{1,12}$',
    description: 'ODS code of a health organisation, in capitals.',
    examples: ['RBN01'],
  }),
})

const EVIDENCE_MAX = 10

export const ConformanceSchema = closed(
  {
    caller: Type.String({
      description: 'The authority’s code, or the ODS code of the organisation.',
      examples: ['E06000006'],
    }),
    checks: Type.Array(
      closed({
        id: Type.String({ examples: ['first-dataset'] }),
        title: Type.String({ description: 'What a client shall do.' }),
        state: oneOf(['shown', 'contradicted', 'not-seen', 'not-observable'] as const, {
          description:
            'contradicted: stays until a reset. not-seen: there was no occasion yet. not-observable: no hub can see it.',
        }),
        evidence: Type.Array(IdSchema, {
          maxItems: EVIDENCE_MAX,
          description: 'The ids of the requests that showed it, or of those that contradict it.',
        }),
      }),
      { description: 'All there are, always in this order.' },
    ),
  },
  {
    $id: 'Conformance',
    title: 'Conformance',
    description: 'What a caller has shown that it can do.',
    examples: [
      {
        caller: 'E06000006',
        checks: [
          {
            id: 'first-dataset',
            title: 'It sends a dataset that the hub accepts.',
            state: 'shown',
            evidence: ['019b2c1e-0000-7000-8000-000000000001'],
          },
        ],
      },
    ],
  },
)

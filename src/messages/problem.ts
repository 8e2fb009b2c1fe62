import { PROBLEMS } from '../domain/problem.js'
import { closed } from './common.js'

import { problemExample } from './examples.js'
import { Type } from './type.js'

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ examples: ['urn:cpis-hub:problem:INVALID_NHS_NUMBER'] }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What was wrong and what to do next.' }),
    code: Type.String({ description: `Stable. One of ${Object.keys(PROBLEMS).join(', ')}.` }),
    instance: Type.Optional(Type.String({ description: 'The request id, for finding it in the log.' })),
    errors: Type.Optional(
      Type.Array(
        closed({
          pointer: Type.String({ description: 'JSON Pointer to the element at fault.' }),
          message: Type.String(),
        }),
        { description: 'Of a schema violation: each element at fault.' },
      ),
    ),
  },
  {
    $id: 'Problem',
    examples: [problemExample],
    title: 'Problem',
    description: 'A refusal (RFC 9457); nothing was changed.',
  },
)

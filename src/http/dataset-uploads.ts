import type { IncomingMessage, ServerResponse } from 'node:http'
import { type MachineClock, SECOND_MS } from '../clock.js'
import { type HubError, refuse } from '../domain/problem.js'
import type { DatasetInHand, DatasetsInHand } from '../hub/datasets-in-hand.js'
import { within } from './deadlines.js'
import { cutOff } from './receiving.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a dataset, its place among those in hand. */
    inHand: DatasetInHand | undefined
  }
}

/** Takes a dataset in hand whose body is about to be read, until its reply is done; refuses OVERLOADED. */
export function holdUpload(
  all: DatasetsInHand,
  request: IncomingMessage,
  response: ServerResponse,
): DatasetInHand {
  const upload = all.take()
  response.once('close', () => upload.drop())
  const count = (chunk: Buffer) => {
    try {
      upload.grow(chunk.length)
    } catch (refusal) {
      request.off('data', count)
      cutOff(request, refusal as HubError)
    }
  }
  request.on('data', count)
  return upload
}

const ANSWER_MS_MAX = 9 * SECOND_MS

/**
 * Waits for a dataset that is being checked and stored, but no longer than a caller should: the work goes on, and the
 * retry is answered with its receipt. The bytes stay in hand until the work is done.
 */
export async function inTime<T>(
  clock: MachineClock,
  work: Promise<T>,
  upload: DatasetInHand | undefined,
): Promise<T> {
  upload?.hold()
  const settled = work.finally(() => upload?.drop())
  return within(clock, ANSWER_MS_MAX, settled, () =>
    refuse(
      'STORE_UNAVAILABLE',
      'The dataset is still being checked. Send it again in a moment: if it was accepted, the answer is its receipt.',
    ),
  )
}

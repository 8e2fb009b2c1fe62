import type { FastifyReply } from 'fastify'

/** Aborts when the caller has gone: nothing is waited for, and nothing given out, for nobody. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

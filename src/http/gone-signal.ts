import type { FastifyReply } from 'fastify'

/** Aborts when the caller has gone: nothing is waited for, and nothing given out, for nobody. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  // A tester's fault may have kept the request for longer than its caller waited.
  if (reply.raw.destroyed) gone.abort()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

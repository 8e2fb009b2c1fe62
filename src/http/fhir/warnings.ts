import type { FastifyReply } from 'fastify'

/** Tells the caller of something that was understood and should be otherwise; RFC 7234 section 5.5. */
export function warn(reply: FastifyReply, text: string): void {
  const before = reply.getHeader('warning')
  const warning = `299 cpis-hub "${text}"`
  reply.header('warning', before === undefined ? warning : `${before}, ${warning}`)
}

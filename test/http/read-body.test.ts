import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { refuse } from '../../src/domain/problem.js'
import { readBody } from '../../src/http/read-body.js'
import { giveMemoryBack } from '../../src/intake/give-memory-back.js'

const PIECE_BYTES = 65_536
const PIECES = 256
const COLLECTIONS = 5
const tooLarge = () => refuse('BODY_TOO_LARGE', 'Send less.')
const request = { routeOptions: { bodyLimit: PIECE_BYTES * PIECES }, headers: {} } as FastifyRequest

function aPayload(): IncomingMessage {
  return Object.assign(new EventEmitter(), { resume: () => {} }) as unknown as IncomingMessage
}

/** What buffers take after some collections: V8 lets go of those of one beside it, and has when the next begins. */
function buffersBytes(): number {
  for (let collection = 0; collection < COLLECTIONS; collection += 1) giveMemoryBack()
  return process.memoryUsage().arrayBuffers
}

t.test('while a body waits for its answer it is in memory once', (t) => {
  const before = buffersBytes()
  const payload = aPayload()
  const bodies: Buffer[] = []
  readBody(request, payload, tooLarge, (_refusal, body) => body && bodies.push(body))
  for (let piece = 0; piece < PIECES; piece += 1) payload.emit('data', Buffer.allocUnsafeSlow(PIECE_BYTES))
  payload.emit('end')
  const taken = buffersBytes() - before
  t.equal(bodies[0]?.length, PIECE_BYTES * PIECES)
  t.ok(taken < 1.5 * PIECE_BYTES * PIECES, `${taken} bytes for a body of ${PIECE_BYTES * PIECES}`)
  t.ok(payload.listenerCount('data') <= 1, 'and the request is still there')
  t.end()
})

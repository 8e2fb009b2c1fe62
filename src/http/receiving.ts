import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type MachineClock, SECOND_MS } from '../clock.js'
import { type HubError, refuse } from '../domain/problem.js'
import { answerBare, type BrokenRequest, refusalOfBroken } from './bare-answers.js'

// What a caller who was refused may still send before the connection is closed.
const DISCARDED_BYTES_MAX = 1_048_576
const DISCARDED_MS_MAX = 2 * SECOND_MS

/** What the last request of a connection has come to. */
interface Exchange {
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
  /** What comes behind it is no HTTP. */
  isBroken: boolean
  /** The connection is about to close, and what still comes is discarded, up to so many bytes in all. */
  endsAtBytes: number | undefined
}

/**
 * Watches what arrives on each connection of a server. One that closes while its caller is still sending closes
 * gently, so that the answer is read; and what is not HTTP is answered when it is its turn.
 */
export class Receiving {
  readonly #clock: MachineClock
  readonly #newId: () => string
  readonly #open = new Map<Socket, Exchange>()

  constructor(server: Server, clock: MachineClock, newId: () => string) {
    this.#clock = clock
    this.#newId = newId
    server.on('connection', (socket) => this.#watch(socket))
    server.prependListener('request', (request, response) => {
      const exchange = this.#open.get(request.socket)
      if (exchange === undefined) return
      // It came behind one that was answered with `connection: close`, so it is not carried out.
      if (exchange.endsAtBytes !== undefined) request.destroy()
      exchange.request = request
      exchange.response = response
    })
    server.on('connect', (_request, socket) => {
      this.#refuseRest(socket as Socket, refuse('NOT_FOUND', 'The hub is no proxy; /docs lists its paths.'))
    })
  }

  /** Answers what Node could not read as HTTP. */
  refuseBroken(error: BrokenRequest, socket: Socket): void {
    if (error.code === 'ECONNRESET') socket.destroy()
    else this.#refuseRest(socket, refusalOfBroken(error))
  }

  /** Refuses all that is left of a connection, after whatever answer it is still owed, and closes it. */
  #refuseRest(socket: Socket, refusal: HubError): void {
    const exchange = this.#open.get(socket)
    if (exchange === undefined || !socket.writable) {
      // Each piece of what is no HTTP is reported again.
      if (socket.bytesRead > (exchange?.endsAtBytes ?? 0)) socket.destroy()
      return
    }
    exchange.isBroken = true
    const { request, response } = exchange
    if (request !== undefined && !request.complete) {
      cutOff(request, refusal)
    } else if (response !== undefined && !response.writableFinished) {
      response.shouldKeepAlive = false
      response.once('close', () => socket.destroySoon())
    } else {
      answerBare(socket, refusal, this.#newId())
      socket.destroySoon()
    }
  }

  #watch(socket: Socket): void {
    const exchange: Exchange = {
      request: undefined,
      response: undefined,
      isBroken: false,
      endsAtBytes: undefined,
    }
    this.#open.set(socket, exchange)
    // What Node calls when it has sent an answer that says `connection: close`.
    socket.destroySoon = () => this.#endGently(socket, exchange)
    socket.once('close', () => this.#open.delete(socket))
  }

  /**
   * Closing a connection with bytes that nobody has read makes the system throw away what the caller has not read
   * yet. So the end is announced, and the rest read and discarded, within limits.
   */
  #endGently(socket: Socket, exchange: Exchange): void {
    if (exchange.endsAtBytes !== undefined) return
    const { request, isBroken } = exchange
    const end = () => Socket.prototype.destroySoon.call(socket)
    const endsAtBytes = socket.bytesRead + DISCARDED_BYTES_MAX
    exchange.endsAtBytes = endsAtBytes
    if (request?.complete && !isBroken) {
      end()
      return
    }
    socket.once(
      'close',
      this.#clock.after(DISCARDED_MS_MAX, () => socket.destroy()),
    )
    request?.on('data', () => {
      if (socket.bytesRead > endsAtBytes) socket.destroy()
    })
    request?.once('end', end)
    socket.end()
  }
}

/** Ends the reading of a body; whoever reads it hears of it as of a broken stream, and answers. */
function cutOff(request: IncomingMessage, refusal: HubError): void {
  const tell = () => request.listenerCount('error') > 0 && request.emit('error', refusal)
  // One that came with its fault in a single piece is not being read yet; one that is refused already never will be.
  if (!tell()) setImmediate(() => tell() || request.socket.destroySoon())
}

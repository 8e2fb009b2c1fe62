import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type MachineClock, SECOND_MS } from '../clock.js'
import { type HubError, PROBLEMS, refuse } from '../domain/problem.js'
import { answerBare, type BrokenRequest, refusalOfBroken } from './bare-answers.js'
import { isTooSlow } from './body-timeouts.js'
import { type Exchange, forgetSettled, isLast, isOver, newExchange } from './exchange.js'

// What a caller who was refused may still send before the connection is closed.
const DISCARDED_BYTES_MAX = 1_048_576
const DISCARDED_MS_MAX = 2 * SECOND_MS

// A request before it is answered within ten seconds.
const LET_GO_MS_MAX = 12 * SECOND_MS

// On one connection; so that callers spread anew when there are several hubs behind a balancer. Node's own limit
// answers what stands behind the last with a bare 503.
const REQUESTS_MAX = 1_000

// Sent without waiting for an answer. Node hands over all that come in one piece at once, and each answer is made and
// kept until its turn: a thousand of them came in 47 KB, and took the hub's memory.
const PIPELINED_MAX = 16

// One look at all connections instead of a timer for each request.
const LOOK_EVERY_MS = SECOND_MS

/** What is to be done about what never becomes a request with a route. */
interface Unrouted {
  /** Why a CONNECT is not let in, if it may not even be told that the hub is no proxy. */
  refusalOfConnect(request: IncomingMessage): HubError | undefined
  /** Notes that it was answered so. */
  note(status: number, requestId: string): void
}

/**
 * Watches what arrives on each connection of a server. Bodies that take too long are cut off; a connection that closes
 * while its caller is still sending closes gently, so that the answer is read; and what is not HTTP is answered when
 * it is its turn.
 */
export class Receiving {
  readonly #clock: MachineClock
  readonly #newId: () => string
  readonly #unrouted: Unrouted
  readonly #open = new Map<Socket, Exchange>()
  readonly #late = new WeakSet<IncomingMessage>()
  readonly #datasets = new WeakSet<IncomingMessage>()
  #isLooking = false

  constructor(server: Server, clock: MachineClock, newId: () => string, unrouted: Unrouted) {
    this.#clock = clock
    this.#newId = newId
    this.#unrouted = unrouted
    server.on('connection', (socket) => this.#watch(socket))
    server.prependListener('request', (request, response) => {
      const exchange = this.#open.get(request.socket)
      if (exchange === undefined) return
      if (exchange.isClosing || isLast(exchange.response)) {
        this.#late.add(request)
        exchange.late = request
        if (isOver(request.socket, exchange)) request.socket.destroy()
        return
      }
      exchange.requests += 1
      exchange.request = request
      exchange.response = response
      while (exchange.owed[0]?.writableFinished) exchange.owed.shift()
      exchange.owed.push(response)
      exchange.isClosing = exchange.requests === REQUESTS_MAX || exchange.owed.length === PIPELINED_MAX
      if (exchange.isClosing) response.shouldKeepAlive = false
    })
    server.on('connect', (request, socket) => {
      const noProxy = refuse('NOT_FOUND', 'The hub is no proxy; /docs lists its paths.')
      this.#refuseLetGo(socket as Socket, unrouted.refusalOfConnect(request) ?? noProxy)
    })
  }

  /** Whether it came behind one that was answered with `connection: close`: nobody would read what becomes of it. */
  isLate(request: IncomingMessage): boolean {
    return this.#late.has(request)
  }

  /** The open connections, each with the answer that it is still owed, the last of them when there are several. */
  *connections(): Generator<{ socket: Socket; owed: ServerResponse | undefined }> {
    for (const [socket, { response }] of this.#open) {
      yield { socket, owed: response?.writableFinished ? undefined : response }
    }
  }

  /** Gives this body the time that a dataset may take. */
  allowDataset(request: IncomingMessage): void {
    this.#datasets.add(request)
  }

  /** Answers what Node could not read as HTTP. */
  refuseBroken(error: BrokenRequest, socket: Socket): void {
    if (error.code === 'ECONNRESET') socket.destroy()
    else this.#refuseRest(socket, refusalOfBroken(error))
  }

  /** Refuses what is left of a connection to which Node has stopped to listen, even to its errors. */
  #refuseLetGo(socket: Socket, refusal: HubError): void {
    socket.on('error', () => socket.destroy())
    socket.once(
      'close',
      this.#clock.after(LET_GO_MS_MAX, () => socket.destroy()),
    )
    this.#refuseRest(socket, refusal)
    socket.on('data', () => this.#refuseRest(socket, refusal))
  }

  /** Refuses all that is left of a connection, after whatever answer it is still owed, and closes it. */
  #refuseRest(socket: Socket, refusal: HubError): void {
    const exchange = this.#open.get(socket)
    if (exchange === undefined || !socket.writable) {
      // Each piece of what is no HTTP is reported again.
      if (socket.bytesRead > (exchange?.endsAtBytes ?? 0)) socket.destroy()
      return
    }
    if (exchange.isBroken) return
    exchange.isBroken = true
    const { request, response } = exchange
    if (request !== undefined && !request.complete) {
      cutOff(request, refusal)
    } else if (isLast(response)) {
      // It has its answer.
    } else if (response !== undefined && !response.writableFinished) {
      response.shouldKeepAlive = false
      response.once('close', () => socket.destroySoon())
    } else {
      const requestId = this.#newId()
      answerBare(socket, refusal, requestId)
      this.#unrouted.note(PROBLEMS[refusal.code].status, requestId)
      socket.destroySoon()
    }
  }

  #watch(socket: Socket): void {
    const exchange = newExchange()
    this.#open.set(socket, exchange)
    // What Node calls when it has sent an answer that says `connection: close`.
    socket.destroySoon = () => this.#endGently(socket, exchange)
    socket.once('close', () => this.#open.delete(socket))
    if (!this.#isLooking) this.#lookLater()
  }

  #lookLater(): void {
    this.#isLooking = this.#open.size > 0
    if (this.#isLooking) this.#clock.after(LOOK_EVERY_MS, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    for (const [socket, exchange] of this.#open) {
      const { request, arrival } = exchange
      if (request === undefined || request.complete || exchange.endsAtBytes !== undefined) {
        exchange.arrival = undefined
        forgetSettled(exchange)
      } else if (arrival?.request !== request) {
        exchange.arrival = { request, since: now, windowSince: now, windowBytes: socket.bytesRead }
      } else if (isTooSlow(arrival, this.#datasets.has(request), now, socket.bytesRead)) {
        cutOff(
          request,
          refuse('REQUEST_TIMEOUT', 'The body did not arrive in time. Send it again, in one go.'),
        )
      }
    }
    this.#lookLater()
  }

  /**
   * Closing a connection with bytes that nobody has read makes the system throw away what the caller has not read
   * yet. So the end is announced, and the rest read and discarded, within limits.
   */
  #endGently(socket: Socket, exchange: Exchange): void {
    if (exchange.endsAtBytes !== undefined) return
    const { request, late, isBroken } = exchange
    const end = () => Socket.prototype.destroySoon.call(socket)
    exchange.endsAtBytes = socket.bytesRead + DISCARDED_BYTES_MAX
    if (request?.complete && late === undefined && !isBroken) {
      end()
      return
    }
    socket.once(
      'close',
      this.#clock.after(DISCARDED_MS_MAX, () => socket.destroy()),
    )
    const coming = late ?? request
    coming?.on('data', () => {
      if (isOver(socket, exchange)) socket.destroy()
    })
    // Behind one that came late there may be more.
    if (late === undefined) request?.once('end', end)
    socket.end()
  }
}

/** Ends the reading of a body; whoever reads it hears of it as of a broken stream, and answers. */
export function cutOff(request: IncomingMessage, refusal: HubError): void {
  const tell = () => request.listenerCount('error') > 0 && request.emit('error', refusal)
  // One that came with its fault in a single piece is not being read yet; one that is refused already never will be.
  if (!tell()) setImmediate(() => tell() || request.socket.destroySoon())
}

import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { type MachineClock, SECOND_MS } from '../clock.js'

// A kept connection that is in use sends again within this, and is told to close; one that is not can go.
const IDLE_MS = SECOND_MS / 2
const LOOK_EVERY_MS = 50

interface Kept {
  unanswered: Set<ServerResponse>
  bytesRead: number
  quietSince: number
}

/**
 * Knows which connections are at rest. Node's own close (and Fastify's) ends every connection that is between two
 * requests at once, also under a request that is already on its way.
 */
export class Connections {
  readonly #server: Server
  readonly #clock: MachineClock
  readonly #open = new Map<Socket, Kept>()
  #draining = false
  #onEmpty: () => void = () => {}

  constructor(server: Server, clock: MachineClock) {
    this.#server = server
    this.#clock = clock
    server.on('connection', (socket) => this.#watch(socket))
    server.prependListener('request', ({ socket }, response) => {
      const kept = this.#open.get(socket)
      if (kept === undefined) return
      kept.unanswered.add(response)
      response.shouldKeepAlive &&= !this.#draining
      response.once('close', () => {
        kept.unanswered.delete(response)
        kept.quietSince = clock.now()
      })
    })
  }

  /** Takes no new connection; every reply from now on says `connection: close`. Resolves when the last is closed. */
  async drain(): Promise<void> {
    // Of the socket's class, since the HTTP server's own would end the connections at rest.
    if (this.#server.listening) NetServer.prototype.close.call(this.#server)
    this.#draining = true
    for (const { unanswered } of this.#open.values()) {
      for (const response of unanswered) response.shouldKeepAlive = false
    }
    if (this.#open.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve
      this.#endQuiet()
    })
  }

  #watch(socket: Socket): void {
    this.#open.set(socket, { unanswered: new Set(), bytesRead: 0, quietSince: this.#clock.now() })
    socket.once('close', () => {
      this.#open.delete(socket)
      if (this.#open.size === 0) this.#onEmpty()
    })
  }

  #endQuiet(): void {
    const now = this.#clock.now()
    for (const [socket, kept] of this.#open) {
      if (socket.bytesRead !== kept.bytesRead) {
        kept.bytesRead = socket.bytesRead
        kept.quietSince = now
      }
      // Looked at once before, so what had arrived by then has been read.
      if (kept.unanswered.size === 0 && now - kept.quietSince >= IDLE_MS) socket.destroy()
    }
    this.#clock.after(LOOK_EVERY_MS, () => {
      if (this.#open.size > 0) this.#endQuiet()
    })
  }
}

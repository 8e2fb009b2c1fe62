import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { type MachineClock, SECOND_MS } from '../clock.js'
import type { Receiving } from './receiving.js'

// A kept connection that is in use sends again within this, and is told to close; one that is not can go.
const IDLE_MS = SECOND_MS / 2
const LOOK_EVERY_MS = 50

/** Since when nothing came on a connection that is owed no answer. */
interface Quiet {
  bytesRead: number
  since: number
}

/**
 * Takes no new connection; every reply from now on says `connection: close`. Resolves when the last connection is
 * closed. Node's own close (and Fastify's) ends every connection that is between two requests at once, also under a
 * request that is already on its way.
 */
export async function drain(server: Server, receiving: Receiving, clock: MachineClock): Promise<void> {
  // Of the socket's class, since the HTTP server's own would end the connections at rest.
  if (server.listening) NetServer.prototype.close.call(server)
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
  for (const { owed } of receiving.connections()) {
    if (owed !== undefined) owed.shouldKeepAlive = false
  }
  const quiet = new Map<Socket, Quiet>()
  await new Promise<void>((resolve) => {
    const look = () => {
      let isEmpty = true
      for (const { socket, owed } of receiving.connections()) {
        isEmpty = false
        // One that rests after it was put off may have sent a request by now.
        socket.resume()
        if (!quiet.has(socket)) socket.once('close', resolveWhenEmpty)
        if (hasBeenQuiet(quiet, socket, owed !== undefined, clock.now())) socket.destroy()
      }
      if (isEmpty) resolve()
      else clock.after(LOOK_EVERY_MS, look)
    }
    const resolveWhenEmpty = () => {
      if (receiving.connections().next().done) resolve()
    }
    look()
  })
}

/** Whether a connection has been at rest for long enough, also when it was looked at once before. */
function hasBeenQuiet(quiet: Map<Socket, Quiet>, socket: Socket, isOwed: boolean, now: number): boolean {
  const before = quiet.get(socket)
  if (before === undefined || isOwed || before.bytesRead !== socket.bytesRead) {
    quiet.set(socket, { bytesRead: socket.bytesRead, since: now })
    return false
  }
  return now - before.since >= IDLE_MS
}

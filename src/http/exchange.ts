import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Arrival } from './body-timeouts.js'

/** What the last request of a connection has come to. */
export interface Exchange {
  requests: number
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
  /** All answers that were still owed when the last request came. */
  owed: ServerResponse[]
  /** The connection closes with the last of them. */
  isClosing: boolean
  /** The last that came behind it. */
  late: IncomingMessage | undefined
  /** Its body, when the last look found it incomplete. */
  arrival: Arrival | undefined
  /** What comes behind it is no HTTP. */
  isBroken: boolean
  /** The connection is about to close, and what still comes is discarded, up to so many bytes in all. */
  endsAtBytes: number | undefined
}

export function newExchange(): Exchange {
  return {
    requests: 0,
    request: undefined,
    response: undefined,
    owed: [],
    isClosing: false,
    late: undefined,
    arrival: undefined,
    isBroken: false,
    endsAtBytes: undefined,
  }
}

/** A kept connection at rest need not keep the last of its requests in memory. */
export function forgetSettled(exchange: Exchange): void {
  const { request, response } = exchange
  if (!request?.complete || !response?.writableFinished || isLast(response)) return
  exchange.request = undefined
  exchange.response = undefined
  exchange.owed = []
}

/** Whether more has come than is discarded of a connection that closes. */
export function isOver({ bytesRead }: Socket, { endsAtBytes }: Exchange): boolean {
  return endsAtBytes !== undefined && bytesRead > endsAtBytes
}

/** Whether this answer, which is sent, says that its connection closes. */
export function isLast(response: ServerResponse | undefined): boolean {
  return response?.headersSent === true && !response.shouldKeepAlive
}

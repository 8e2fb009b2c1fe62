import { connect, type Socket } from 'node:net'
import type { Hub } from '../../src/index.js'

/** One answer as it came over the wire. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** A connection to a hub for bytes that no HTTP client would send. */
export interface RawConnection {
  socket: Socket
  /** Resolves when the bytes are on their way; also when the hub has closed meanwhile. */
  write(bytes: string | Buffer): Promise<void>
  /** Resolves with all that came back when the hub has closed its side. */
  ended: Promise<string>
}

/** With `reads: false` not a byte is read, not even by the system's leave, until the socket is resumed. */
export async function openRaw(
  hub: Hub,
  { reads = true, allowHalfOpen = false } = {},
): Promise<RawConnection> {
  const { hostname, port } = new URL(hub.url ?? (await hub.listen()))
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen })
  if (!reads) socket.pause()
  socket.setEncoding('latin1')
  let said = ''
  socket.on('data', (text) => {
    said += text
  })
  if (!reads) socket.pause()
  // A reset shows in what is missing from the answer.
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(said)))
  await new Promise((resolve) => socket.once('connect', resolve))
  const write = (bytes: string | Buffer) =>
    new Promise<void>((resolve) => {
      socket.once('close', resolve)
      socket.write(bytes, 'latin1', () => {
        socket.off('close', resolve)
        resolve()
      })
    })
  return { socket, write, ended }
}

/** Sends bytes and answers all that comes back until the hub closes. */
export async function sendRaw(hub: Hub, bytes: string | Buffer): Promise<string> {
  const connection = await openRaw(hub)
  await connection.write(bytes)
  return connection.ended
}

/** The answers in what came back; throws when it is anything else. */
export function readAnswers(said: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = said; rest !== ''; ) {
    const match = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest)
    if (match === null) throw new Error(`not an answer: ${rest.slice(0, 200)}`)
    const [head, status, lines = ''] = match
    const headers = Object.fromEntries(
      lines
        .split('\r\n')
        .filter((line) => line !== '')
        .map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
    )
    const length = Number(headers['content-length'] ?? 0)
    answers.push({ status: Number(status), headers, body: rest.slice(head.length, head.length + length) })
    rest = rest.slice(head.length + length)
  }
  return answers
}

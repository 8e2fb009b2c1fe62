import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { comesDownTo, residentMiB, watchRise } from '../helpers/memory.js'
import { aFolder, ask, type HubProcess, runCli, serve } from '../helpers/process.js'
import { HALTON, NOBODY, ROBIN, syntheticNumber, WHISTON_NURSE } from '../helpers/seed.js'
import { until } from '../helpers/until.js'

const MEBIBYTE = 1_048_576
const ENGLAND_MIB_MAX = 150
// While it works a hub may take more; the limit is for one at rest.
const LOOKUPS_MIB_MAX = 200
const RISE_MIB_MAX = 32
const DATASET_MIB_MAX = 32
// src/index.ts: what all datasets in hand may have together.
const IN_HAND_MIB_MAX = 4 * DATASET_MIB_MAX
// V8 collects what was read and dropped when it has come to this (its soft limit of external memory).
const UNCOLLECTED_MIB_MAX = 64
const LOOKED_UP_EACH = 20
const WARMING_EACH = 100
const DRIPPING = 500
const DRIPPED_BYTES = 4_000
const WAITING = 1_000
const datasets = `/v1/authorities/${HALTON}/datasets`

const lookUp = (hub: HubProcess, nhsNumber = NOBODY) =>
  ask(hub.url, '/v1/lookups', { body: { nhsNumber, requester: WHISTON_NURSE } })

/** Sends a dataset of one plan until the hub, which has been at work, is not too busy for it. */
async function submitRobin(hub: HubProcess): Promise<number> {
  const dataset = { sequence: 1, extractedAt: new Date().toISOString(), recordCount: 1 }
  const records = [{ nhsNumber: ROBIN, planType: 'CPP', startDate: '2026-03-02' }]
  for (;;) {
    const { status } = await ask(hub.url, datasets, { body: { ...dataset, records } })
    if (status !== 503) return status
  }
}

async function isAnswered(t: Test, hub: HubProcess) {
  t.equal((await lookUp(hub)).status, 200, 'a lookup is answered meanwhile')
}

function isWithin(t: Test, rise: number, most: number) {
  t.ok(rise <= most, `it rose by ${rise.toFixed(1)} of ${most} MiB`)
}

async function aHub(t: Test): Promise<HubProcess> {
  const hub = await serve(t, {
    DATA_DIR: aFolder(t),
    LOG_LEVEL: 'silent',
    DATASET_MAX_BYTES: String(DATASET_MIB_MAX * MEBIBYTE),
  })
  // Before anything is measured the hub is at work, so that V8 has taken what it takes for any work at all: its space
  // for young objects grows by some 30 MiB with the first few thousand requests, whatever they are.
  const clinician = async () => {
    for (let n = 0; n < WARMING_EACH; n += 1) await lookUp(hub)
  }
  await Promise.all(Array.from({ length: 32 }, clinician))
  await ask(hub.url, datasets, { body: '{' })
  return hub
}

/** Bytes as chunks of one byte each, which come as one piece each. */
const inSmallChunks = (bytes: number) => '1\r\n \r\n'.repeat(bytes)

const inOneChunk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

const head = (path: string, framing = 'transfer-encoding: chunked') =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`

async function openSockets(t: Test, hub: HubProcess, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(hub.url)
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname))
  t.teardown(() => sockets.forEach((socket) => void socket.destroy()))
  // One that is refused may be reset; it is measured at the hub.
  for (const socket of sockets) socket.on('error', () => {}).resume()
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  return sockets
}

/** Resolves when the system has taken the bytes, or the hub has closed. */
const send = (socket: Socket, bytes: string | Buffer) =>
  new Promise<void>((resolve) => {
    socket.once('close', resolve)
    socket.write(bytes, () => {
      socket.off('close', resolve)
      resolve()
    })
  })

/** Resolves with the status when the hub has answered on this connection. */
const statusOf = (socket: Socket) =>
  new Promise<number>((resolve) => {
    socket.once('data', (bytes) => resolve(Number(/ (\d{3}) /.exec(bytes.toString())?.[1])))
    socket.once('close', () => resolve(0))
  })

t.test('a minute after England was loaded, and after thousands of lookups', async (t) => {
  const folder = aFolder(t)
  const out = join(folder, 'england')
  t.equal((await runCli(t, ['generate', '--out', out, '--seed', '1'])).code, 0)
  const hub = await serve(t, { DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent' })
  t.equal((await runCli(t, ['submit', out, '--hub', hub.url])).code, 0)
  const loaded = residentMiB(hub.pid)
  t.comment(`${loaded.toFixed(1)} MiB when it was loaded`)
  const later = await comesDownTo(hub.pid, ENGLAND_MIB_MAX)
  t.ok(later < ENGLAND_MIB_MAX, `${later.toFixed(1)} of ${ENGLAND_MIB_MAX} MiB`)

  const { files } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  const numbers: string[] = files.flatMap(({ file }: { file: string }) =>
    JSON.parse(readFileSync(join(out, file), 'utf8'))
      .records.slice(0, LOOKED_UP_EACH)
      .map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber),
  )
  const next = numbers.values()
  let found = 0
  const clinician = async () => {
    for (const nhsNumber of next) if ((await lookUp(hub, nhsNumber)).body.found) found += 1
  }
  await Promise.all(Array.from({ length: 32 }, clinician))
  t.ok(found > 2_900, `${found} children found`)
  const after = await comesDownTo(hub.pid, ENGLAND_MIB_MAX)
  t.ok(after < LOOKUPS_MIB_MAX, `${after.toFixed(1)} of ${LOOKUPS_MIB_MAX} MiB after them`)
})

t.test('bombs and bodies that are too long, eight at once', async (t) => {
  const hub = await aHub(t)
  const bomb = gzipSync(Buffer.alloc(8 * DATASET_MIB_MAX * MEBIBYTE, ' '))
  const tooLong = Buffer.alloc(DATASET_MIB_MAX * MEBIBYTE + 1, ' ')
  for (const [body, encoding] of [
    [bomb, 'gzip'],
    [tooLong, 'identity'],
  ] as const) {
    const riseOf = watchRise(hub.pid)
    const statuses = await Promise.all(
      (await openSockets(t, hub, 8)).map(async (socket) => {
        const status = statusOf(socket)
        await send(socket, head(datasets, `content-encoding: ${encoding}\r\ncontent-length: ${body.length}`))
        await send(socket, body)
        return status
      }),
    )
    t.same(new Set(statuses), new Set([413]), encoding)
    isWithin(t, riseOf(), DATASET_MIB_MAX + RISE_MIB_MAX)
    await isAnswered(t, hub)
  }
})

t.test('a body in chunks of one byte takes no more than its bytes', async (t) => {
  const hub = await aHub(t)
  const [socket] = (await openSockets(t, hub, 1)) as [Socket]
  const riseOf = watchRise(hub.pid)
  const status = statusOf(socket)
  await send(socket, head(datasets))
  const bytes = MEBIBYTE
  for (let sent = 0; sent < bytes; sent += bytes / 64) await send(socket, inSmallChunks(bytes / 64))
  await send(socket, '0\r\n\r\n')
  t.equal(await status, 400, 'blanks are no dataset')
  isWithin(t, riseOf(), RISE_MIB_MAX)
})

t.test('five hundred sockets that drip a body byte by byte', async (t) => {
  for (const path of [datasets, '/v1/lookups']) {
    const hub = await aHub(t)
    const sockets = await openSockets(t, hub, DRIPPING)
    const riseOf = watchRise(hub.pid)
    await Promise.all(sockets.map((socket) => send(socket, head(path))))
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(sockets.map((socket) => send(socket, inSmallChunks(1))))
    }
    // A quarter of what a lookup may have, in the smallest pieces.
    await Promise.all(sockets.map((socket) => send(socket, inSmallChunks(DRIPPED_BYTES))))
    await isAnswered(t, hub)
    isWithin(t, riseOf(), RISE_MIB_MAX + Math.ceil((DRIPPING * DRIPPED_BYTES) / MEBIBYTE))
  }
})

t.test('five hundred datasets of which a megabyte has come', async (t) => {
  const hub = await aHub(t)
  const sockets = await openSockets(t, hub, DRIPPING)
  const refused: number[] = []
  for (const socket of sockets) void statusOf(socket).then((status) => refused.push(status))
  const riseOf = watchRise(hub.pid)
  const megabyte = Buffer.concat([Buffer.from(head(datasets)), inOneChunk(Buffer.alloc(MEBIBYTE, ' '))])
  await Promise.all(sockets.map((socket) => send(socket, megabyte)))
  await isAnswered(t, hub)
  await until('what is in hand is within its bounds', () => DRIPPING - refused.length <= IN_HAND_MIB_MAX)
  t.same(new Set(refused), new Set([503]), `${refused.length} of ${DRIPPING} were put off`)
  isWithin(t, riseOf(), IN_HAND_MIB_MAX + UNCOLLECTED_MIB_MAX + RISE_MIB_MAX)
})

t.test('a thousand who wait for notifications', async (t) => {
  const hub = await aHub(t)
  t.equal(await submitRobin(hub), 201)
  const sockets = await openSockets(t, hub, WAITING)
  const riseOf = watchRise(hub.pid)
  const body = JSON.stringify({ waitSeconds: 20 })
  await Promise.all(
    sockets.map((socket) =>
      send(
        socket,
        `${head(`/v1/authorities/${HALTON}/notifications/lease`)}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      ),
    ),
  )
  const served = Promise.race(sockets.map(statusOf))
  // So many at once may make a slow machine put the next off for a moment.
  const lookUpAtLast = async (nhsNumber: string) => {
    for (;;) {
      const reply = await lookUp(hub, nhsNumber)
      if (reply.status !== 503) return reply
    }
  }
  for (let n = 0; n < 100; n += 1) t.equal((await lookUpAtLast(syntheticNumber(100 + n))).status, 200)
  t.match((await lookUpAtLast(ROBIN)).body, { found: true })
  t.equal(await served, 200, 'and one of them is told of it')
  isWithin(t, riseOf(), RISE_MIB_MAX)
})

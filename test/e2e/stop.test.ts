import { existsSync, rmSync } from 'node:fs'
import { Agent, type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import t from 'tap'
import { ENGLAND } from '../../src/reference/england.js'
import { aFolder, ask, type HubProcess, serve, startCli } from '../helpers/process.js'
import { aDataset, aRecord, HALTON, ROBIN, syntheticNumber, WHISTON_NURSE } from '../helpers/seed.js'
import { until } from '../helpers/until.js'

interface Reply {
  status: number | undefined
  connection: string | undefined
  body: string
}

/** One request on a kept connection; rejects when the connection was closed under it. */
function send(hub: HubProcess, agent: Agent, path: string, body: object): Promise<Reply & { kept: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const outgoing: ClientRequest = request(`${hub.url}${path}`, { method: 'POST', headers, agent })
    outgoing.once('error', (error) => reject(Object.assign(error, { kept: outgoing.reusedSocket })))
    outgoing.once('response', (response) => {
      const { statusCode: status, headers } = response
      text(response).then(
        (body) => resolve({ status, connection: headers.connection, body, kept: outgoing.reusedSocket }),
        reject,
      )
    })
    outgoing.end(JSON.stringify(body))
  })
}

t.test('SIGTERM under load: every request on a kept connection is answered, and the hub ends', async (t) => {
  const hub = await serve(t, { DATA_DIR: aFolder(t), LOG_LEVEL: 'silent' })
  const first = new Agent({ keepAlive: true, maxSockets: 1 })
  const dataset = aDataset(1, [aRecord({ nhsNumber: ROBIN, startDate: '2021-03-02' })])
  t.equal((await send(hub, first, `/v1/authorities/${HALTON}/datasets`, dataset)).status, 201)
  first.destroy()

  let answered = 0
  let refused = 0
  const broken: string[] = []
  /** Sends one after the other until it is told that the connection closes. */
  const work = async (n: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const requester = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id: `u${n}` } }
    for (;;) {
      const reply = await send(hub, agent, '/v1/lookups', { nhsNumber: ROBIN, requester }).catch(
        (error) => error,
      )
      if (reply instanceof Error) {
        broken.push(reply.message)
        break
      }
      answered += 1
      if (answered === 500) hub.kill('SIGTERM')
      if (reply.status !== 200) {
        refused += 1
        t.equal(reply.status, 503)
      }
      if (reply.connection === 'close') break
      t.equal(reply.status, 200, 'only a closing hub refuses')
    }
    agent.destroy()
  }
  await Promise.all(Array.from({ length: 32 }, (_, n) => work(n)))
  t.same(broken, [])
  t.ok(answered >= 500, `${answered} were answered, ${refused} of them with 503`)
  t.match(await hub.ended, { code: 0, signal: null, stderr: '' })
})

t.test(
  'SIGTERM while datasets wait: those that were not begun are refused, and none is taken behind its caller’s back',
  async (t) => {
    const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'silent' }
    const hub = await serve(t, env)
    const codes = ENGLAND.slice(0, 12).map(({ code }) => code)
    const records = Array.from({ length: 10_000 }, (_, n) => aRecord({ nhsNumber: syntheticNumber(n) }))
    const statuses = new Map<string, number | undefined>()
    await Promise.all(
      codes.map(async (code) => {
        const agent = new Agent()
        const reply = await send(hub, agent, `/v1/authorities/${code}/datasets`, aDataset(1, records))
        statuses.set(code, reply.status)
        // The first that is done finds the others waiting.
        hub.kill('SIGTERM')
      }),
    )
    t.match(await hub.ended, { code: 0, signal: null, stderr: '' })
    const answered = (status: number) => codes.filter((code) => statuses.get(code) === status)
    t.same(new Set(statuses.values()), new Set([201, 503]))
    const again = await serve(t, env)
    const taken = await Promise.all(
      codes.map(async (code) => (await ask(again.url, `/v1/authorities/${code}`)).body.lastDataset !== null),
    )
    t.same(
      codes.filter((_, i) => taken[i]),
      answered(201),
    )
  },
)

t.test('a kept connection at rest does not keep the hub from stopping', async (t) => {
  const hub = await serve(t, { DATA_DIR: ':memory:', LOG_LEVEL: 'silent' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  await send(hub, agent, '/v1/lookups', { nhsNumber: ROBIN, requester: WHISTON_NURSE })
  hub.kill('SIGTERM')
  t.match(await hub.ended, { code: 0, signal: null })
})

t.test(
  'SIGTERM while the hub still starts: it closes once the database is open, and ends with 0',
  async (t) => {
    const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'silent', PORT: '0' }
    const before = await serve(t, env)
    before.kill('SIGTERM')
    await before.ended
    const [file, lock] = ['hub.db', 'hub.lock'].map((name) => join(env.DATA_DIR, name)) as [string, string]
    // While another has the right to write, the start waits; the lock shows how far it has come.
    const other = new Database(file)
    t.teardown(() => other.close())
    other.exec('begin immediate')
    rmSync(lock)
    const hub = startCli(t, ['serve'], { env })
    await until('the hub has taken its directory', () => existsSync(lock))
    hub.kill('SIGTERM')
    await hub.says(/SIGTERM/)
    other.exec('rollback')
    other.close()
    t.match(await hub.ended, { code: 0, signal: null, stderr: '' })
    t.notMatch(hub.stdout, /listens/)
    t.notOk(existsSync(`${file}-wal`), 'the database was closed')
  },
)

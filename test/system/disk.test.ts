import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Client } from '../faults/client.js'
import { checkJournal } from '../faults/journal.js'
import { mountExt4, mountTmpfs } from '../faults/mounts.js'
import { readStored } from '../faults/read-stored.js'
import { MAIN } from '../faults/traced-hub.js'
import { AUTHORITIES, CHILDREN } from '../faults/world.js'
import { type Answer, ask, serve } from '../helpers/process.js'
import { aDataset, aRecord, syntheticNumber, WHISTON_NURSE } from '../helpers/seed.js'
import { until } from '../helpers/until.js'

const MEBIBYTE = 1_048_576
const [{ nhsNumber: SOMEBODY }] = CHILDREN as [(typeof CHILDREN)[number]]
// Beyond all whom the client's world knows.
const NOBODY = syntheticNumber(600)
const [NORTH] = AUTHORITIES as [string]
const statusOf = async (url: string, path: string) => (await ask(url, path)).status

function lookUp(url: string, nhsNumber: string, fields: object = {}) {
  const requester = { ...WHISTON_NURSE, user: { ...WHISTON_NURSE.user, id: 'the curious' } }
  return ask(url, '/v1/lookups', { body: { nhsNumber, requester, ...fields } })
}

/** All of an answer but what is another each time. */
function apartFromIds({ status, headers, body }: Answer) {
  const { instance: _, ...rest } = body
  const named = Object.fromEntries(headers)
  return { status, rest, headers: { ...named, date: '', 'x-request-id': '', 'content-length': '' } }
}

/** A client that has been promised one of everything. */
async function aPromisedClient(url: string): Promise<Client> {
  const client = new Client()
  client.url = url
  for (const authority of AUTHORITIES) await client.submit(authority)
  await client.useOnce()
  return client
}

async function refusesEveryWrite(t: Test, url: string, code: string) {
  const authority = `/v1/authorities/${NORTH}`
  const dataset = aDataset(900, [aRecord()])
  const answers = await Promise.all([
    ask(url, `${authority}/datasets`, { body: dataset }),
    ask(url, authority, { method: 'PUT', body: { wave: 2 } }),
    ask(url, `${authority}/notifications/acknowledge`, { body: { ids: ['any'] } }),
    ask(url, `${authority}/notifications/release`, { body: { ids: ['any'] } }),
    lookUp(url, SOMEBODY),
    lookUp(url, NOBODY),
  ])
  for (const { status, body, headers } of answers) {
    t.same([status, body.code], [503, code])
    t.ok(Number(headers.get('retry-after')) > 0, 'it says when to come again')
  }
}

t.test('a disk that is full: nothing is told untold, and the hub goes on when there is room', async (t) => {
  const disk = mountTmpfs(t, 4 * MEBIBYTE)
  const env = { DATA_DIR: join(disk.folder, 'data'), LOG_LEVEL: 'silent' }
  const hub = await serve(t, env, MAIN)
  const client = await aPromisedClient(hub.url)
  t.same(client.refused, [])

  const makeRoom = disk.fill()
  // What is left of the last block, and of room in the log that is used again.
  await until('the disk is full', async () => {
    await client.lookUp(`filling-${client.journal.events.length}`)
    return client.refused.length > 0
  })
  t.match(client.refused, [{ code: 'STORAGE_FULL' }])
  const hit = await lookUp(hub.url, SOMEBODY)
  t.match(hit, { status: 503, body: { code: 'STORAGE_FULL' } })
  t.notOk('plans' in hit.body)
  t.same(apartFromIds(hit), apartFromIds(await lookUp(hub.url, NOBODY)), 'hit and miss look alike')
  t.equal(
    JSON.stringify(hit.body).length,
    JSON.stringify((await lookUp(hub.url, NOBODY)).body).length,
    'and are as long',
  )
  await refusesEveryWrite(t, hub.url, 'STORAGE_FULL')
  t.match(await lookUp(hub.url, SOMEBODY, { careSetting: 'scheduled' }), {
    status: 200,
    body: { found: true },
  })
  t.match(await lookUp(hub.url, NOBODY, { careSetting: 'scheduled' }), {
    status: 200,
    body: { found: false },
  })
  t.same([await statusOf(hub.url, '/health/live'), await statusOf(hub.url, '/health/ready')], [200, 503])

  await t.test('also one that is started on it', async (t) => {
    hub.kill('SIGKILL')
    await hub.ended
    const again = await serve(t, env, MAIN)
    client.url = again.url
    // A start may fold the log in, and so find room for a commit or two.
    await until(
      'the disk is full again',
      async () => !(await client.lookUp(`more-${client.journal.events.length}`)),
    )
    t.same(
      [await statusOf(again.url, '/health/live'), await statusOf(again.url, '/health/ready')],
      [200, 503],
    )

    makeRoom()
    await until(
      'the hub has found the room',
      async () => (await statusOf(again.url, '/health/ready')) === 200,
    )
    const refused = client.refused.length
    await client.useOnce()
    t.equal(client.refused.length, refused, 'and takes everything again')
    t.same(checkJournal(client.journal, await readStored(client)), [], 'promised ⊆ stored ⊆ sent')
    again.kill('SIGTERM')
    t.match(await again.ended, { code: 0, stderr: '' })
  })
})

t.test(
  'a hub that was stopped cleanly and finds no room for its files says so, and starts when there is',
  async (t) => {
    const disk = mountTmpfs(t, 4 * MEBIBYTE)
    const env = { DATA_DIR: join(disk.folder, 'data'), LOG_LEVEL: 'silent' }
    const stopped = await serve(t, env, MAIN)
    stopped.kill('SIGTERM')
    await stopped.ended
    const makeRoom = disk.fill()
    const onFull = await serve(t, env, MAIN).catch((error: Error) => error.message)
    t.match(onFull, /cpis-hub: [^\n]*there is no room in DATA_DIR \(SQLITE_[^\n]+ start the hub again\.\n$/)
    makeRoom()
    const again = await serve(t, env, MAIN)
    t.equal(await statusOf(again.url, '/health/ready'), 200)
  },
)

t.test('a file system that becomes read-only under a hub: it ends, and loses nothing', async (t) => {
  const disk = mountExt4(t, 16 * MEBIBYTE)
  const env = { DATA_DIR: join(disk.folder, 'data'), LOG_LEVEL: 'silent' }
  const hub = await serve(t, env, MAIN)
  const client = await aPromisedClient(hub.url)
  disk.giveUp()
  await client.lookUp('late')
  t.match(client.refused, [{ code: 'STORE_UNAVAILABLE' }])
  const { code, stderr } = await hub.ended
  t.equal(code, 1)
  t.match(stderr, /^cpis-hub: the storage has failed \(SQLITE_\w+: [^\n]+\n$/)

  const onIt = await serve(t, env, MAIN).catch((error: Error) => error.message)
  t.match(onIt, /ended without saying .*cpis-hub: [^\n]*(read-?only|EROFS)[^\n]*\n$/is, 'none starts on it')
  disk.mend()
  const mended = await serve(t, env, MAIN)
  client.url = mended.url
  t.same(checkJournal(client.journal, await readStored(client)), [], 'promised ⊆ stored ⊆ sent')
  mended.kill('SIGTERM')
  t.match(await mended.ended, { code: 0, stderr: '' })
})

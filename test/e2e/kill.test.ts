import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Client } from '../faults/client.js'
import { checkJournal } from '../faults/journal.js'
import { readStored } from '../faults/read-stored.js'
import { retryAll } from '../faults/retry-all.js'
import { AUTHORITIES } from '../faults/world.js'
import { aFolder, serve } from '../helpers/process.js'

/** The hub of each round is killed when it has given this many answers. */
const KILL_AFTER = [4, 25, 60, 110, 170]

t.test('a hub killed in the middle of its work keeps every promise and invents nothing', async (t) => {
  const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' }
  const client = new Client()
  let hub = await serve(t, env)
  client.url = hub.url
  for (const authority of AUTHORITIES) await client.submit(authority)

  for (const killAfter of KILL_AFTER) {
    const killed = hub
    await client.useUntilGone((answered) => answered === killAfter && killed.kill('SIGKILL'))
    t.same((await killed.ended).signal, 'SIGKILL')
    hub = await serve(t, env)
    client.url = hub.url

    await t.test(`after the hub was killed at answer ${killAfter}`, async (t) => {
      t.same(client.refused, [], 'a hub with a sound disk refuses nothing')
      t.same(checkJournal(client.journal, await readStored(client)), [], 'promised ⊆ stored ⊆ sent')
      // Reading has given every lease back.
      client.journal.leases = []
      const unanswered = client.retryables.filter(({ first }) => first === undefined)
      t.not(unanswered.length, 0, 'some requests were never answered')
      const { wrong, kept } = await retryAll(client)
      t.same(wrong, [], 'a retry gets the first answer')
      t.comment(`${kept} of ${unanswered.length} without an answer had been stored`)
      t.same(checkJournal(client.journal, await readStored(client)), [], 'and retries change nothing else')
    })
    client.retryables = []
  }
  hub.kill('SIGTERM')
  t.same(await hub.ended, { code: 0, signal: null, stdout: hub.stdout, stderr: '' })
})

t.test('the same journal shows a hub that forgets what it had not moved to its main file', async (t) => {
  const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' }
  const client = new Client()
  const forgetful = await serve(t, env)
  client.url = forgetful.url
  for (const authority of AUTHORITIES) await client.submit(authority)
  await client.useUntilGone((answered) => answered === 20 && forgetful.kill('SIGKILL'))
  await forgetful.ended
  rmSync(join(env.DATA_DIR, 'hub.db-wal'))
  client.url = (await serve(t, env)).url
  const kinds = checkJournal(client.journal, await readStored(client)).map(({ kind }) => kind)
  t.ok(kinds.includes('lost promise'))
})

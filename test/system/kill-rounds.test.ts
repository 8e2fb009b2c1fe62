import t, { type Test } from 'tap'
import { Random } from '../../src/synthetic/random.js'
import { Client } from '../faults/client.js'
import { checkJournal } from '../faults/journal.js'
import { readStored } from '../faults/read-stored.js'
import { retryAll } from '../faults/retry-all.js'
import { MAIN } from '../faults/traced-hub.js'
import { AUTHORITIES } from '../faults/world.js'
import { aFolder, type HubProcess, serve, start } from '../helpers/process.js'

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20)
const SEED = process.env.SEED ?? 'kill rounds'
const ANSWERS_MAX = 150
// From the answer that decides it: so that a kill meets every part of a request.
const DELAY_MAX_MS = 20
const START_MAX_MS = 600
/** One round in so many kills a hub while it starts, too. */
const START_EVERY = 4

/** After a random number of answers and a moment more. */
async function killUnderLoad(hub: HubProcess, client: Client, random: Random) {
  const after = 1 + random.below(ANSWERS_MAX)
  const delayMs = random.below(DELAY_MAX_MS)
  await client.useUntilGone((answered) => {
    if (answered === after) setTimeout(() => hub.kill('SIGKILL'), delayMs)
  })
  return (await hub.ended).signal
}

async function killWhileStarting(t: Test, env: Record<string, string>, random: Random) {
  const starting = start(t, process.execPath, [MAIN, 'serve'], { env: { PORT: '0', ...env } })
  setTimeout(() => starting.kill('SIGKILL'), random.below(START_MAX_MS))
  return (await starting.ended).signal
}

t.test(`a hub killed at any of ${ROUNDS} random moments keeps every promise`, async (t) => {
  t.comment(`SEED=${JSON.stringify(SEED)}`)
  const random = new Random(SEED)
  const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' }
  const client = new Client()
  let hub = await serve(t, env, MAIN)
  client.url = hub.url
  for (const authority of AUTHORITIES) await client.submit(authority)
  let kept = 0
  for (let round = 1; round <= ROUNDS; round += 1) {
    t.equal(await killUnderLoad(hub, client, random), 'SIGKILL', `round ${round}`)
    if (random.below(START_EVERY) === 0) t.equal(await killWhileStarting(t, env, random), 'SIGKILL')
    hub = await serve(t, env, MAIN)
    client.url = hub.url
    t.same(client.refused, [], 'a hub with a sound disk refuses nothing')
    t.same(checkJournal(client.journal, await readStored(client)), [], 'promised ⊆ stored ⊆ sent')
    // Reading has given every lease back.
    client.journal.leases = []
    const retried = await retryAll(client)
    t.same(retried.wrong, [], 'a retry gets the first answer')
    kept += retried.kept
    t.same(checkJournal(client.journal, await readStored(client)), [], 'and changes nothing else')
    client.retryables = []
  }
  t.comment(`${client.journal.events.length} events, ${kept} of them stored and not answered before a kill`)
  hub.kill('SIGTERM')
  t.equal((await hub.ended).code, 0)
})

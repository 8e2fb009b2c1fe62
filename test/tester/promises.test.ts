import t from 'tap'
import { createHub } from '../../src/index.js'
import { Random } from '../../src/synthetic/random.js'
import { Client } from '../faults/client.js'
import { checkJournal, type Stored } from '../faults/journal.js'
import { readStored } from '../faults/read-stored.js'
import { retryAll } from '../faults/retry-all.js'
import { AUTHORITIES } from '../faults/world.js'
import { aFolder, ask } from '../helpers/process.js'

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 4)
const SEED = process.env.SEED ?? 'fault rounds'
const ANSWERS = 60

// The client knows no other refusal than 503.
const EFFECTS: object[] = [
  { status: 503 },
  { status: 503, delayMs: { min: 0, max: 20 } },
  { drop: 'before' },
  { drop: 'after' },
  { drop: 'after', delayMs: { min: 0, max: 20 } },
  { truncate: 0 },
  { truncate: 40 },
  { storageFull: true },
  { deliverTwice: true },
  { leaseExpiresAtOnce: true },
  { delayMs: 5 },
]

/** Of each some, so that every round has other faults on other routes. */
function someFaults(random: Random): object[] {
  return Array.from({ length: 5 }, () => ({
    probability: (1 + random.below(4)) / 10,
    after: random.below(4),
    seed: random.below(1_000),
    match: random.pick([{}, {}, { method: 'POST' }, { route: '/v1/authorities/{authorityCode}/datasets' }]),
    do: random.pick(EFFECTS),
  }))
}

/** A dataset that did not come through while a later one did can no longer be sent: it is overtaken. */
function forgetOvertaken(client: Client, { indexes }: Stored): void {
  const overtaken = client.journal.datasets.filter(({ sent: { authority, sequence } }) => {
    const accepted = indexes.find((index) => index.authority === authority)?.accepted ?? []
    const sequences = accepted.map((each) => each.sequence)
    return !sequences.includes(sequence) && sequence < Math.max(0, ...sequences)
  })
  const keys = new Set(overtaken.map(({ key }) => key))
  client.retryables = client.retryables.filter(({ exchange }) => !keys.has(exchange.key))
}

t.test(`whatever faults happen in ${ROUNDS} rounds, all that was promised is stored`, async (t) => {
  t.comment(`SEED=${JSON.stringify(SEED)}`)
  const random = new Random(SEED)
  const dataDir = aFolder(t)
  const client = new Client()
  for (let round = 1; round <= ROUNDS; round += 1) {
    const hub = await createHub({ dataDir })
    t.teardown(() => hub.close())
    client.url = await hub.listen()
    if (round === 1) for (const authority of AUTHORITIES) await client.submit(authority)
    t.same((await ask(client.url, '/tester/faults')).body.items, [], 'no fault outlives a restart')
    for (const body of someFaults(random)) await ask(client.url, '/tester/faults', { body })
    let answered = 0
    while (answered < ANSWERS) {
      const isEnough = () => answered >= ANSWERS
      await client.useUntilGone(() => {
        answered += 1
      }, isEnough)
    }
    const { items } = (await ask(client.url, '/tester/faults')).body
    t.ok(
      items.some(({ hits }: { hits: number }) => hits > 0),
      `round ${round}: ${JSON.stringify(items)}`,
    )
    await ask(client.url, '/tester/faults', { method: 'DELETE' })
    // A lease that expires or is delivered twice is meant to be doubled.
    client.journal.leases = []
    const stored = await readStored(client)
    t.same(checkJournal(client.journal, stored), [], 'promised ⊆ stored ⊆ sent')
    forgetOvertaken(client, stored)
    t.same((await retryAll(client)).wrong, [], 'a retry gets the first answer')
    t.same(checkJournal(client.journal, await readStored(client)), [], 'and changes nothing else')
    client.retryables = []
    await hub.close()
  }
  t.comment(`${client.journal.events.length} events, ${client.refused.length} requests refused`)
})

import t from 'tap'
import { createHub } from '../../src/index.js'
import { Random } from '../../src/synthetic/random.js'
import { Client } from '../faults/client.js'
import { checkJournal, checkRefused, type Stored } from '../faults/journal.js'
import { readStored } from '../faults/read-stored.js'
import { retryAll } from '../faults/retry-all.js'
import { AUTHORITIES } from '../faults/world.js'
import { aFolder, ask } from '../helpers/process.js'

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 4)
const SEED = process.env.SEED ?? 'fault rounds'
const ANSWERS = 60
const DATASETS = '/v1/authorities/{authorityCode}/datasets'

// A lease that expires or is delivered twice is meant to be doubled.
const DOUBLING: object[] = [{ deliverTwice: true }, { leaseExpiresAtOnce: true }]
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
  { delayMs: 5 },
]

/** Of each some, so that every round has other faults on other routes; leases are doubled in every second round alone. */
function someFaults(random: Random, isDoubling: boolean): object[] {
  const effects = isDoubling ? [...EFFECTS, ...DOUBLING] : EFFECTS
  const matches = [{}, {}, { method: 'POST' }]
  return Array.from({ length: 5 }, () => {
    const effect = random.pick(effects)
    return {
      probability: (1 + random.below(4)) / 10,
      after: random.below(4),
      seed: random.below(1_000),
      // No lease is a dataset.
      match: random.pick(DOUBLING.includes(effect) ? matches : [...matches, { route: DATASETS }]),
      do: effect,
    }
  })
}

interface Rule {
  id: string
  do: { status?: number; drop?: string; storageFull?: boolean }
}

/** The requests of this run that met a fault after which nothing is done. */
async function refusedIn({ url }: Client, rules: readonly Rule[]): Promise<Set<string>> {
  const isRefusal = ({ do: effect }: Rule) =>
    effect.status !== undefined || effect.drop === 'before' || effect.storageFull === true
  const refusals = rules.filter(isRefusal).map(({ id }) => id)
  const { items } = (await ask(url, '/tester/requests?limit=1000')).body
  return new Set(
    items
      .filter(({ fault }: { fault: string }) => refusals.includes(fault))
      .map(({ requestId }: { requestId: string }) => requestId),
  )
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
  let leasesHeld = 0
  let refusals = 0
  const open = async () => {
    const hub = await createHub({ dataDir })
    t.teardown(() => hub.close())
    client.url = await hub.listen()
    return hub
  }
  const check = async (what: string) => {
    const stored = await readStored(client)
    t.same(checkJournal(client.journal, stored), [], what)
    // Reading gives every lease back.
    client.journal.leases = []
    return stored
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    const isDoubling = round % 2 === 0
    const hub = await open()
    if (round === 1) for (const authority of AUTHORITIES) await client.submit(authority)
    t.same((await ask(client.url, '/tester/faults')).body.items, [], 'no fault outlives a restart')
    for (const body of someFaults(random, isDoubling))
      t.equal((await ask(client.url, '/tester/faults', { body })).status, 201)
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
    const refused = await refusedIn(client, items)
    refusals += refused.size
    await hub.close()
    if (isDoubling) client.journal.leases = []
    leasesHeld += client.journal.leases.flatMap(({ reply }) => reply?.ids ?? []).length
    const restarted = await open()
    const stored = await check('promised ⊆ stored ⊆ sent, as a restart finds it')
    t.same(checkRefused(client.journal, stored, refused), [], 'what was refused left nothing')
    forgetOvertaken(client, stored)
    t.same((await retryAll(client)).wrong, [], 'a retry gets the first answer')
    await check('and changes nothing else')
    client.retryables = []
    await restarted.close()
  }
  const last = await open()
  await check('and so it stays')
  await last.close()
  t.ok(refusals > 0, `${refusals} requests were refused by a fault`)
  t.ok(leasesHeld > 0, `${leasesHeld} leases were promised where no fault doubles them`)
  t.comment(`${client.journal.events.length} events, ${client.refused.length} requests refused`)
})

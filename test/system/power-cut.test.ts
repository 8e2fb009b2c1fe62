import { existsSync, mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Random } from '../../src/synthetic/random.js'
import { Client } from '../faults/client.js'
import { POWER_CUT_TRACE, promisesIn, replayPowerCuts } from '../faults/power-cut.js'
import { type Moment, readCalls } from '../faults/system-calls.js'
import { aSpoiltCopy, MAIN, serveTraced } from '../faults/traced-hub.js'
import { AUTHORITIES } from '../faults/world.js'
import { aFolder } from '../helpers/process.js'
import { until } from '../helpers/until.js'

const CUTS = 210
// The twin ends at the first promise that it breaks.
const CUTS_OF_TWIN = 60
// More than a thousand pages, from which on an idle hub folds its log into its file.
const LOG_BYTES = 4_400_000
const ANSWERS_AFTER_IT = 150

/** Lets a hub of its own run under a mixed load, through a checkpoint, to a clean stop; answers all that it called. */
async function record(t: Test, main = MAIN) {
  const folder = aFolder(t)
  const root = join(folder, 'data')
  const log = join(folder, 'calls.log')
  const hub = await serveTraced(
    t,
    [...POWER_CUT_TRACE, '-o', log],
    { DATA_DIR: root, LOG_LEVEL: 'warn' },
    main,
  )
  const client = new Client()
  client.url = hub.url
  for (const authority of AUTHORITIES) await client.submit(authority)
  const size = (name: string) => statSync(join(root, name)).size
  const before = size('hub.db')
  await client.useUntilGone(
    () => {},
    () => size('hub.db-wal') > LOG_BYTES,
  )
  await until('the log is folded into the file', () => size('hub.db') > before)
  await client.useUntilGone(
    () => {},
    () => client.answered >= ANSWERS_AFTER_IT,
  )
  hub.kill('SIGTERM')
  const { code, stderr } = await hub.ended
  t.same({ code, stderr }, { code: 0, stderr: '' }, 'it worked and stopped under strace')
  const moments: Moment[] = []
  for await (const moment of readCalls(log)) moments.push(moment)
  return { moments, root, client }
}

/** For what power cuts leave: hundreds of hubs' files, where writing them costs least. */
function foldersFor(t: Test): () => string {
  const folder = aFolder(t, existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
  let count = 0
  return () => {
    count += 1
    const image = join(folder, `cut-${count}`)
    mkdirSync(image)
    return image
  }
}

t.test('a power cut at any moment breaks no promise, and leaves nothing half done', async (t) => {
  const seed = process.env.SEED ?? 'power cut'
  const { moments, root, client } = await record(t)
  t.same(client.refused, [])
  const promised = new Set(moments.flatMap(promisesIn))
  const { events, datasets, changes, acknowledgements } = client.journal
  for (const { key, status } of [...events, ...datasets, ...changes, ...acknowledgements])
    if (status !== null && !promised.has(key)) t.fail(`the log does not show the answer to ${key}`)
  const options = { cuts: CUTS, random: new Random(seed), newFolder: foldersFor(t) }
  const report = await replayPowerCuts(moments, root, client, options)
  t.comment(`seed ${seed}: ${report.cuts} cuts, ${report.promised} of them after a first promise`)
  t.ok(report.cuts >= 200)
  t.ok(report.promised >= 150)
  t.same(report.faults, [])
})

t.test('the same replay shows that a hub which does not wait for the disk breaks promises', async (t) => {
  const main = aSpoiltCopy(t, 'store/sqlite/open.js', [
    ['synchronous = FULL', 'synchronous = NORMAL'],
    ['SYNCHRONOUS_FULL = 2', 'SYNCHRONOUS_FULL = 1'],
  ])
  const { moments, root, client } = await record(t, main)
  const options = {
    cuts: CUTS_OF_TWIN,
    random: new Random('twin'),
    newFolder: foldersFor(t),
    untilFault: true,
  }
  const report = await replayPowerCuts(moments, root, client, options)
  t.ok(report.faults.flatMap(({ faults }) => faults).some(({ kind }) => kind === 'lost promise'))
})

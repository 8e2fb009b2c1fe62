import { copyFileSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Client } from '../faults/client.js'
import { checkJournal } from '../faults/journal.js'
import { readStored } from '../faults/read-stored.js'
import { AUTHORITIES } from '../faults/world.js'
import { aFolder, runCli, serve, start } from '../helpers/process.js'

t.test('a backup taken under load holds every promise that was made before it began', async (t) => {
  const env = { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' }
  const file = join(aFolder(t), 'copy.db')
  const client = new Client()
  const hub = await serve(t, env)
  client.url = hub.url
  for (const authority of AUTHORITIES) await client.submit(authority)

  let promised = ''
  let before = 0
  const began = new Promise<void>((resolve) => {
    void client.useUntilGone((answered) => {
      if (answered === 60) resolve()
    })
  })
  await began
  before = client.answered
  promised = JSON.stringify(client.journal)
  const made = await runCli(t, ['backup', file], { env })
  t.same([made.code, made.stderr], [0, ''])
  t.match(made.stdout, file)
  t.ok(client.answered > before, 'the hub went on answering')
  hub.kill('SIGKILL')
  await hub.ended
  t.equal((statSync(file).mode & 0o777).toString(8), '600')
  t.same(readdirSync(join(file, '..')), ['copy.db'], 'one file')

  for (const name of ['hub.db', 'hub.db-wal', 'hub.db-shm']) rmSync(join(env.DATA_DIR, name))
  copyFileSync(file, join(env.DATA_DIR, 'hub.db'))
  client.url = (await serve(t, env)).url
  const stored = await readStored(client)
  const lostOf = (journal: Client['journal']) =>
    // What was leased or acknowledged is later than what it belongs to, and reading gives every lease back.
    checkJournal({ ...journal, leases: [] }, stored).filter(({ kind }) => kind !== 'ghost')
  const early = JSON.parse(promised) as Client['journal']
  const all = client.journal
  const faults = lostOf({
    ...all,
    events: all.events.map((each, i) => early.events[i] ?? { ...each, status: null }),
    datasets: all.datasets.map((each, i) => early.datasets[i] ?? { ...each, status: null }),
    changes: all.changes.map((each, i) => early.changes[i] ?? { ...each, status: null }),
    acknowledgements: early.acknowledgements,
  })
  t.same(faults, [])
  t.ok(
    lostOf(all).some(({ kind }) => kind === 'lost promise'),
    'and not what was promised long after it',
  )
})

t.test('a backup without a hub; an existing file and an empty directory are refused', async (t) => {
  const DATA_DIR = aFolder(t)
  const hub = await serve(t, { DATA_DIR, LOG_LEVEL: 'warn' })
  hub.kill('SIGTERM')
  await hub.ended
  const file = join(aFolder(t), 'copy.db')
  t.equal((await runCli(t, ['backup', file], { env: { DATA_DIR } })).code, 0)
  t.ok(existsSync(file))

  writeFileSync(file, 'precious')
  const again = await runCli(t, ['backup', file], { env: { DATA_DIR } })
  t.same(again, {
    code: 1,
    signal: null,
    stdout: '',
    stderr: `cpis-hub: ${file} is there already. A backup never overwrites: name another file.\n`,
  })
  t.equal(statSync(file).size, 'precious'.length)

  const empty = aFolder(t)
  const nothing = await runCli(t, ['backup', join(empty, 'copy.db')], { env: { DATA_DIR: empty } })
  t.match(nothing, { code: 1, stderr: /^cpis-hub: DATA_DIR .+ holds no hub\.db, [^\n]+\n$/ })
  t.same(readdirSync(empty), [])
})

t.test(
  'a backup that is stopped under way has no file under its name, and the next try makes it',
  async (t) => {
    const DATA_DIR = aFolder(t)
    const hub = await serve(t, { DATA_DIR, LOG_LEVEL: 'warn' })
    hub.kill('SIGTERM')
    await hub.ended
    const [folder, script] = [
      aFolder(t),
      fileURLToPath(new URL('../faults/stopping-backup.js', import.meta.url)),
    ]
    const file = join(folder, 'copy.db')
    const cut = start(t, process.execPath, [script, DATA_DIR, file], { env: {} })
    t.match(await cut.ended, { signal: 'SIGKILL', stderr: '' })
    t.same(readdirSync(folder), ['copy.db.part'])
    t.equal((statSync(`${file}.part`).mode & 0o777).toString(8), '600')
    // As it would be in the middle of the copy.
    writeFileSync(`${file}.part`, 'half of it')

    t.match(await runCli(t, ['backup', file], { env: { DATA_DIR } }), { code: 0, stderr: '' })
    t.same(readdirSync(folder), ['copy.db'])
    t.match(statSync(file), { nlink: 1 })
    t.equal((statSync(file).mode & 0o777).toString(8), '600')
  },
)

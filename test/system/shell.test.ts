import t from 'tap'
import { aFolder, ask, ROOT, serve, start } from '../helpers/process.js'
import { aDataset, aRecord, HALTON, ROBIN } from '../helpers/seed.js'

t.test('the greeting’s curl line works as it is, pasted into bash', async (t) => {
  const hub = await serve(t, { DATA_DIR: aFolder(t), LOG_LEVEL: 'warn' })
  const [, line = ''] = /^Try: (curl .+)$/m.exec(hub.stdout) ?? []
  const paste = () => start(t, 'bash', ['-c', line], {}).ended
  t.same(await paste(), {
    code: 0,
    signal: null,
    stdout: JSON.stringify({ nhsNumber: ROBIN, found: false, plans: [], accesses: [], access: null }),
    stderr: '',
  })
  const dataset = aDataset(1, [aRecord({ nhsNumber: ROBIN, startDate: '2021-03-02' })])
  await ask(hub.url, `/v1/authorities/${HALTON}/datasets`, { body: dataset })
  t.match(JSON.parse((await paste()).stdout), { found: true, access: { notified: [HALTON] } })
})

const SCRIPTS = ['.ci/run', 'examples/shell/council.sh', 'examples/shell/test.sh']

t.test('the scripts are good shell', async (t) => {
  const { code, stdout, stderr } = await start(t, 'shellcheck', SCRIPTS, { cwd: ROOT }).ended
  t.same({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ENGLAND } from '../../src/reference/england.js'
import { aFolder, ask, runCli, serve } from '../helpers/process.js'

interface ManifestFile {
  file: string
  authorityCode: string
  recordCount: number
}

const LOOKED_UP_EACH = 2
const nurse = {
  organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
  user: { id: '555500000001', name: 'Jo Bright', roleName: 'Nurse' },
}

t.test(
  'all of England is generated, submitted, looked up and drained, on a hub of its real size',
  async (t) => {
    const folder = aFolder(t)
    const out = join(folder, 'england')
    t.equal((await runCli(t, ['generate', '--out', out, '--seed', '1'])).code, 0)
    const { files } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
      files: ManifestFile[]
    }
    t.same(files.map((each) => each.authorityCode).sort(), ENGLAND.map((each) => each.code).sort())
    const records = files.reduce((sum, each) => sum + each.recordCount, 0)
    t.ok(records >= 131_000, `${records} records`)

    const env = { DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent' }
    const hub = await serve(t, env)
    const submitted = await runCli(t, ['submit', out, '--hub', hub.url, '--json'])
    t.equal(submitted.code, 0, submitted.stderr)
    const again = await runCli(t, ['submit', out, '--hub', hub.url])
    t.equal(again.code, 0, 'a night sent twice is answered with its first receipts')

    const expected = new Map<string, number>()
    for (const { file } of files) {
      const dataset = JSON.parse(readFileSync(join(out, file), 'utf8'))
      const numbers = new Set<string>(dataset.records.map((each: { nhsNumber: string }) => each.nhsNumber))
      for (const nhsNumber of [...numbers].slice(0, LOOKED_UP_EACH)) {
        const { status, body } = await ask(hub.url, '/v1/lookups', { body: { nhsNumber, requester: nurse } })
        t.equal(status, 200)
        t.equal(body.found, true)
        for (const code of body.access.notified) expected.set(code, (expected.get(code) ?? 0) + 1)
      }
    }
    t.equal(expected.size, ENGLAND.length, 'every authority was told of something')

    hub.kill('SIGTERM')
    t.equal((await hub.ended).code, 0)
    const later = await serve(t, env)
    const { body: freshness } = await ask(later.url, '/v1/freshness')
    const queued = freshness.authorities.map((each: { code: string; queued: number }) => [
      each.code,
      each.queued,
    ])
    t.same(new Map(queued), expected, 'what was queued is there after a restart')

    const drained = join(folder, 'drained')
    const codes = [...expected.keys()].slice(0, 5)
    for (const code of codes) {
      const { code: exit, stderr } = await runCli(t, [
        'notifications',
        'drain',
        '--authority',
        code,
        '--out',
        drained,
        '--hub',
        later.url,
      ])
      t.equal(exit, 0, stderr)
    }
    const kept = readdirSync(drained).map((file) => JSON.parse(readFileSync(join(drained, file), 'utf8')))
    t.equal(
      kept.length,
      codes.reduce((sum, code) => sum + (expected.get(code) ?? 0), 0),
    )
    t.ok(kept.every((each) => each.kind === 'access' && /^999\d{7}$/.test(each.nhsNumber)))
    for (const code of codes) {
      const { body } = await ask(later.url, `/v1/authorities/${code}/notifications?state=queued`)
      t.same(body, { items: [], next: null })
    }
    for (const code of [...expected.keys()].slice(5)) {
      const { body } = await ask(later.url, `/v1/authorities/${code}/notifications/lease`, { method: 'POST' })
      const ids = body.notifications.map((each: { id: string }) => each.id)
      t.equal(ids.length, expected.get(code))
      const acknowledged = await ask(later.url, `/v1/authorities/${code}/notifications/acknowledge`, {
        body: { ids },
      })
      t.same(acknowledged.body, { acknowledged: ids, alreadyAcknowledged: [], unknown: [] })
    }
    const { body: metrics } = await ask(later.url, '/metrics')
    t.notMatch(metrics, /999\d{7}/)
    t.match(metrics, /cpis_notifications_queued\{authority="E06000006"\} 0/)
  },
)

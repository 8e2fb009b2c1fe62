import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import t, { type Test } from 'tap'
import { VERSION } from '../../src/version.js'
import { aFolder, ask, ROOT, serve, start } from '../helpers/process.js'

/** Ends with the output of a tool, which must succeed. */
async function succeed(t: Test, file: string, args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await start(t, file, args, { cwd }).ended
  t.equal(code, 0, `${file} ${args[0]}: ${stdout}${stderr}`)
  return stdout
}

t.test('what npm pack makes can be imported and run', async (t) => {
  const folder = aFolder(t)
  await succeed(t, 'npm', ['pack', '--silent', '--pack-destination', folder], ROOT)
  const [tarball, ...others] = readdirSync(folder)
  t.same([tarball, ...others], [`cpis-hub-${VERSION}.tgz`])
  await succeed(t, 'tar', ['-xzf', tarball as string], folder)
  // Beside the package, where an install would put what it needs.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const unpacked = join(folder, 'package')

  t.test('it holds what is used and nothing else', async (t) => {
    const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
    t.equal(manifest.version, VERSION)
    const needed = [
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'dist',
      'examples',
      'openapi.yaml',
      'package.json',
      'scenarios',
      'schemas',
    ]
    t.same(
      readdirSync(unpacked)
        .filter((name) => !['docs', 'CHANGELOG.md'].includes(name))
        .sort(),
      needed,
    )
    const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' })
    t.same(
      files.filter(
        (file) =>
          !file.startsWith('examples') &&
          /\.test\.|\.map$|\.tsbuildinfo$|(?<!\.d)\.ts$|\btest\b|\.db$/.test(file),
      ),
      [],
      'no test, source or map',
    )
    t.ok(files.includes(join('dist', 'cli', 'main.js')))
  })

  t.test('publint has nothing to say against it', async (t) => {
    const { messages } = await publint({ pkgDir: unpacked, pack: false, strict: true })
    t.same(messages, [])
  })

  t.test('a project imports it, with its types', async (t) => {
    const project = join(folder, 'project')
    mkdirSync(join(project, 'node_modules'), { recursive: true })
    symlinkSync(unpacked, join(project, 'node_modules', 'cpis-hub'))
    symlinkSync(join(ROOT, 'node_modules', '@types'), join(project, 'node_modules', '@types'))
    const use = [
      "import { createHub, type Hub } from 'cpis-hub'",
      'const hub: Hub = await createHub()',
      "const reply = await hub.app.inject({ method: 'GET', url: '/v1/authorities' })",
      'const count: number = reply.json<{ items: unknown[] }>().items.length',
      'await hub.close()',
      'console.log(count)',
    ].join('\n')
    writeFileSync(join(project, 'use.mts'), use)
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = '--strict --module nodenext --target es2023 --types node --skipLibCheck'.split(' ')
    await succeed(t, process.execPath, [tsc, ...options, 'use.mts'], project)
    t.equal(await succeed(t, process.execPath, ['use.mjs'], project), '153\n')
  })

  t.test('its command says its version and serves', async (t) => {
    const main = join(unpacked, 'dist', 'cli', 'main.js')
    t.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/)
    t.match(await succeed(t, process.execPath, [main, '--version'], folder), `cpis-hub/${VERSION} `)
    const hub = await serve(t, { DATA_DIR: ':memory:', LOG_LEVEL: 'warn' }, main)
    t.same((await ask(hub.url, '/health/ready')).body, { status: 'ok' })
    t.equal((await ask(hub.url, '/docs')).status, 200)
    hub.kill('SIGTERM')
    const { code, stderr } = await hub.ended
    t.same({ code, stderr }, { code: 0, stderr: '' })
  })
})

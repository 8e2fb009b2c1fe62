import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readConfig } from '../../src/config.js'
import { aFolder, ROOT, serve, start } from '../helpers/process.js'

// No Docker engine is needed: what the files say is checked, and run as far as it runs without a container.

interface Instruction {
  keyword: string
  rest: string
}

/** The instructions of the Dockerfile, by stage. */
function stages(): Instruction[][] {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const found: Instruction[][] = []
  for (const line of lines) {
    const [, keyword = '', rest = ''] = /^([A-Z]+) +(.+)$/.exec(line) ?? []
    if (keyword === 'FROM') found.push([])
    found.at(-1)?.push({ keyword, rest: rest.replaceAll(/ +/g, ' ') })
  }
  return found
}

function restsOf(stage: Instruction[], keyword: string): string[] {
  return stage.filter((each) => each.keyword === keyword).map(({ rest }) => rest)
}

const [build = [], runtime = []] = stages()
const environment = Object.fromEntries(
  restsOf(runtime, 'ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=', 2))),
)

t.test('the image is made in two stages and runs as somebody who may do little', async (t) => {
  t.equal(stages().length, 2)
  const known = 'FROM RUN WORKDIR COPY ENV USER VOLUME EXPOSE HEALTHCHECK CMD'.split(' ')
  t.same(
    [...build, ...runtime].filter(({ keyword }) => !known.includes(keyword)),
    [],
    'every line is an instruction that this test knows',
  )
  t.same(restsOf(build, 'FROM'), ['node:20-bookworm-slim AS build'])
  t.same(restsOf(runtime, 'FROM'), ['node:20-bookworm-slim'], 'the same libc as the binary was made with')
  t.match(restsOf(build, 'RUN').at(-1), /npm run build && npm prune --omit=dev$/)
  t.same(restsOf(runtime, 'USER'), ['node'])
  t.same(restsOf(runtime, 'VOLUME'), [environment.DATA_DIR])
  t.match(restsOf(runtime, 'RUN').join('\n'), `chown node:node ${environment.DATA_DIR}`)
})

t.test('the build gets the files that it copies, and no others', async (t) => {
  const copied = restsOf(build, 'COPY').flatMap((rest) => rest.split(' ').slice(0, -1))
  const [all, ...letThrough] = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  t.equal(all, '*')
  t.same(letThrough.sort(), copied.map((name) => `!${name}`).sort())
  for (const name of copied) t.ok(existsSync(join(ROOT, name)), `${name} is there`)
  const brought = restsOf(runtime, 'COPY').map((rest) => rest.split(' '))
  t.same(
    brought.map(([from, name]) => [from, name]),
    ['package.json', 'node_modules', 'dist'].map((name) => ['--from=build', `/app/${name}`]),
  )
})

t.test('its settings are good ones, and open the door knowingly', async (t) => {
  const { NODE_ENV, ...settings } = environment
  t.equal(NODE_ENV, 'production')
  t.match(readConfig(settings), { host: '0.0.0.0', authNoneIKnow: true, dataDir: '/data', port: 8080 })
  t.same(restsOf(runtime, 'EXPOSE'), ['8080'])
})

t.test('its command serves, and its health check tells whether it does', async (t) => {
  const folder = aFolder(t)
  for (const name of ['package.json', 'node_modules', 'dist'])
    symlinkSync(join(ROOT, name), join(folder, name))
  const [command] = restsOf(runtime, 'CMD').map((rest) => JSON.parse(rest))
  t.same(command, ['node', 'dist/cli/main.js', 'serve'])
  const here = { ...environment, HOST: '127.0.0.1', DATA_DIR: join(folder, 'data') }
  const hub = await serve(t, here, join(folder, command[1]))

  const [, check = ''] = /CMD (\[.+\])$/.exec(restsOf(runtime, 'HEALTHCHECK').join()) ?? []
  const [file, ...args] = JSON.parse(check)
  t.equal(file, 'node')
  const { port: PORT } = new URL(hub.url)
  const isHealthy = () => start(t, process.execPath, args, { env: { PORT } }).ended
  t.same(await isHealthy(), { code: 0, signal: null, stdout: '', stderr: '' })
  hub.kill('SIGTERM')
  t.equal((await hub.ended).code, 0)
  t.same(await isHealthy(), { code: 1, signal: null, stdout: '', stderr: '' })
})

t.test('compose publishes the hub to this machine only and keeps its data in a volume', async (t) => {
  const ended = await start(t, 'docker-compose', ['-f', 'docker-compose.yml', 'config'], { cwd: ROOT }).ended
  t.equal(ended.code, 0, ended.stderr)
  const { services, volumes } = parse(ended.stdout)
  t.same(services, {
    hub: {
      build: { context: join(ROOT, '.') },
      image: 'cpis-hub',
      init: true,
      restart: 'unless-stopped',
      ports: ['127.0.0.1:8080:8080/tcp'],
      volumes: ['hub-data:/data:rw'],
      stop_grace_period: '30s',
    },
  })
  t.same(volumes, { 'hub-data': {} })
})

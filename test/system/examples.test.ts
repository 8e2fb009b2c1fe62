import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { VERSION } from '../../src/version.js'
import { aFolder, type Ended, ROOT, start } from '../helpers/process.js'

/** One example, how its users run it, what it says when all its tests passed, and a client that gets something wrong. */
interface Example {
  folder: string
  command: [string, ...string[]]
  passed: RegExp
  spoilt: { file: string; right: string; wrong: string; failed: RegExp }
}

const EXAMPLES: Example[] = [
  {
    folder: 'node-test',
    command: ['npm', 'test'],
    passed: /^# tests 7\n[\s\S]*^# pass 7$/m,
    spoilt: {
      file: 'council.js',
      right: 'await this.#wait(reply.retryAfterSeconds)',
      wrong: 'await this.#wait(1)',
      failed: /^not ok \d+ - a hub that is busy is asked again after as long as it says[\s\S]*^# fail 1$/m,
    },
  },
  {
    folder: 'vitest',
    command: ['npm', 'test'],
    passed: /Tests +6 passed \(6\)/,
    spoilt: {
      file: 'emergency-department.ts',
      right: "'idempotency-key': key",
      wrong: "'idempotency-key': randomUUID()",
      failed: /Tests +1 failed[\s\S]*FAIL .*a visit whose reply was lost/,
    },
  },
  {
    folder: 'python',
    command: ['python3', '-W', 'error', '-m', 'unittest'],
    passed: /^Ran 4 tests in [\s\S]*^OK$/m,
    spoilt: {
      file: 'council.py',
      right: 'self.database.execute("insert into unanswered',
      wrong: 'self.database.execute("replace into sent values (?)", [last + 1])\n        $&',
      failed: /^FAIL: test_a_returned_dataset_is_corrected[\s\S]*^FAILED \(failures=1\)$/m,
    },
  },
  {
    folder: 'java',
    command: ['java', 'HubExample.java'],
    passed: /^HubExample: 4 tests passed$/m,
    spoilt: {
      file: 'HubExample.java',
      right: 'firstValueAsLong("Retry-After").orElse(WAIT_SECONDS)',
      wrong: 'firstValueAsLong("Retry-Later").orElse(WAIT_SECONDS)',
      failed: /^HubExample: it waits three seconds twice, not \[1, 1\]$/m,
    },
  },
  {
    folder: 'shell',
    command: ['bash', 'test.sh'],
    passed: /^4 tests passed$/m,
    spoilt: {
      file: 'council.sh',
      right: '--retry 4 --retry-all-errors',
      wrong: '--retry 4',
      failed: /Empty reply from server/,
    },
  },
]

/** A folder with the packed tarball and Vitest installed from npm, as a user has them, and the examples beside them. */
async function installed(t: Test): Promise<string> {
  const folder = aFolder(t)
  // What `npm run test:system` has built is packed as it is.
  await succeed(t, ['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder], ROOT)
  const [tarball = ''] = readdirSync(folder)
  const { devDependencies } = JSON.parse(readFileSync('examples/vitest/package.json', 'utf8'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await succeed(t, ['npm', 'install', ...flags, tarball, `vitest@${devDependencies.vitest}`], folder)
  // Compiling it once more would take the longer part of a minute.
  const binary = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'
  cpSync(join(ROOT, binary), join(folder, binary))
  cpSync(join(folder, 'node_modules/cpis-hub/examples'), join(folder, 'examples'), { recursive: true })
  return folder
}

async function succeed(t: Test, command: string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await start(t, command[0] as string, command.slice(1), { cwd }).ended
  t.equal(code, 0, `${command.join(' ')}: ${stdout}${stderr}`)
}

async function checkTypes(t: Test, cwd: string): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
  t.equal(devDependencies['cpis-hub'], `^${VERSION}`)
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const strict = '--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck'
  const node = `--module nodenext --target es2023 --types node --typeRoots ${ROOT}node_modules/@types`
  const files = readdirSync(cwd).filter((file) => file.endsWith('.ts'))
  await succeed(t, [process.execPath, tsc, ...`${strict} ${node}`.split(' '), ...files], cwd)
}

/** Both at once: as it is, and a copy with something wrong in it. */
async function checkExample(t: Test, folder: string, { folder: name, command, passed, spoilt }: Example) {
  const place = join(folder, 'examples', name)
  const copy = join(folder, 'spoilt', name)
  cpSync(place, copy, { recursive: true })
  await Promise.all([
    t.test(`${name} passes`, async (t) => {
      const { code, stdout, stderr } = await run(t, folder, command, place)
      t.equal(code, 0, `${stdout}${stderr}`)
      t.match(`${stdout}${stderr}`, passed)
    }),
    t.test(`${name} fails when its client gets something wrong`, async (t) => {
      const file = join(copy, spoilt.file)
      const text = readFileSync(file, 'utf8')
      t.equal(text.split(spoilt.right).length, 2, 'there is one place to spoil')
      writeFileSync(file, text.replace(spoilt.right, spoilt.wrong))
      const { code, stdout, stderr } = await run(t, folder, command, copy)
      t.equal(code, 1, `${stdout}${stderr}`)
      t.match(`${stdout}${stderr}`, spoilt.failed)
    }),
  ])
}

function run(t: Test, folder: string, command: string[], cwd: string): Promise<Ended> {
  const path = `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`
  const env = { PATH: path, HOME: folder, TMPDIR: aFolder(t), NO_COLOR: '1', CI: 'true' }
  return start(t, command[0] as string, command.slice(1), { cwd, env }).ended
}

t.test(
  'every example passes against the packed package, and fails when its client gets something wrong',
  async (t) => {
    const folder = await installed(t)
    t.same(
      readdirSync(join(folder, 'examples')).sort(),
      [...EXAMPLES.map((example) => example.folder), 'README.md'].sort(),
      'each of them is run',
    )
    await t.test('the one in TypeScript fits the types of the package and of Vitest', (t) =>
      checkTypes(t, join(folder, 'examples/vitest')),
    )
    t.jobs = 2
    const examples = EXAMPLES.map((example) => checkExample(t, folder, example))
    await Promise.all(examples)
  },
)

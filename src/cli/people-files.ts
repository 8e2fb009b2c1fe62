import { open, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PEOPLE_AT_ONCE_MAX } from '../messages/tester/people.js'
import type { SyntheticPerson } from '../synthetic/register.js'
import { type HubClient, HubRefusal } from './hub-client.js'
import { UsageError } from './options.js'
import { startProgress } from './progress.js'

const PEOPLE_NAME = 'people.json'

/** A file of people that grows with each dataset, one person a line. */
export interface PeopleFile {
  add(people: readonly SyntheticPerson[]): Promise<void>
  end(): Promise<void>
}

export async function startPeopleFile(directory: string): Promise<PeopleFile> {
  const file = await open(join(directory, PEOPLE_NAME), 'w')
  let written = 0
  await file.write('{"people":[')
  return {
    async add(people) {
      const lines = people.map((person, i) => `${written + i === 0 ? '' : ','}\n${JSON.stringify(person)}`)
      written += people.length
      if (lines.length > 0) await file.write(lines.join(''))
    },
    async end() {
      await file.write('\n]}\n')
      await file.close()
    },
  }
}

/** Registers everybody of these directories with the hub. */
export async function registerPeople(hub: HubClient, directories: readonly string[]): Promise<void> {
  const people = (await Promise.all(directories.map(readPeople))).flat()
  const progress = startProgress('Registering people', people.length)
  try {
    for (let at = 0; at < people.length; at += PEOPLE_AT_ONCE_MAX) {
      const some = people.slice(at, at + PEOPLE_AT_ONCE_MAX)
      await hub.savePeople(some)
      progress.advance(some.length)
    }
  } catch (error) {
    const isNotThere = error instanceof HubRefusal && error.problem.code === 'NOT_FOUND'
    throw isNotThere ? new Error(WITHOUT_CONTROLS) : error
  } finally {
    progress.stop()
  }
}

const WITHOUT_CONTROLS =
  'This hub registers nobody: its tester controls are off. Start it with TESTER_CONTROLS=true.'

async function readPeople(directory: string): Promise<unknown[]> {
  const path = join(directory, PEOPLE_NAME)
  if ((await stat(directory)).isFile()) throw new UsageError(needsDirectory(directory))
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code}). "cpis-hub generate" writes one.`)
  })
  try {
    const { people } = JSON.parse(text) as { people?: unknown }
    if (Array.isArray(people)) return people
  } catch {
    // Said below.
  }
  throw new UsageError(`${path} is not a file of people that "cpis-hub generate" wrote.`)
}

function needsDirectory(file: string): string {
  return `--register-people needs the directory that "cpis-hub generate" wrote; ${file} is a file. Say: submit ${dirname(file)} --authority CODE --register-people`
}

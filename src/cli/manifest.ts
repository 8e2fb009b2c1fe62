import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UsageError } from './options.js'

export const MANIFEST_NAME = 'manifest.json'

/** What `generate` says of one dataset that it wrote. */
export interface ManifestEntry {
  file: string
  authorityCode: string
  sequence: number
  extractedAt: string
  recordCount: number
  childrenInScope: number
  format: 'json' | 'csv'
}

export interface Manifest {
  files: ManifestEntry[]
}

/** The manifest of a directory; undefined when there is none. */
export async function findManifest(directory: string): Promise<Manifest | undefined> {
  const path = join(directory, MANIFEST_NAME)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const files = filesOf(text)
  if (Array.isArray(files) && files.every(isEntry)) return { files }
  throw new UsageError(`${path} is not a manifest that "cpis-hub generate" wrote.`)
}

function filesOf(text: string): unknown {
  try {
    return (JSON.parse(text) as Partial<Manifest> | null)?.files
  } catch {
    return undefined
  }
}

function isEntry(value: unknown): value is ManifestEntry {
  const { file, authorityCode, extractedAt, format, ...rest } = Object(value) as Partial<ManifestEntry>
  const texts = [file, authorityCode, extractedAt].every((text) => typeof text === 'string' && text !== '')
  const counts = [rest.sequence, rest.recordCount, rest.childrenInScope].every(Number.isSafeInteger)
  // A name with a path in it would reach for files elsewhere.
  return texts && counts && (format === 'json' || format === 'csv') && basename(file as string) === file
}

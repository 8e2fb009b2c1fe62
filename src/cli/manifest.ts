import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Ajv } from 'ajv'
import { type Static, Type } from 'typebox'
import { envelopeFields } from '../messages/dataset.js'
import { UsageError } from './options.js'

export const MANIFEST_NAME = 'manifest.json'

const ManifestSchema = Type.Object({
  files: Type.Array(
    Type.Object({
      file: Type.String({ minLength: 1 }),
      authorityCode: Type.String({ minLength: 1 }),
      sequence: envelopeFields.sequence,
      extractedAt: envelopeFields.extractedAt,
      recordCount: envelopeFields.recordCount,
      childrenInScope: Type.Integer(),
      format: Type.Unsafe<'json' | 'csv'>({ enum: ['json', 'csv'] }),
    }),
  ),
})

/** What `generate` says of the datasets that it wrote. */
export type Manifest = Static<typeof ManifestSchema>
export type ManifestEntry = Manifest['files'][number]

const checkManifest = new Ajv().compile<Manifest>(ManifestSchema)

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
  const manifest = parsed(text)
  // A name with a path in it would reach for files elsewhere.
  if (checkManifest(manifest) && manifest.files.every(({ file }) => basename(file) === file)) return manifest
  throw new UsageError(`${path} is not a manifest that "cpis-hub generate" wrote.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

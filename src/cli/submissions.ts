import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { type Instant, instantAt } from '../clock.js'
import { HubError } from '../domain/problem.js'
import type { Receipt } from '../domain/receipt.js'
import { parseJson } from '../messages/parse-json.js'
import type { DatasetUpload, HubClient, Problem } from './hub-client.js'
import { findManifest, type ManifestEntry } from './manifest.js'
import { UsageError } from './options.js'

/** What the command line says about the datasets; it goes before what a manifest says. */
export interface SubmissionWish {
  authority: string | undefined
  sequence: number | undefined
  extractedAt: Instant | undefined
}

/** One dataset file, and the authority whose it is. */
export interface Submission {
  file: string
  bytes: number
  writtenAt: Instant
  authorityCode: string
  format: 'json' | 'csv'
  manifest: ManifestEntry | undefined
}

/** One dataset and what became of it. */
export type Submitted = { submission: Submission } & (
  | { receipt: Receipt; repeated: boolean; problem?: never }
  | { problem: Problem; receipt?: never }
)

/** The dataset files that were named; a directory stands for every file of its manifest. */
export async function findSubmissions(paths: string[], wish: SubmissionWish): Promise<Submission[]> {
  const found: Submission[] = []
  for (const path of paths) {
    const isDirectory = (await statOf(path)).isDirectory()
    found.push(...(isDirectory ? await inDirectory(path, wish) : [await ofFile(path, wish)]))
  }
  return found
}

async function inDirectory(directory: string, { authority }: SubmissionWish): Promise<Submission[]> {
  const manifest = await findManifest(directory)
  if (manifest === undefined) {
    throw new UsageError(`${directory} has no manifest.json. Name the files, or "cpis-hub generate" some.`)
  }
  const entries = manifest.files.filter(
    ({ authorityCode }) => authority === undefined || authorityCode === authority,
  )
  if (entries.length === 0) throw new UsageError(`${directory} has no dataset of ${authority ?? 'anybody'}.`)
  return Promise.all(entries.map((entry) => submission(join(directory, entry.file), entry, undefined)))
}

async function ofFile(file: string, { authority }: SubmissionWish): Promise<Submission> {
  const manifest = await findManifest(dirname(file))
  const entry = manifest?.files.find((each) => each.file === basename(file))
  if (entry !== undefined && authority !== undefined && entry.authorityCode !== authority) {
    throw new UsageError(`${file} is ${entry.authorityCode}’s, its manifest says, not ${authority}’s.`)
  }
  return submission(file, entry, authority)
}

async function submission(
  file: string,
  manifest: ManifestEntry | undefined,
  authority: string | undefined,
): Promise<Submission> {
  const authorityCode = manifest?.authorityCode ?? authority
  if (authorityCode === undefined) throw new UsageError(`Whose is ${file}? Say --authority CODE.`)
  const { size, mtimeMs } = await statOf(file)
  const format = manifest?.format ?? (extname(file).toLowerCase() === '.csv' ? 'csv' : 'json')
  return { file, bytes: size, writtenAt: instantAt(mtimeMs), authorityCode, format, manifest }
}

async function statOf(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'There is no such file' : `It cannot be read (${error.code})`
    throw new UsageError(`${path}: ${reason}.`)
  })
}

/** Reads the file, and adds the dataset's own fields where they do not stand in it. */
export async function readUpload(
  submission: Submission,
  wish: SubmissionWish,
  hub: HubClient,
): Promise<DatasetUpload> {
  const bytes = await readFile(submission.file)
  if (submission.format === 'json') {
    return { contentType: 'application/json', body: withFields(submission.file, bytes, wish) }
  }
  const { manifest, writtenAt } = submission
  const fields = {
    sequence: wish.sequence ?? manifest?.sequence ?? (await nextSequence(submission.authorityCode, hub)),
    extractedAt: wish.extractedAt ?? manifest?.extractedAt ?? writtenAt,
    recordCount: manifest?.recordCount ?? countRows(bytes),
    ...(manifest && { childrenInScope: manifest.childrenInScope }),
  }
  return { contentType: 'text/csv', body: bytes, fields }
}

async function nextSequence(authorityCode: string, hub: HubClient): Promise<number> {
  const { lastDataset } = await hub.getAuthority(authorityCode)
  return (lastDataset?.sequence ?? 0) + 1
}

/** The rows under the header, as far as they can be read; what cannot, the hub will name. */
function countRows(bytes: Buffer): number {
  let rows = 0
  const count = () => {
    rows += 1
    return null
  }
  try {
    parse(bytes, { bom: true, relax_column_count: true, skip_empty_lines: true, on_record: count })
  } catch {
    // The hub says in which line, and better.
  }
  return Math.max(0, rows - 1)
}

/** A JSON dataset has its own fields in it; it goes as it is unless the command line says otherwise. */
function withFields(file: string, bytes: Buffer<ArrayBuffer>, { sequence, extractedAt }: SubmissionWish) {
  if (sequence === undefined && extractedAt === undefined) return bytes
  const dataset = parseStrictly(file, bytes)
  // What is no object has no place for them; the hub says what it should be.
  if (typeof dataset !== 'object' || dataset === null || Array.isArray(dataset)) return bytes
  return JSON.stringify({
    ...dataset,
    ...(sequence !== undefined && { sequence }),
    ...(extractedAt !== undefined && { extractedAt }),
  })
}

/** As strictly as the hub: written anew, what is wrong with the file would no longer be there for it to refuse. */
function parseStrictly(file: string, bytes: Buffer): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    if (error instanceof HubError) throw new UsageError(`${file}: ${error.detail}`)
    throw error
  }
}

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CAC } from 'cac'
import { addMs, londonDate, londonMidnight, SECOND_MS, systemClock } from '../clock.js'
import { ENGLAND } from '../reference/england.js'
import { datasetCsv, datasetJson } from '../synthetic/dataset-text.js'
import { syntheticEngland } from '../synthetic/england.js'
import { peopleIn } from '../synthetic/register.js'
import { MANIFEST_NAME, type Manifest } from './manifest.js'
import {
  authorityOption,
  choiceOption,
  dateOption,
  needed,
  numberOption,
  type Options,
  textOption,
  UsageError,
} from './options.js'
import { startPeopleFile } from './people-files.js'
import { startProgress } from './progress.js'
import { countText } from './terminal.js'

const SCALE_MAX = 100
const SEQUENCE_MAX = 2_147_483_647

export function registerGenerate(cli: CAC): void {
  cli
    .command(
      'generate',
      'Write synthetic datasets, one for each authority of England, and the people in them',
    )
    .option('--out <dir>', 'Directory to write to; it is made when missing')
    .option('--seed <n>', 'The same seed and day give the same files (default: 1)')
    .option('--authority <code>', 'Only this authority, by its ONS code')
    .option('--scale <x>', 'How many children; 1 is the real number (default: 1)')
    .option('--format <format>', 'json or csv (default: json)')
    .option('--sequence <n>', 'Sequence number of the datasets (default: 1)')
    .option('--today <date>', 'The day for which to write them, YYYY-MM-DD (default: today)')
    .example((bin) => `  $ ${bin} generate --out england && ${bin} submit england`)
    .action(generate)
}

async function generate(options: Options): Promise<void> {
  const out = needed(textOption(options, 'out'), 'out')
  try {
    await writeEngland(out, options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code === undefined ? error : new Error(`Cannot write to ${out} (${code}).`, { cause: message })
  }
}

async function writeEngland(out: string, options: Options): Promise<void> {
  const manifest = { ...readWish(options), files: [] as Manifest['files'] }
  const { format, only, ...wish } = manifest
  const datasets = syntheticEngland({ ...wish, authorities: ENGLAND, ...(only && { only }) })
  await mkdir(out, { recursive: true })
  // Until the last file is there, the directory is nothing to submit.
  await rm(join(out, MANIFEST_NAME), { force: true })
  const people = await startPeopleFile(out)
  const progress = startProgress('Writing datasets', only === undefined ? ENGLAND.length : 1)
  for (const { authority, dataset } of datasets) {
    const file = `${authority.code}.${format}`
    await writeFile(join(out, file), format === 'csv' ? datasetCsv(dataset) : datasetJson(dataset))
    await people.add(peopleIn(dataset, wish.seed))
    const { sequence, extractedAt, recordCount, childrenInScope } = dataset
    const fields = { sequence, extractedAt, recordCount, childrenInScope, format }
    manifest.files.push({ file, authorityCode: authority.code, ...fields })
    progress.advance(1)
  }
  progress.stop()
  await people.end()
  const { seed, scale, today, files } = manifest
  await writeFile(join(out, MANIFEST_NAME), `${JSON.stringify({ seed, scale, today, files }, null, 2)}\n`)
  const records = files.reduce((sum, { recordCount }) => sum + recordCount, 0)
  console.log(`Wrote ${countText(files.length, 'dataset')} with ${countText(records, 'record')} to ${out}.`)
  console.log('Nobody in them exists. To submit them: cpis-hub submit', out)
  console.log(`To a hub with PDS_CHECK=registered: cpis-hub submit ${out} --register-people`)
}

function readWish(options: Options) {
  const today = dateOption(options, 'today') ?? londonDate(systemClock())
  const sequence = numberOption(options, 'sequence', { min: 1, max: SEQUENCE_MAX }) ?? 1
  const scale = numberOption(options, 'scale', { min: 0, max: SCALE_MAX, whole: false }) ?? 1
  if (scale === 0) throw new UsageError('--scale must be more than 0.')
  const only = authorityOption(options)
  if (only !== undefined && !ENGLAND.some(({ code }) => code === only)) {
    throw new UsageError(`--authority ${only} is none of England’s ${ENGLAND.length} authorities.`)
  }
  return {
    seed: numberOption(options, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 1,
    scale,
    today,
    sequence,
    // Early on that day, and later with each sequence number.
    extractedAt: addMs(londonMidnight(today), (sequence % 3600) * SECOND_MS),
    format: choiceOption(options, 'format', ['json', 'csv']) ?? ('json' as const),
    only,
  }
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contractFiles } from './contract-files.js'

/** Writes openapi.yaml and schemas/ from the code; with --check, says which of them differ and exits 1. */
const files = await contractFiles()
if (process.argv.includes('--check')) {
  const stale = [...files].filter(([path, content]) => readIfThere(path) !== content).map(([path]) => path)
  if (stale.length > 0) {
    console.error(`Not what the code says: ${stale.join(', ')}. Run: npm run contract`)
    process.exitCode = 1
  }
} else {
  mkdirSync('schemas', { recursive: true })
  for (const [path, content] of files) writeFileSync(join(process.cwd(), path), content)
  console.log(`Wrote ${files.size} files.`)
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

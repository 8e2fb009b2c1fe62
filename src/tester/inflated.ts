import type { DatasetLimits } from '../domain/dataset-limits.js'
import { gunzip } from '../intake/gunzip.js'

/** What is in a gzip body, as the intake reads it; nothing where it would refuse. */
export function inflatedOrNothing(bytes: Buffer, limits: DatasetLimits): Buffer {
  try {
    return gunzip(bytes, limits)
  } catch {
    return Buffer.alloc(0)
  }
}
